"""Journeys, their versions, the people in them, and what happened to each of them."""

from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel
from shopbell.orders.models import Cart, Order


class JourneyState(models.TextChoices):
    """Whether people come in and go on."""

    OFF = "off", "Off"
    LIVE = "live", "On"
    PAUSED = "paused", "Paused"


class Journey(TenantModel):
    """One journey of a store. `key` names the preset it was made from."""

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=JourneyState, default=JourneyState.OFF)
    current = models.ForeignKey("Version", null=True, on_delete=models.SET_NULL, related_name="+")
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="journey_once")]

    def __str__(self) -> str:
        return self.name


class Origin(models.TextChoices):
    """Where a version comes from."""

    SHIPPED = "shipped", "Came with Shopbell"
    FILE = "file", "From a file"
    EDITOR = "editor", "Put together here"


class Version(TenantModel):
    """A journey as it was saved. Never changed once saved."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SHIPPED)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "journey", "number"], name="journey_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class Draft(TenantModel):
    """A journey that is being put together: one for each key, published as a version or discarded.

    `base` is the version it began with. `before` is what one press takes back. Nobody walks in it.
    """

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    definition = models.JSONField()
    before = models.JSONField(null=True)
    base = models.ForeignKey(Version, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="journey_draft_once")]

    def __str__(self) -> str:
        return self.name


class EnrolmentState(models.TextChoices):
    """Where a run stands."""

    ACTIVE = "active", "Under way"
    DONE = "done", "Went through"
    GOAL = "goal", "Reached the goal"
    LEFT = "left", "Left early"
    STUCK = "stuck", "Stuck"


class Enrolment(TenantModel):
    """One person's run through one version. `key` makes it exist once: a cart, an order, a person.

    `step` is where it stands. `waits`: it has come to the step and waits there until `due_at`, or
    until `awaits` happens.
    """

    # Each index is written anew with each step, so there is none that nobody asks.
    journey = models.ForeignKey(
        Journey, on_delete=models.CASCADE, related_name="enrolments", db_index=False
    )
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="enrolments", db_index=False
    )
    cart = models.ForeignKey(
        Cart, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        Order, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # What else it is about: `product`, `variant`, `waiting` (a place in a list), `was` (a price).
    about = models.JSONField(default=dict, db_default={})
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=EnrolmentState, default=EnrolmentState.ACTIVE)
    step = models.CharField(max_length=40)
    waits = models.BooleanField(default=False)
    awaits = models.CharField(max_length=80, blank=True, default="")
    answered = models.BooleanField(default=False)  # what it awaited has happened
    held = models.BooleanField(default=False)  # the journey is paused
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # the fence of a claim
    failures = models.PositiveSmallIntegerField(default=0)
    entered_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "journey", "key"], name="enrolment_once")
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="enrolment_due",
                condition=models.Q(state="active", held=False),
            ),
            models.Index(fields=["store", "customer", "state"], name="enrolment_customer"),
            models.Index(
                fields=["store", "journey", "-entered_at", "-id"], name="enrolment_recent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} at {self.step or 'the end'}"


class Passage(TenantModel):
    """What happened to one run at one step, in words a person can read."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="+", db_index=False)
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.CASCADE, related_name="passages", db_index=False
    )
    step = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    # The business key of the message that was queued, if one was.
    message_key = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["store", "enrolment", "at", "id"], name="passage_of"),
            models.Index(fields=["store", "journey", "step"], name="passage_step"),
        ]

    def __str__(self) -> str:
        return self.text


class Backtest(TenantModel):
    """A journey tried on the past (see `backtests.py`). `definition` need not be a version."""

    key = models.CharField(max_length=60)  # of the journey
    label = models.CharField(max_length=120)  # what was tried: "Welcome, version 2"
    definition = models.JSONField()
    days = models.PositiveSmallIntegerField()
    since = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)  # over the most that is replayed
    result = models.JSONField(default=dict)
    finished = models.BooleanField(default=False)
    trouble = models.CharField(max_length=300, blank=True, default="")
    by = models.CharField(max_length=320, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["store", "key", "-created_at"], name="backtest_recent")]

    def __str__(self) -> str:
        return f"{self.label}, {self.days} days"


class BacktestRow(TenantModel):
    """A message that would have been queued, and what the gate would have said."""

    backtest = models.ForeignKey(Backtest, on_delete=models.CASCADE, related_name="rows")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    cart = models.ForeignKey(Cart, null=True, on_delete=models.SET_NULL, related_name="+")
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+")
    step = models.CharField(max_length=40)
    at = models.DateTimeField()
    leaves = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10)  # of `gate.Answer`
    medium = models.CharField(max_length=20, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    text = models.CharField(max_length=500, blank=True, default="")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["store", "backtest", "-at", "-id"], name="backtest_rows")]

    def __str__(self) -> str:
        return f"{self.step}: {self.answer}"
