"""Carries remedies out at the shop, exactly once, whenever a worker dies.

    claim → handed, commit → the shop → done | failed, commit

Nothing is asked of the shop before `handed` is committed, so a crash before it is tried again
freely. A crash after it is a doubt, and a doubt is settled by reading the shop: what is found there
is done; what is not found is sent again under the same key if the shop refuses a key twice, and
else waits for a person. A newcomer's mistake: repeating after a time-out.
"""

import uuid
from datetime import timedelta

import structlog

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.connections.ports import Account
from shopbell.events.pump import claim, stopping
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Permanent, Temporary, Unsupported
from shopbell.orders.models import Order
from shopbell.orders.ports import ActingShop, Deed, Errand, Outcome, ShipmentItemFacts
from shopbell.remedies.actions import doubt_remedy, fail_remedy, finish_remedy
from shopbell.remedies.actions.decide import locked
from shopbell.remedies.checks import money_left
from shopbell.remedies.models import Remedy, State
from shopbell.remedies.queries import opened, remedies_of, shops_by_source

log = structlog.get_logger()

BATCH = 8
LEASE_SECONDS = 180  # longer than the slowest talk with a shop
FIRST_LOOK = timedelta(seconds=5)
LOOKS = (5, 30, 60, 300, 900)  # seconds between looks; then a person
SETTLED_AFTER = 60  # seconds until "not found" counts: the shop may still be writing
KEY_LIVES = timedelta(hours=12)  # half of what the shops promise
TRIES = (5, 15, 60, 300, 900, 3600)  # seconds between tries of a shop that is not reached
_REACHES = frozenset({"too_large", "redirected"})  # refusals of an answer, not of a request


def run_remedies() -> int:
    """Carry out what is due; returns how many rows were taken."""
    rows = claim(
        table="remedies_remedy",
        columns="t.id, t.store_id",
        where="state IN ('queued', 'handed', 'in_doubt')",
        limit=BATCH,
        lease_seconds=LEASE_SECONDS,
    )
    for key, store_id in rows:
        if stopping.is_set():
            break
        _carry_out(key, store_id)
    return len(rows)


def _carry_out(key: uuid.UUID, store_id: int) -> None:
    store = store_by_id(store_id)
    with store_scope(store_id):
        remedy = locked(Remedy(pk=key))
        fresh = remedy.state == State.QUEUED
        if remedy.state not in (State.QUEUED, State.HANDED, State.IN_DOUBT):
            return
        found = _shop_of(remedy, store)
        if found is None:
            _without_shop(remedy, fresh)
            return
        if fresh and not _hand_over(remedy):
            return
        errand = errand_of(remedy)
    shop, account = found
    if fresh:
        _perform(store, remedy, shop, account, errand)
    else:
        _look(store, remedy, shop, account, errand)


def _shop_of(remedy: Remedy, store: Store) -> tuple[ActingShop, Account] | None:
    connection = shops_by_source().get(remedy.order.source)
    return opened(connection, store) if connection is not None else None


def _without_shop(remedy: Remedy, fresh: bool) -> None:
    said = "The shop of this order is not connected any more."
    if fresh:
        fail_remedy(remedy=remedy, problem=said)
    else:
        doubt_remedy(remedy=remedy, problem=said, look_in=None)


def _hand_over(remedy: Remedy) -> bool:
    """Look at the money once more; from here on the shop may have done it."""
    order = Order.objects.select_for_update().get(pk=remedy.order_id)
    others = [row for row in remedies_of([order.pk]) if row.pk != remedy.pk]
    if remedy.deed == Deed.REFUND and remedy.amount > money_left(order, others):
        fail_remedy(remedy=remedy, problem="Less than that is left of what was paid.")
        return False
    remedy.state, remedy.handed_at = State.HANDED, remedy.handed_at or clock.now()
    remedy.save(update_fields=["state", "handed_at"])
    return True


def errand_of(remedy: Remedy) -> Errand:
    """Return what the shop is asked, always the same for the same remedy."""
    order = remedy.order
    return Errand(
        key=str(remedy.key),
        deed=Deed(remedy.deed),
        order_id=order.source_id,
        currency=remedy.currency,
        amount=remedy.amount,
        items=tuple(ShipmentItemFacts(row["line_id"], row["quantity"]) for row in remedy.items),
        email=order.email,
        code=remedy.code,
        reason=remedy.reason,
        note=" · ".join(part for part in (remedy.reason_title, remedy.note) if part),
        asked_at=remedy.created_at,
    )


