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


class After(models.TextChoices):
    """Where a person goes after a macro has run."""

    STAY = "stay", "Stay in the conversation"
    CLOSE = "close", "Back to the list"
    NEXT = "next", "On to the next one"


class Macro(TenantModel):
    """Several actions that a person does with one press; `actions` as those of a rule."""

    name = models.CharField(max_length=120)
    actions = models.JSONField(default=list)
    after = models.CharField(max_length=10, choices=After, default=After.STAY)
    used_count = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="macro_once")]

    def __str__(self) -> str:
        return self.name


class Checklist(TenantModel):
    """A template: steps that are gone through for one kind of matter."""

    name = models.CharField(max_length=120)
    steps = models.JSONField(default=list)  # lines of text

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="checklist_once")]

    def __str__(self) -> str:
        return self.name


class CaseChecklist(TenantModel):
    """A checklist on a conversation: a copy, so that a changed template changes no work done."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="checklists"
    )
    checklist = models.ForeignKey(Checklist, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=120)
    came_from = ArrayField(models.UUIDField(), default=list)  # by merging; the last one last
    added_at = models.DateTimeField(db_default=Now())

    @property
    def progress(self) -> str:
        """How many of its (preloaded) steps are done: "2 of 5"."""
        steps = list(self.steps.all())
        return f"{sum(step.done_at is not None for step in steps)} of {len(steps)}"

    @property
    def element(self) -> str:
        """The id of its element on the page."""
        return f"checklist-{self.pk}"

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "conversation", "name"], name="case_checklist_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Step(TenantModel):
    """One step of a checklist on a conversation; who ticked it, and when."""

    checklist = models.ForeignKey(CaseChecklist, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "checklist", "position"], name="checklist_step_once"
            )
        ]

    def __str__(self) -> str:
        return self.text


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
