"""Announcements, their tellings (the first message, then follow-ups), and who gets each one.

A recipient is a row with a state: pending, queued (a message is in the ledger) or left out, with
the reason. A telling is finished when none is pending, and the three always add up to all of them.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.conversations.models import Conversation, SavedReply
from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel
from shopbell.messaging.models import Message
from shopbell.orders.models import Order, Shipment


class State(models.TextChoices):
    """Where an announcement stands; the labels are what people read."""

    DRAFT = "draft", "Draft"
    RUNNING = "running", "Running"
    OVER = "over", "Over"


class Announcement(TenantModel):
    """Something that went wrong and whom it affects. `affected` is an `audience.Affected`."""

    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    affected = models.JSONField(default=dict)
    holds = ArrayField(models.CharField(max_length=60), default=list)  # kinds of notifications
    tag = models.CharField(max_length=60, blank=True, default="")  # on conversations about it
    saved_reply = models.ForeignKey(
        SavedReply, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_as = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)
    over_as = models.CharField(max_length=200, blank=True, default="")

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["store", "-created_at", "-id"], name="announcement_recent"),
            models.Index(
                fields=["store"],
                name="announcement_running",
                condition=models.Q(state="running"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.TextChoices):
    """Where a telling stands."""

    DRAFT = "draft", "Draft"
    WAITING = "waiting", "Waits for approval"
    SENDING = "sending", "Being sent"
    PAUSED = "paused", "Paused"
    DONE = "done", "Sent"
    STOPPED = "stopped", "Stopped"


class Telling(TenantModel):
    """One message to many: number 1 to everybody affected, later ones to those who got the first.

    `texts` maps a language to its words (see `words.Words`). `attempts` and `lease_until` belong
    to the pump.
    """

    announcement = models.ForeignKey(
        Announcement, on_delete=models.CASCADE, related_name="tellings"
    )
    number = models.PositiveSmallIntegerField(default=1)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.DRAFT)
    texts = models.JSONField(default=dict)
    media = models.JSONField(default=list)  # first choice first
    in_quiet_hours = models.BooleanField(default=False)
    useful_hours = models.PositiveSmallIntegerField(default=48)  # later it is not sent any more
    people = models.PositiveIntegerField(default=0)  # rows of recipients
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    author_as = models.CharField(max_length=200, blank=True, default="")
    why_waits = models.CharField(max_length=300, blank=True, default="")
    sent_back = models.CharField(max_length=300, blank=True, default="")  # why, by whom
    approved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_as = models.CharField(max_length=200, blank=True, default="")
    submitted_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=200, blank=True, default="")  # who stopped it
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "announcement", "number"], name="telling_number"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], name="telling_due", condition=models.Q(stage="sending"))
        ]

    def __str__(self) -> str:
        return f"{self.announcement} {self.number}"

    @property
    def is_first(self) -> bool:
        """Whether it is the announcement itself, not a follow-up."""
        return self.number == 1

    @property
    def text_kind(self) -> str:
        """Under which kind its texts are kept among the templates."""
        return f"announcement:{self.pk.hex}"


class Place(models.TextChoices):
    """Where a recipient stands in a telling."""

    PENDING = "pending", "Not yet"
    QUEUED = "queued", "In the ledger"
    LEFT_OUT = "left_out", "Left out"


class Recipient(TenantModel):
    """One person of one telling, with the newest of the orders that make them affected."""

    telling = models.ForeignKey(Telling, on_delete=models.CASCADE, related_name="recipients")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+")
    shipment = models.ForeignKey(Shipment, null=True, on_delete=models.SET_NULL, related_name="+")
    orders = ArrayField(models.CharField(max_length=120), default=list)  # numbers of all of them
    medium = models.CharField(max_length=20, blank=True, default="")  # of a follow-up: as before
    state = models.CharField(max_length=10, choices=Place, default=Place.PENDING)
    reason = models.CharField(max_length=40, blank=True, default="")
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "telling", "customer"], name="recipient_once")
        ]
        indexes = [
            models.Index(
                fields=["store", "telling", "id"],
                name="recipient_pending",
                condition=models.Q(state="pending"),
            ),
            models.Index(fields=["store", "customer"], name="recipient_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.state}"

    @property
    def numbers(self) -> list[str]:
        """The numbers of their affected orders in order."""
        return sorted(self.orders, key=lambda number: (len(number), number))


class Link(TenantModel):
    """A conversation about an announcement. `answers`: it began as an answer to our message."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="links")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    answers = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "announcement", "conversation"], name="announcement_link_once"
            )
        ]
        indexes = [models.Index(fields=["store", "conversation"], name="announcement_link_of")]

    def __str__(self) -> str:
        return f"{self.announcement_id} {self.conversation_id}"