def _perform(
    store: Store, remedy: Remedy, shop: ActingShop, account: Account, errand: Errand
) -> None:
    try:
        outcome = shop.perform(account, errand)
    except (Permanent, Unsupported) as error:
        _refused(store, remedy, error)
    except Temporary as error:
        _interrupted(store, remedy, error)
    except Exception as error:  # a bug in a connector: whether it happened is unknown
        log.exception("remedies.failed", remedy=str(remedy.pk))
        _doubt(store, remedy, f"{type(error).__name__}: {error}")
    else:
        _took(store, remedy, outcome)


def _took(store: Store, remedy: Remedy, outcome: Outcome) -> None:
    if outcome.pending:
        _doubt(store, remedy, "The shop has taken it and is still at it.", outcome.reference)
        return
    with store_scope(store.pk):
        row = locked(remedy)
        if row.state in (State.HANDED, State.IN_DOUBT):
            finish_remedy(remedy=row, outcome=outcome)


def _refused(store: Store, remedy: Remedy, error: Permanent | Unsupported) -> None:
    if getattr(error, "code", "") in _REACHES:
        _doubt(store, remedy, error.message)
        return
    with store_scope(store.pk):
        row = locked(remedy)
        if row.state in (State.HANDED, State.IN_DOUBT):
            fail_remedy(remedy=row, problem=error.message)


def _interrupted(store: Store, remedy: Remedy, error: Temporary) -> None:
    """A shop that certainly did nothing is asked again later; anything else is a doubt."""
    if not error.untouched:
        _doubt(store, remedy, error.message)
        return
    with store_scope(store.pk):
        row = locked(remedy)
        if row.state != State.HANDED:
            _count_look(row, error.message)
            return
        if row.attempts > len(TRIES):
            fail_remedy(remedy=row, problem=f"{error.message} It was tried for an hour.")
            return
        pause = error.retry_after or TRIES[max(row.attempts - 1, 0)]
        row.state, row.problem, row.lease_until = State.QUEUED, error.message[:500], None
        row.due_at = clock.now() + timedelta(seconds=pause)
        row.save()


def _doubt(store: Store, remedy: Remedy, problem: str, reference: str = "") -> None:
    with store_scope(store.pk):
        row = locked(remedy)
        if row.state == State.HANDED:
            row.reference = reference[:120] or row.reference
            doubt_remedy(remedy=row, problem=problem, look_in=FIRST_LOOK)
        else:
            _count_look(row, problem)


def _look(store: Store, remedy: Remedy, shop: ActingShop, account: Account, errand: Errand) -> None:
    """Read the shop; only what it says decides."""
    try:
        outcome = shop.find(account, errand)
    except (Permanent, Unsupported, Temporary) as error:
        _look_again(store, remedy, error.message)
        return
    except Exception as error:  # a bug in a connector
        log.exception("remedies.look_failed", remedy=str(remedy.pk))
        _look_again(store, remedy, f"{type(error).__name__}: {error}")
        return
    if outcome is not None and not outcome.pending:
        _took(store, remedy, outcome)
        return
    since = clock.now() - (remedy.handed_at or remedy.created_at)
    if outcome is None and since.total_seconds() >= SETTLED_AFTER and since < KEY_LIVES:
        guarded = shop.abilities(account).get(errand.deed)
        if guarded is not None and guarded.guards_key:
            _perform(store, remedy, shop, account, errand)
            return
    _look_again(store, remedy, remedy.problem or "The worker stopped in the middle of this.")


def _look_again(store: Store, remedy: Remedy, problem: str) -> None:
    with store_scope(store.pk):
        _count_look(locked(remedy), problem)


def _count_look(row: Remedy, problem: str) -> None:
    """Look again later, a few times; then a person has to."""
    if row.state not in (State.HANDED, State.IN_DOUBT):
        return
    row.looks += 1
    over = row.looks > len(LOOKS)
    look_in = None if over else timedelta(seconds=LOOKS[row.looks - 1])
    doubt_remedy(remedy=row, problem=problem, look_in=look_in)
