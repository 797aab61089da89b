"""How far a bulk action is and how it ended, in numbers and in one sentence."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from shopbell.accounts.models import User
from shopbell.conversations.actions.bulk import may_be_undone
from shopbell.conversations.bulk.verbs import VERBS
from shopbell.conversations.models import BulkAction, BulkItem, BulkState, Outcome
from shopbell.kit import clock
from shopbell.kit.errors import NotFound

SHOWN = 500
RECENT = 50
_LEFT = (Outcome.REFUSED, Outcome.KEPT)


@dataclass(frozen=True, slots=True)
class Progress:
    """A bulk action with the number of conversations of each outcome, and why some were left."""

    action: BulkAction
    counts: dict[str, int]
    reasons: dict[str, int]  # why conversations were refused or not put back
    remarks: int  # done, but not all of it
    may_undo: bool

    @property
    def is_at_work(self) -> bool:
        """Whether it goes on."""
        return self.action.state in (BulkState.RUNNING, BulkState.UNDOING)

    @property
    def through(self) -> int:
        """How many conversations are behind it."""
        waits = Outcome.DONE if self.action.state == BulkState.UNDOING else Outcome.WAITING
        return self.action.total - self.counts.get(waits, 0)

    @property
    def left(self) -> int:
        """How many there is something to say about."""
        return sum(self.counts.get(each, 0) for each in _LEFT) + self.remarks

    @property
    def stays(self) -> bool:
        """Whether an undo leaves something, such as answers that were sent."""
        verb = VERBS.get(self.action.verb)
        return verb is not None and not verb.undoes_all

    @property
    def says(self) -> str:
        """What is known about it, in a sentence or three."""
        if self.action.state == BulkState.RUNNING:
            return f"{self.action.says}: at work"
        if self.action.state == BulkState.UNDOING:
            return f"{self.action.says}: being undone"
        return self._ended()

    def _ended(self) -> str:
        count = self.counts.get
        if self.action.state == BulkState.UNDONE:
            parts = [f"Undone: {_conversations(count(Outcome.UNDONE, 0))}."]
            if kept := count(Outcome.KEPT, 0):
                parts.append(f"{kept} left as {_pair(kept, 'it is', 'they are')}{self._why()}")
        else:
            parts = [f"{self.action.says}: {_conversations(count(Outcome.DONE, 0))}."]
            if refused := count(Outcome.REFUSED, 0):
                was = _pair(refused, "it was", "they were")
                parts.append(f"{refused} left as {was}{self._why()}")
        if same := count(Outcome.SAME, 0):
            parts.append(f"{same} {_pair(same, 'was', 'were')} so already.")
        if stopped := count(Outcome.STOPPED, 0):
            parts.append(f"{stopped} {_pair(stopped, 'was', 'were')} not begun.")
        if self.remarks and self.action.state != BulkState.UNDONE:
            parts.append(f"Not all done with {self.remarks}.")
        return " ".join(parts)

    def _why(self) -> str:
        if len(self.reasons) == 1:
            return f": {next(iter(self.reasons)).rstrip('.')}."
        return f", for {len(self.reasons)} reasons." if self.reasons else "."


def _pair(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _conversations(count: int) -> str:
    return f"{count:,} {_pair(count, 'conversation', 'conversations')}"


def bulk_action(key: uuid.UUID) -> BulkAction:
    """Return a bulk action of the store in scope.

    Raises:
        NotFound: there is none.
    """
    found = BulkAction.objects.select_related("by", "undone_by").filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such bulk action.", remedy="Go back to the list.")
    return found


def progress_of(actions: Sequence[BulkAction]) -> list[Progress]:
    """Return how far bulk actions are."""
    counts: dict[uuid.UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    reasons: dict[uuid.UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    remarks: dict[uuid.UUID, int] = defaultdict(int)
    rows = BulkItem.objects.filter(action__in=actions).order_by()
    for key, outcome, reason, count in rows.values_list("action", "outcome", "reason").annotate(
        count=Count("id")
    ):
        counts[key][outcome] += count
        if outcome in _LEFT:
            reasons[key][reason] += count
        elif reason:
            remarks[key] += count
    return [
        Progress(
            row,
            dict(counts[row.pk]),
            dict(reasons[row.pk]),
            remarks[row.pk],
            may_be_undone(row)
            and (row.state == BulkState.RUNNING or counts[row.pk].get(Outcome.DONE, 0) > 0),
        )
        for row in actions
    ]


def shown_above_the_list(viewer: User) -> Progress | None:
    """Return what somebody did last with many, while it runs or can be undone."""
    row = (
        BulkAction.objects.select_related("by", "undone_by")
        .filter(by=viewer, put_away=False)
        .order_by("-created_at")
        .first()
    )
    if row is None:
        return None
    [found] = progress_of([row])
    return found if found.is_at_work or _is_fresh(row, found) else None


def _is_fresh(row: BulkAction, found: Progress) -> bool:
    if row.state == BulkState.FINISHED:
        return may_be_undone(row)
    return row.finished_at is not None and (clock.now() - row.finished_at).total_seconds() < 60


def recent_bulk_actions() -> list[Progress]:
    """Return the last bulk actions of the store in scope, newest first."""
    rows = BulkAction.objects.select_related("by", "undone_by").order_by("-created_at")
    return progress_of(list(rows[:RECENT]))


def left_items(action: BulkAction) -> list[BulkItem]:
    """Return the conversations there is something to say about: left, not put back, half done."""
    rows = action.items.filter(Q(outcome__in=_LEFT) | ~Q(reason="")).order_by(
        "reason", "conversation_id"
    )
    return list(rows.select_related("conversation__customer")[:SHOWN])
