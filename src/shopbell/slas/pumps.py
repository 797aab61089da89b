"""Warnings and breaches: clocks whose time has come are told once each."""

from shopbell.events.actions import emit
from shopbell.events.pump import Pump, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.slas.events import SlaWarned
from shopbell.slas.following import breach, follow
from shopbell.slas.models import Clock

BATCH = 200


def run_clocks() -> int:
    """Tell what is due, store by store; returns how many were told."""
    with unscoped("which stores have promises that are due"):
        due = Clock.objects.filter(wake_at__lte=clock.now()).order_by()
        stores = list(due.values_list("store_id", flat=True).distinct()[:100])
    told = 0
    for store_id in stores:
        with store_scope(store_id):
            told += tell_due()
    return told


def tell_due() -> int:
    """Warn of, or tell of, the clocks that are due in the store in scope."""
    now = clock.now()
    # First what has happened meanwhile: nobody is warned of what was answered a moment ago.
    waking = Clock.objects.filter(wake_at__lte=now).order_by("wake_at")
    follow({row.conversation_id for row in waking[:BATCH]}, at=now)
    rows = waking.select_for_update(skip_locked=True)[:BATCH]
    for row in rows:
        _tell(row)
    return len(rows)


def _tell(row: Clock) -> None:
    now = clock.now()
    assert row.due_at is not None
    if now < row.due_at:
        emit(
            SlaWarned(
                conversation_id=row.conversation_id,
                target=row.target,
                due_at=row.due_at,
                policy_id=row.policy_id,
            )
        )
        row.warned_at, row.wake_at = now, row.due_at
    else:
        emit(breach(row, row.due_at))
        row.breached_at, row.wake_at = now, None
    row.save(update_fields=["warned_at", "breached_at", "wake_at"])


register(Pump(name="slas", run=run_clocks, interval=5.0))
