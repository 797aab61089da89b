"""Consent events and suppressions. Neither is ever updated in place by a change of mind."""

from django.db import models
from django.db.models.functions import Now

from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel


class ConsentAction(models.TextChoices):
    """What the customer did."""

    GRANTED = "granted", "Granted"
    PENDING = "pending", "Asked, not confirmed"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Topic(TenantModel):
    """Something the store writes about, within `marketing`; `names` by language."""

    key = models.CharField(max_length=40)
    names = models.JSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="topic_once")]

    def name_in(self, language: str) -> str:
        """Return its name in a language, else in the first one it has."""
        return str(self.names.get(language) or next(iter(self.names.values()), self.key))

    def __str__(self) -> str:
        return self.key


class ConsentEvent(TenantModel):
    """One change of permission, with its proof. Append-only; the current state is the newest.

    `topic` "" is the purpose as a whole. A topic nobody said anything about follows its purpose.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consent_events")
    purpose = models.CharField(max_length=40)
    channel = models.CharField(max_length=20)
    topic = models.CharField(max_length=40, blank=True, default="", db_default="")
    action = models.CharField(max_length=12, choices=ConsentAction)
    wording = models.TextField(blank=True, default="")
    language = models.CharField(max_length=20, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")
    proof = models.JSONField(default=dict)
    actor = models.CharField(max_length=200, blank=True, default="")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["store", "customer", "purpose", "channel", "-occurred_at", "-id"],
                name="consent_current",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose}/{self.channel} {self.action}"


class Frequency(models.TextChoices):
    """How often somebody wants offers and news."""

    ALL = "all", "All of them"
    WEEKLY = "weekly", "At most once a week"


class Leaving(models.TextChoices):
    """Why somebody left, as they said with one tap."""

    OFTEN = "often", "Too often"
    DULL = "dull", "Not interesting"


class Preference(TenantModel):
    """What a customer wishes about offers and news besides yes and no. No row: nothing."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="preferences")
    frequency = models.CharField(max_length=10, choices=Frequency, default=Frequency.ALL)
    paused_until = models.DateTimeField(null=True, blank=True)
    left_because = models.CharField(max_length=10, choices=Leaving, blank=True, default="")
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "customer"], name="preference_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.frequency}"


class SuppressionReason(models.TextChoices):
    """Why an address is not written to."""

    HARD_BOUNCE = "hard_bounce", "The address does not exist"
    SOFT_BOUNCES = "soft_bounces", "Refused several times in a row"
    COMPLAINT = "complaint", "Reported as spam"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    MANUAL = "manual", "Blocked by staff"
    OPTED_OUT = "opted_out", "Wants no messages"
    SILENT = "silent", "Reacted to nothing for long"
    ASKED = "asked", "Seems to want no messages"  # until a person has decided


class Suppression(TenantModel):
    """A block of an address, kept as a keyed hash so that it outlives erasure.

    `scope` is a purpose key, or `*` for every purpose. `detail` of `OPTED_OUT` and `ASKED` is what
    the customer did, ready to be read: "Answered STOP by SMS".
    """

    medium = models.CharField(max_length=20)
    address_hash = models.CharField(max_length=64)
    scope = models.CharField(max_length=40, default="*")
    reason = models.CharField(max_length=20, choices=SuppressionReason)
    detail = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "medium", "address_hash", "scope"],
                condition=models.Q(lifted_at=None),
                name="suppression_once",
            )
        ]
        indexes = [models.Index(fields=["store", "address_hash"], name="suppression_ever")]

    def __str__(self) -> str:
        return f"{self.medium} {self.scope} {self.reason}"
