"""Tables of what can be undone: bulk actions, and merges, splits and moved threads.

A newcomer's mistake: importing them from here. They belong to `models`, which loads this module
when the tables it refers to are there.
"""

from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.conversations.models import Conversation
from shopbell.kit.db.tenant import TenantModel


class BulkState(models.TextChoices):
    """Where a bulk action stands."""

    RUNNING = "running", "At work"
    FINISHED = "finished", "Done"
    UNDOING = "undoing", "Being undone"
    UNDONE = "undone", "Undone"


class BulkAction(TenantModel):
    """One thing done with many conversations: a job that is worked off in batches (see `bulk`)."""

    verb = models.CharField(max_length=20)  # a key of `bulk.verbs.VERBS`
    values = models.JSONField(default=dict)
    says = models.CharField(max_length=200)  # "Resolved", "Given to Ada"
    state = models.CharField(max_length=10, choices=BulkState, default=BulkState.RUNNING)
    total = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    put_away = models.BooleanField(default=False)  # who did it has read how it ended
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="bulk_action_due",
                condition=models.Q(state__in=["running", "undoing"]),
            ),
            models.Index(fields=["store", "-created_at"], name="bulk_action_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.says} {self.total}"


class Outcome(models.TextChoices):
    """What became of one conversation in a bulk action."""

    WAITING = "waiting", "Waits"
    DONE = "done", "Done"
    SAME = "same", "Was so already"
    REFUSED = "refused", "Left as it was"
    UNDONE = "undone", "Put back"
    KEPT = "kept", "Not put back"
    STOPPED = "stopped", "Not begun"


class BulkItem(TenantModel):
    """One conversation of a bulk action; `before` and `after` hold what the action changed."""

    action = models.ForeignKey(BulkAction, on_delete=models.CASCADE, related_name="items")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    reason = models.CharField(max_length=500, blank=True, default="")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "action", "conversation"], name="bulk_item_once"
            )
        ]
        indexes = [
            models.Index(fields=["store", "action", "outcome", "id"], name="bulk_item_outcome")
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.outcome}"


class RegroupKind(models.TextChoices):
    """How threads came into another conversation."""

    MERGE = "merge", "Merge"
    SPLIT = "split", "Split"
    MOVE = "move", "Move"


class Regrouping(TenantModel):
    """A merge, a split or a moved thread, with all that is needed to undo it."""

    kind = models.CharField(max_length=10, choices=RegroupKind)
    source = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    moved = models.JSONField(default=dict)  # ids: threads, entries without one, files, drafts
    before = models.JSONField(default=dict)  # status and times of source and target
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    undone_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["store", "source"], name="regrouping_source"),
            models.Index(fields=["store", "target"], name="regrouping_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id} {self.target_id}"
