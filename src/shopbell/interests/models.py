"""Waiting lists (who waits, each form sent, each return to stock), and what people looked at.

`variant` is the shop's own id of a variant of `product`. A newcomer's mistake: a row of `Waiting`
for somebody who has not confirmed. Until then there is only the `Asking`.
"""

from django.db import models
from django.db.models.functions import Now

from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel
from shopbell.orders.models import Product


class WaitingState(models.TextChoices):
    """Where somebody stands in the list."""

    WAITING = "waiting", "Waiting"
    CALLED = "called", "Told"
    BOUGHT = "bought", "Bought it"
    LEFT = "left", "Left"


class Waiting(TenantModel):
    """One person's place in the list of one variant; `since` orders the list.

    Who asks once more after it ended gets a new place in the same row.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="waitings")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="waitings")
    variant = models.CharField(max_length=120)
    channel = models.CharField(max_length=20, default="email")
    language = models.CharField(max_length=20)
    source = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=WaitingState, default=WaitingState.WAITING)
    reason = models.CharField(max_length=300, blank=True, default="")
    since = models.DateTimeField(db_default=Now())
    called_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "customer", "product", "variant"], name="waiting_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["store", "product", "variant", "state", "since", "id"], name="waiting_list"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} for {self.variant}"


class Asking(TenantModel):
    """A form that was sent. `network` and `digest` are keyed digests; `remote` is shortened.

    Without a customer a machine sent it, and nothing was done.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    variant = models.CharField(max_length=120)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    client_id = models.UUIDField()
    email = models.CharField(max_length=320, blank=True, default="")
    language = models.CharField(max_length=5)
    wording = models.TextField(blank=True, default="")
    page = models.CharField(max_length=1000, blank=True, default="")
    remote = models.CharField(max_length=60, blank=True, default="")
    network = models.CharField(max_length=32, blank=True, default="")
    digest = models.CharField(max_length=32)
    source = models.CharField(max_length=200)
    has_mail = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "client_id"], name="asking_sent_once")
        ]
        indexes = [
            models.Index(fields=["store", "network", "-created_at"], name="asking_network"),
            models.Index(fields=["store", "digest", "-created_at"], name="asking_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.variant} {self.language}"


class Interest(TenantModel):
    """What somebody looked at, or left in a cart, and when last. `variant` may be unknown."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="interests")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    variant = models.CharField(max_length=120, blank=True, default="")
    viewed_at = models.DateTimeField(null=True)
    carted_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "customer", "product"], name="interest_once")
        ]
        indexes = [
            models.Index(fields=["store", "product", "customer"], name="interest_product"),
            models.Index(fields=["last_at"], name="interest_age"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.product_id}"


class Arrival(TenantModel):
    """A variant that came back while people wait: the next batch is called at `due_at`."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    variant = models.CharField(max_length=120)
    since = models.DateTimeField(db_default=Now())
    called = models.PositiveIntegerField(default=0)
    is_over = models.BooleanField(default=False)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product", "variant"],
                name="arrival_open_once",
                condition=models.Q(is_over=False),
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="arrival_due", condition=models.Q(is_over=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.variant} since {self.since:%Y-%m-%d %H:%M}"
