"""Promises (policies) and the clocks of conversations.

A clock is one promise to one conversation: `due_at` is when it is broken, None while it is frozen.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from shopbell.calendars.models import Calendar
from shopbell.conversations.models import Conversation
from shopbell.kit.db.tenant import TenantModel


class Target(models.TextChoices):
    """What is promised."""

    FIRST = "first", "First answer"
    NEXT = "next", "Next answer"
    RESOLUTION = "resolution", "Resolution"
    NEWS = "news", "News promised"  # by a person, to this customer; no policy says it


class Outcome(models.TextChoices):
    """How a clock ended. Dropped: nobody waits any more, or the promise does not fit any more."""

    MET = "met", "Kept"
    MISSED = "missed", "Broken"
    DROPPED = "dropped", "Not needed"


class Policy(TenantModel):
    """One promise: for which conversations, and within how many minutes of working time.

    Empty conditions fit everything; the first active policy that fits counts, by `position`.
    """

    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    calendar = models.ForeignKey(
        Calendar, null=True, on_delete=models.SET_NULL, related_name="+"
    )  # None: the default one
    media = ArrayField(models.CharField(max_length=20), default=list)
    priorities = ArrayField(models.SmallIntegerField(), default=list)
    teams = ArrayField(models.UUIDField(), default=list)
    tags = ArrayField(models.CharField(max_length=60), default=list)  # one of them is enough
    first_minutes = models.PositiveIntegerField(null=True)
    next_minutes = models.PositiveIntegerField(null=True)
    resolution_minutes = models.PositiveIntegerField(null=True)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="sla_policy_once")]

    def __str__(self) -> str:
        return self.name

    def goal(self, target: str) -> int | None:
        """Return the minutes promised, if it promises that at all."""
        minutes: int | None = getattr(self, f"{target}_minutes", None)
        return minutes


class Clock(TenantModel):
    """A running promise. `spent` is the working time used before `running_since`."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="clocks")
    target = models.CharField(max_length=10, choices=Target)
    policy = models.ForeignKey(Policy, null=True, on_delete=models.SET_NULL, related_name="+")
    calendar = models.ForeignKey(Calendar, null=True, on_delete=models.SET_NULL, related_name="+")
    goal = models.DurationField()
    started_at = models.DateTimeField()
    spent = models.DurationField()
    running_since = models.DateTimeField(null=True)  # None: frozen, or over
    due_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)  # when the sweep looks: to warn, then to tell
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "conversation", "target", "started_at"], name="sla_clock_once"
            ),
            models.UniqueConstraint(
                fields=["store", "conversation", "target"],
                condition=models.Q(ended_at=None),
                name="sla_clock_one_running",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wake_at"],
                name="sla_clock_wake",
                condition=models.Q(wake_at__isnull=False),
            ),
            models.Index(
                fields=["store", "outcome", "ended_at"],
                name="sla_clock_ended",
                condition=models.Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.due_at}"
