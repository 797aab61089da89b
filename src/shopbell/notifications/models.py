"""What a store changed about the shipped notifications, and plans tried on last month's news."""

from django.db import models
from django.db.models.functions import Now

from shopbell.kit.db.tenant import TenantModel
from shopbell.messaging.models import Message
from shopbell.messaging.titles import medium_title
from shopbell.notifications.kinds import STAGE_TITLES, Stage
from shopbell.orders.models import Order


class Rule(TenantModel):
    """A store's settings for one kind. Without a row the defaults of `kinds.py` hold."""

    kind = models.CharField(max_length=60)
    enabled = models.BooleanField(default=True)
    delay_minutes = models.PositiveIntegerField(default=0)
    media = models.JSONField(default=list)
    stages = models.JSONField(default=dict, db_default={})  # stage → media, waits (`stages.py`)
    waits = models.JSONField(null=True)  # medium → minutes until the next one; None: as shipped
    respect_quiet_hours = models.BooleanField(default=False)
    conditions = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "kind"], name="rule_once")]

    def __str__(self) -> str:
        return self.kind


class PlanTrial(TenantModel):
    """A channel plan tried on last month's news (see `trials.py`)."""

    class Source(models.TextChoices):
        """What the plan is tried on."""

        MESSAGES = "messages", "messages"
        PARCELS = "parcels", "parcels"
        ORDERS = "orders", "orders"

    kind = models.CharField(max_length=60)
    media = models.JSONField(default=list)
    waits = models.JSONField(default=dict)
    stages = models.JSONField(default=dict)
    source = models.CharField(max_length=10, choices=Source)
    since = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True)
    finished = models.BooleanField(default=False)
    by = models.CharField(max_length=320, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["store", "kind", "-created_at"], name="trial_recent")]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"


class TrialRow(TenantModel):
    """What would become of one piece of news, and what did."""

    trial = models.ForeignKey(PlanTrial, on_delete=models.CASCADE, related_name="rows")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    stage = models.CharField(max_length=20)
    at = models.DateTimeField()
    answer = models.CharField(max_length=10)
    medium = models.CharField(max_length=20, blank=True, default="")  # empty: not told
    then = models.CharField(max_length=20, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    text = models.CharField(max_length=500, blank=True, default="")
    was_medium = models.CharField(max_length=20, blank=True, default="")
    was_state = models.CharField(max_length=12, blank=True, default="")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["store", "trial", "-at", "-id"], name="trial_rows")]

    def __str__(self) -> str:
        return f"{self.answer} {self.medium}"

    @property
    def stage_title(self) -> str:
        """The stage of the customer then."""
        return STAGE_TITLES[Stage(self.stage)]

    @property
    def would_title(self) -> str:
        """The channel by which it would be told."""
        return medium_title(self.medium)

    @property
    def then_title(self) -> str:
        """The channel that would be tried after it."""
        return medium_title(self.then)

    @property
    def was_title(self) -> str:
        """The channel by which it was told."""
        return medium_title(self.was_medium)
