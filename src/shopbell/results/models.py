"""What followed on a message, and the numbers of each day of sending.

`Outcome` is the truth about orders, answers and leaving; `Tally` is counted from it and from the
ledger, any time anew. A newcomer's mistake: reading a tally by the day of the order. Everything
belongs to the day on which the message left, so that parts and wholes fit together.
"""

from django.db import models
from django.db.models.functions import Now

from shopbell.kit.db.tenant import TenantModel
from shopbell.messaging.models import Message


class What(models.TextChoices):
    """What followed on a message."""

    ORDER = "order", "Ordered"
    REPLY = "reply", "Answered"
    LEFT = "left", "Left"


class Outcome(TenantModel):
    """Something that followed on a message. `ref` is the order, the entry or the consent event.

    The same order, answer or leaving counts once. `by` is why it counts for this message.
    """

    what = models.CharField(max_length=10, choices=What)
    ref = models.UUIDField()
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    handed_at = models.DateTimeField()  # the message's
    at = models.DateTimeField()
    by = models.CharField(max_length=10, blank=True, default="")
    revenue = models.BigIntegerField(default=0)  # minor units, after refunds
    currency = models.CharField(max_length=3, blank=True, default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "what", "ref"], name="outcome_once")
        ]
        indexes = [
            models.Index(fields=["store", "handed_at"], name="outcome_sent"),
            models.Index(fields=["store", "message"], name="outcome_message"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.ref}"


class Source(models.TextChoices):
    """From where a message came."""

    JOURNEY = "journey", "Journeys"
    CAMPAIGN = "campaign", "Campaigns"
    OTHER = "other", "Notifications and all else"


class Day(TenantModel):
    """A day of sending, in the store's zone, and when it is counted again."""

    day = models.DateField()
    counted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "day"], name="results_day_once")]
        indexes = [models.Index(fields=["due_at", "id"], name="results_day_due")]

    def __str__(self) -> str:
        return f"{self.day}"


class Tally(TenantModel):
    """The numbers of a day for one kind of message, by one channel, from one source.

    `part` is the step of a journey or the variant of a campaign. All count messages but `orders`,
    `revenue` and `cost`.
    """

    day = models.DateField()
    kind = models.CharField(max_length=60)
    medium = models.CharField(max_length=20)
    source = models.CharField(max_length=10, choices=Source)
    source_id = models.UUIDField(null=True)
    part = models.CharField(max_length=60, blank=True, default="")
    sent = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    clicked = models.PositiveIntegerField(default=0)
    scanned = models.PositiveIntegerField(default=0)  # links followed by machines only
    replied = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    revenue = models.BigIntegerField(default=0)  # minor units of the store's currency
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["store", "day"], name="tally_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.medium}"
