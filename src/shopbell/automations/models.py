"""Rules, their runs, and what time rules wait for.

`conditions` is a list of groups `{"mode": "all" | "any", "of": [{"key", "op", "value"}]}` which
must all hold; `actions` a list of `{"key", "values"}`. The words come from
`conversations.rulebook`.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.conversations.models import Conversation
from shopbell.kit.db.tenant import TenantModel


class Rule(TenantModel):
    """One rule. Rules run in the order of `position`; a new one is off until it was tried."""

    name = models.CharField(max_length=120)
    trigger = models.CharField(max_length=60)
    after_minutes = models.PositiveIntegerField(default=0)  # of a time rule
    conditions = models.JSONField(default=list)
    actions = models.JSONField(default=list)
    position = models.PositiveIntegerField(default=0)
    enabled = models.BooleanField(default=False)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="desk_rule_once")]
        indexes = [models.Index(fields=["store", "position"], name="desk_rule_order")]

    def __str__(self) -> str:
        return self.name


class RunState(models.TextChoices):
    """How a run ended."""

    DONE = "done", "Done"
    PARTLY = "partly", "Partly done"
    FAILED = "failed", "Failed"
    CUT = "cut", "Not run: it had started itself"


class Run(TenantModel):
    """A rule that fitted and ran, once per event. `outcomes` has one line per action."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="runs")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    event_id = models.BigIntegerField()  # of the log; the log is kept for a while only
    event = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=RunState)
    outcomes = models.JSONField(default=list)  # [{"says", "done", "why"}]
    chain = ArrayField(models.UUIDField(), default=list)  # the rules that led here, this one last
    emitted = ArrayField(models.BigIntegerField(), default=list)  # events its actions caused
    at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "rule", "event_id"], name="rule_run_once")
        ]
        indexes = [
            models.Index(fields=["store", "rule", "-at"], name="rule_run_log"),
            models.Index(fields=["store", "conversation", "-at"], name="rule_run_case"),
            models.Index(fields=["store", "event_id"], name="rule_run_event"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.state}"


class Wait(TenantModel):
    """When a time rule looks at a conversation next. `occasion` is since when it waits so."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    occasion = models.DateTimeField()
    due_at = models.DateTimeField()
    told = models.BooleanField(default=False)  # the rule was told of this occasion
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "rule", "conversation"], name="rule_wait_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], name="rule_wait_due", condition=models.Q(told=False)),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.due_at}"
