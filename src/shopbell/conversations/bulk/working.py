"""Working a bulk action off in batches: each conversation once, whatever happens to a worker.

A batch is one transaction under the lock of its action, so a killed worker leaves no half batch,
and nobody is at an action twice. A newcomer's mistake: stopping at a conversation that refuses.
"""

import uuid

import structlog
from django.db import transaction

from shopbell.accounts.models import Staff, Store, User
from shopbell.accounts.permissions import may
from shopbell.accounts.queries import store_by_id
from shopbell.conversations.bulk.snapshots import difference, put_back, snapshot
from shopbell.conversations.bulk.verbs import VERBS, Verb
from shopbell.conversations.models import BulkAction, BulkItem, BulkState, Conversation, Outcome
from shopbell.conversations.rulebook import Case
from shopbell.events.pump import MAX_ATTEMPTS, Pump, claim, register, stopping
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ShopbellError
from shopbell.web.live import announce

log = structlog.get_logger()

BATCH = 20
BATCHES = 10  # in one turn; then other bulk actions have theirs
TOPIC = "bulk"
_DEADLY = "The worker ended without a word while it was at this, three times."
_AT_WORK = (BulkState.RUNNING, BulkState.UNDOING)


def run_bulk() -> int:
    """Do a turn of the bulk action that waits longest; returns how many conversations it took."""
    rows = claim(
        table="conversations_bulkaction",
        columns="t.id, t.store_id, t.attempts",
        where="state IN ('running', 'undoing')",
        limit=1,
        lease_seconds=60,
    )
    return sum(_turn(key, store_id, attempts) for key, store_id, attempts in rows)


def _turn(key: uuid.UUID, store_id: int, attempts: int) -> int:
    """What was tried before is tried one by one, and what ends the worker each time is left."""
    taken = 0
    if attempts > MAX_ATTEMPTS:
        with store_scope(store_id):
            _surrender(key)
    for _ in range(BATCHES):
        if stopping.is_set():
            break
        with store_scope(store_id):
            count = work_off(key, size=BATCH if attempts <= 1 else 1)
        taken += count
        if not count:
            break
    with store_scope(store_id):
        BulkAction.objects.filter(pk=key).update(lease_until=None, due_at=clock.now())
    return taken


@transaction.atomic
def work_off(key: uuid.UUID, *, size: int = BATCH) -> int:
    """Do the next conversations of an action; returns how many. The last ones finish it."""
    action = BulkAction.objects.select_for_update().filter(pk=key, state__in=_AT_WORK).first()
    if action is None:
        return 0
    undoing = action.state == BulkState.UNDOING
    waits = Outcome.DONE if undoing else Outcome.WAITING
    items = list(
        action.items.filter(outcome=waits).order_by("conversation_id")[: size + 1]
    )  # the same order for all, so that two actions never wait crosswise
    by = action.undone_by if undoing else action.by
    if not undoing and items and not _may(by, action):
        said = f"{by or 'Whoever began this'} may not do this any more."
        action.items.filter(outcome=waits).update(outcome=Outcome.REFUSED, reason=said)
        items = []
    store = store_by_id(action.store_id)
    for item in items[:size]:
        if undoing:
            _undo(item, by)
        else:
            _do(store, item, VERBS.get(action.verb), action, by)
    if len(items) <= size:
        _finish(action)
    if action.attempts:
        action.attempts = 0
        action.save(update_fields=["attempts"])
    announce(action.store_id, TOPIC, action.pk)
    return len(items[:size])


def _may(by: User | None, action: BulkAction) -> bool:
    """Whoever began it may have lost their role meanwhile; a program (nobody) had a key."""
    if action.by_id is None:
        return True
    staff = Staff.objects.filter(user=by).first()
    return staff is not None and may(staff, "conversations:write")


def _finish(action: BulkAction) -> None:
    undone = action.state == BulkState.UNDOING
    action.state = BulkState.UNDONE if undone else BulkState.FINISHED
    action.finished_at = clock.now()
    action.save(update_fields=["state", "finished_at"])


def _do(
    store: Store, item: BulkItem, verb: Verb | None, action: BulkAction, by: User | None
) -> None:
    row = Conversation.objects.select_for_update().get(pk=item.conversation_id)
    why = _gone(row) or ("" if verb else "This installation does not know how.")
    if verb is None or why:
        _note(item, Outcome.REFUSED, why)
        return
    before = snapshot(row)
    origin = "" if by else f"bulk action “{action.says}”"
    case = Case(store, row, by=by, origin=origin)
    try:
        with transaction.atomic():
            case.renew()
            remark = verb.run(case, action.values)
    except ShopbellError as error:
        _note(item, Outcome.REFUSED, _without_number(error.message, row.number))
        return
    except Exception as error:  # one conversation's fault must not stop the others
        log.exception("bulk.item_failed", action=str(action.pk), conversation=row.number)
        why = f"It broke: {type(error).__name__}. The log of the server says more."
        _note(item, Outcome.REFUSED, why)
        return
    item.before, item.after = difference(before, snapshot(Conversation.objects.get(pk=row.pk)))
    same = verb.undoes_all and not item.after
    _note(item, Outcome.SAME if same else Outcome.DONE, remark)


def _undo(item: BulkItem, by: User | None) -> None:
    row = Conversation.objects.select_for_update().get(pk=item.conversation_id)
    if why := _gone(row):
        _note(item, Outcome.KEPT, why)
        return
    changed = [key for key in item.after if key != "waiting"]
    try:
        with transaction.atomic():
            since = put_back(row, item.before, item.after, by)
    except ShopbellError as error:
        _note(item, Outcome.KEPT, _without_number(error.message, row.number))
        return
    said = f"Changed since: {', '.join(since)}." if since else ""
    _note(item, Outcome.KEPT if changed and len(since) == len(changed) else Outcome.UNDONE, said)


def _gone(row: Conversation) -> str:
    # Not by select_related: after waiting for a lock the joined row would be that of before.
    return f"Merged into #{row.merged_into.number} meanwhile." if row.merged_into else ""


def _without_number(message: str, number: int) -> str:
    """Return a refusal so that the same one of many conversations reads the same."""
    bare = message.removeprefix(f"#{number} ")
    return bare if bare == message else f"{bare[:1].upper()}{bare[1:]}"


def _note(item: BulkItem, outcome: Outcome, reason: str = "") -> None:
    item.outcome, item.reason = outcome, reason[:500]
    item.save(update_fields=["outcome", "reason", "before", "after"])


def _surrender(key: uuid.UUID) -> None:
    """Leave the conversation that ended the worker three times."""
    action = BulkAction.objects.select_for_update().filter(pk=key, state__in=_AT_WORK).first()
    if action is None:
        return
    undoing = action.state == BulkState.UNDOING
    waits = Outcome.DONE if undoing else Outcome.WAITING
    first = action.items.filter(outcome=waits).order_by("conversation_id").first()
    if first is not None:
        _note(first, Outcome.KEPT if undoing else Outcome.REFUSED, _DEADLY)


register(Pump(name="bulk", run=run_bulk, interval=5.0))
