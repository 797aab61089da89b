"""Agents as they are at work, and how teams and inboxes hand out what comes in."""

from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.calendars.models import Calendar
from shopbell.connections.models import Connection
from shopbell.conversations.models import Team
from shopbell.kit.db.tenant import TenantModel

CAPACITY = 10


class Agent(TenantModel):
    """A member of staff at work. `capacities` narrows single media: {"chat": 3}."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    is_available = models.BooleanField(default=False)
    left = models.BooleanField(default=False)  # away because no page was open any more
    since = models.DateTimeField(db_default=Now())  # of being available, or of being away
    seen_at = models.DateTimeField(null=True)  # a page of theirs was open
    acted_at = models.DateTimeField(null=True)  # something was given to them by hand
    given_at = models.DateTimeField(null=True)  # something was handed out to them
    capacity = models.PositiveSmallIntegerField(default=CAPACITY)
    capacities = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "user"], name="agent_once")]
        indexes = [
            models.Index(
                fields=["seen_at"],
                name="agent_available",
                condition=models.Q(is_available=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {'available' if self.is_available else 'away'}"


class Mode(models.TextChoices):
    """How conversations find somebody."""

    OFF = "off", "People take them"
    ROUND_ROBIN = "round_robin", "In turn"
    LEAST_LOADED = "least_loaded", "To who has the fewest"


class Routing(TenantModel):
    """How one team, or what comes in at one inbox and belongs to no team, is handed out.

    `gives_to` (of an inbox): the team that new conversations go to. Who is away for
    `grace_minutes` of working time gives waiting customers back.
    """

    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="+")
    inbox = models.ForeignKey(Connection, null=True, on_delete=models.CASCADE, related_name="+")
    gives_to = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    mode = models.CharField(max_length=20, choices=Mode, default=Mode.OFF)
    grace_minutes = models.PositiveIntegerField(default=15)
    calendar = models.ForeignKey(Calendar, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "team"],
                condition=models.Q(team__isnull=False),
                name="routing_team_once",
            ),
            models.UniqueConstraint(
                fields=["store", "inbox"],
                condition=models.Q(inbox__isnull=False),
                name="routing_inbox_once",
            ),
            models.CheckConstraint(
                condition=models.Q(team=None) ^ models.Q(inbox=None), name="routing_one_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.team_id or self.inbox_id}"
