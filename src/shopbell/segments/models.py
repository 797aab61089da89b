"""Segments, who is in them, and the profiles they are asked about.

A profile is a narrow copy of what conditions ask most, one row per customer, so that a million are
counted in one pass. A newcomer's mistake: writing to it. `profiles.refresh` alone does, from the
tables that hold the facts; news only says whose profile is to be made anew.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel


class Segment(TenantModel):
    """A group of customers. `key` names one that came with Shopbell.

    `version` counts changes of the definition, `built` is the version its members are those of.
    `facts` and `relative` say when members have to be looked at again (see `sql.Needs`).
    """

    name = models.CharField(max_length=120)
    key = models.CharField(max_length=40, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    definition = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    built = models.PositiveIntegerField(default=0)
    facts = ArrayField(models.CharField(max_length=40), default=list)
    relative = models.BooleanField(default=False)
    size = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())  # when everybody is looked at again
    built_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_as = models.CharField(max_length=200, blank=True, default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="segment_name_once"),
            models.UniqueConstraint(
                fields=["store", "key"], condition=~models.Q(key=""), name="segment_key_once"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="segment_due")]

    def __str__(self) -> str:
        return self.name


class Member(TenantModel):
    """A customer who is in a segment, and since when."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="members", db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    since = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "segment", "customer"], name="member_once")
        ]
        indexes = [
            models.Index(fields=["store", "segment", "-since", "-id"], name="member_recent"),
            models.Index(fields=["store", "customer"], name="member_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class Profile(TenantModel):
    """What conditions ask about one customer. Amounts are minor units of the store's currency.

    `granted` and `reachable` are sums of the numbers in `bits.py`. `bought_at`: the last order by
    the address of the card, of who never objected to offers (see `consent/soft.py`).
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    first_seen_at = models.DateTimeField()
    spent = models.BigIntegerField(default=0)
    granted = models.BigIntegerField(default=0)
    orders = models.IntegerField(default=0)
    open_orders = models.SmallIntegerField(default=0)
    reachable = models.SmallIntegerField(default=0)
    has_email = models.BooleanField(default=False)
    has_phone = models.BooleanField(default=False)
    country = models.CharField(max_length=2, blank=True, default="")
    language = models.CharField(max_length=20, blank=True, default="")
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    refunded_at = models.DateTimeField(null=True)
    cart_at = models.DateTimeField(null=True)
    bought_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "customer"], name="profile_once")]
        indexes = [models.Index(fields=["store", "made_at"], name="profile_oldest")]

    def __str__(self) -> str:
        return f"profile of {self.customer_id}"


class Mark(TenantModel):
    """Something happened to a customer: their profile and segments are to be looked at again.

    Append-only and emptied by the pump, so that no handler ever waits for a lock of it.
    """

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    customer_id = models.UUIDField()
    facts = ArrayField(models.CharField(max_length=40), default=list)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["store", "id"], name="mark_next")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {', '.join(self.facts)}"
