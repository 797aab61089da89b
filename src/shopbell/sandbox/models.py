"""The phones of the sandbox and the calls between them.

Of messages only what no provider would know is kept; they are in the ledger and in the desk, and
the phone only shows them. Of calls, what an exchange knows while they go on, and each phone's list.
A newcomer's mistake: reading a call's outcome here. The shop's side is in `calls`, where it came by
the front door.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from shopbell.calls.models import Direction
from shopbell.connections.models import Connection
from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel


class Handset(TenantModel):
    """A phone in somebody's hand. `name` and `number`: of somebody made up, not of a customer."""

    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200, blank=True, default="")
    number = models.CharField(max_length=40, blank=True, default="")
    off_at = models.DateTimeField(null=True)  # since then nothing is delivered
    blocked = ArrayField(models.CharField(max_length=20), default=list)  # media
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "customer"], name="handset_once"),
            models.UniqueConstraint(
                fields=["store", "number"],
                condition=models.Q(customer__isnull=True),
                name="handset_number",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """Under what the page knows its owner."""
        return str(self.customer_id) if self.customer_id else self.number

    @property
    def platform_id(self) -> str:
        """The id its owner has on platforms without numbers; the same in all of them."""
        return f"1784{self.pk.int % 10**13:013d}"

    def hears(self, medium: str) -> bool:
        """Whether a message by this medium reaches its owner now."""
        return self.off_at is None and medium not in self.blocked


class Stage(models.TextChoices):
    """Where a call is."""

    PLAYS = "plays", "The shop's side is being asked what comes next"
    ASKS = "asks", "Waits for a key"
    RECORDS = "records", "Records"
    RINGS = "rings", "Rings"
    TALKS = "talks", "People talk"
    OVER = "over", "Over"


class SandboxCall(TenantModel):
    """A call between a customer's phone and the shop, in both directions.

    The script is heard by who is on the line first: the customer who calls, the colleague who is
    put through. `said` is what they heard; `then` where the script goes on. The phones of `rings`
    ring meanwhile. `agent_*`: the short script of a colleague who picks up.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    provider_id = models.CharField(max_length=64)
    ours = models.UUIDField(null=True)  # of a call that the shop placed
    direction = models.CharField(max_length=3, choices=Direction)
    number = models.CharField(max_length=20, blank=True, default="")  # shown; empty: withheld
    caller = models.CharField(max_length=40)  # whose phone it is, shown or not
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.PLAYS)
    said = models.JSONField(default=list)  # [{"text", "language"}]
    then = models.JSONField(default=dict)  # {"then": …, "rest": […]}
    rings = models.JSONField(default=list)  # [{"number", "then"}]
    agent_number = models.CharField(max_length=20, blank=True, default="")
    agent_said = models.JSONField(default=list)
    agent_then = models.JSONField(null=True)
    words = models.TextField(blank=True, default="")  # left as a message
    rang = models.BooleanField(default=False)  # the customer's phone did, when the shop called
    turn = models.PositiveIntegerField(default=0)  # grows with each change: two at once are one
    due_at = models.DateTimeField(null=True)  # when the exchange itself does something
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    started_at = models.DateTimeField()
    talked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "connection", "provider_id"], name="sandbox_call_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="sandbox_call_due"
            ),
            models.Index(fields=["store", "caller", "-started_at"], name="sandbox_call_list"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.caller} {self.stage}"

    @property
    def is_out(self) -> bool:
        """Whether the shop called."""
        return self.direction == Direction.OUT

    @property
    def is_at_customer(self) -> bool:
        """Whether the customer's phone has part in it just now."""
        rings = self.stage == Stage.RINGS and bool(self.then)
        return not self.is_out or rings or self.stage == Stage.TALKS
