"""Lines, calls, agents' phones, and errands: what has to be asked of the provider.

Facts of a call only ever grow (`answered_at`, `promised_at`, `ended_at` …), so that news in any
order, and twice, give the same call. `actions.settling` says what they mean.
"""

from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.calendars.models import Calendar
from shopbell.connections.models import Connection
from shopbell.conversations.models import Conversation, Entry, Team
from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel
from shopbell.orders.models import Order


class Line(TenantModel):
    """How a connected number answers. `texts`: own words, {"en": {"greeting": "…"}}."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    calendar = models.ForeignKey(Calendar, null=True, on_delete=models.SET_NULL, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    rings = models.BooleanField(default=True)  # agents, in opening hours
    ring_seconds = models.PositiveSmallIntegerField(default=25)
    offers_call_back = models.BooleanField(default=True)
    call_back_minutes = models.PositiveIntegerField(default=120)  # of working time
    texts_promise = models.BooleanField(default=True, db_default=True)  # by SMS, if not told aloud
    offers_voicemail = models.BooleanField(default=True)
    voicemail_seconds = models.PositiveSmallIntegerField(default=120)
    texts = models.JSONField(default=dict)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "connection"], name="phone_line_once")
        ]

    def __str__(self) -> str:
        return str(self.connection_id)


class AgentPhone(TenantModel):
    """The number at which a member of staff is rung."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=20)  # E.164
    rings = models.BooleanField(default=True)  # for customers who call; else only to call them
    saved_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "user"], name="agent_phone_once")]

    def __str__(self) -> str:
        return self.number


class Direction(models.TextChoices):
    """Who called whom."""

    IN = "in", "The customer called"
    OUT = "out", "We called"


class State(models.TextChoices):
    """How far a call is."""

    ASKED = "asked", "About to be placed"
    RINGING = "ringing", "Ringing"
    TALKING = "talking", "In a call"
    ENDED = "ended", "Ended"
    FAILED = "failed", "Could not be placed"
    IN_DOUBT = "in_doubt", "Not known whether it was placed"


class Outcome(models.TextChoices):
    """What came of it."""

    NONE = "", "Not known yet"
    REACHED = "reached", "Reached"
    MISSED = "missed", "Missed"
    VOICEMAIL = "voicemail", "Voicemail"
    NOT_REACHED = "not_reached", "Not reached"
    WRONG_NUMBER = "wrong_number", "Wrong number"


class Told(models.TextChoices):
    """How a caller learnt of the promised call-back."""

    NOT = "", "not told"
    VOICE = "voice", "told in the call"
    SMS = "sms", "a text message tells them"
    AGENT = "agent", "told by an agent"


class Call(TenantModel):
    """One call. `number` is the one shown for the customer: it can be forged, it proves nothing."""

    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.SET_NULL, related_name="+"
    )  # None: entered by hand
    provider_id = models.CharField(max_length=64, blank=True, default="")
    direction = models.CharField(max_length=3, choices=Direction)
    number = models.CharField(max_length=20, blank=True, default="")  # E.164; empty: withheld
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+")
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.CASCADE, related_name="calls"
    )
    entry = models.ForeignKey(Entry, null=True, on_delete=models.SET_NULL, related_name="+")
    agent = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.RINGING)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True, default="")
    outcome_by_hand = models.BooleanField(default=False)
    notes = models.TextField(blank=True, default="")
    trouble = models.CharField(max_length=300, blank=True, default="")
    talk_seconds = models.PositiveIntegerField(null=True)
    wants_call_back = models.BooleanField(default=False)  # pressed the key for it
    promised_at = models.DateTimeField(null=True)
    promise_told = models.CharField(max_length=10, choices=Told, blank=True, default="")
    recording_id = models.CharField(max_length=64, blank=True, default="")
    recording_seconds = models.PositiveIntegerField(null=True)
    recording_kept_at = models.DateTimeField(null=True)
    transcript = models.TextField(blank=True, default="")
    client_id = models.UUIDField(null=True)  # of the form or program that noted it: twice is once
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "connection", "provider_id"],
                condition=~models.Q(provider_id=""),
                name="call_once",
            ),
            models.UniqueConstraint(
                fields=["store", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="call_noted_once",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-started_at", "-id"], name="call_recent"),
            models.Index(fields=["store", "conversation"], name="call_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.number} {self.state}"


class ErrandKind(models.TextChoices):
    """What the provider is asked for."""

    PLACE = "place", "Place the call"
    FETCH = "fetch", "Fetch the recording"
    LOOK = "look", "Ask how the call ended"


class Errand(TenantModel):
    """Something to be asked of the provider; gone when it is done."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=ErrandKind)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["due_at"], name="call_errand_due")]
        constraints = [
            models.UniqueConstraint(fields=["store", "call", "kind"], name="call_errand_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.call_id}"
