"""The sender: claims due messages, asks the gate, renders, hands over, writes down what happened.

    claim (lease, fence) → gate and render, commit → handed, commit → provider → outcome, commit

Nothing leaves before `handed` is committed, so a crash before it is retried freely and a crash
after it is a doubt, settled by `doubts.py`. At most `IN_FLIGHT` messages of a thread are handed at
once for an inbox: that bounds what one crash can leave in doubt. How inboxes go side by side is in
`lanes`, one inbox's share in `handing`, whose turn it is in `turns`.
"""

import uuid
from collections import defaultdict

import structlog
from django.db import InterfaceError, OperationalError

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.events.pump import Pump, claim, register, stopping
from shopbell.kit.db.scope import store_scope
from shopbell.kit.text import storable
from shopbell.messaging.gate import Answer, Verdict
from shopbell.messaging.handing import PACED, Share
from shopbell.messaging.lanes import LANES, hand_over
from shopbell.messaging.marking import BULK
from shopbell.messaging.models import Message
from shopbell.messaging.outcomes import settle_verdicts
from shopbell.messaging.prepare import prepare
from shopbell.messaging.readying import SOURCES, Group, by_inbox, judged, shares_of

log = structlog.get_logger()

BATCH = 128
BULK_BATCH = 384
THREADS = 2  # of each worker; they make messages ready and wait for no provider
CLAIM_SECONDS = 30  # a claim that ran out costs a rendering, never a mail

# What waits for an inbox that has enough to do here is not looked at again before it has room.
_DUE = """state IN ('queued', 'claimed') AND (purpose = ANY(%s)) = %s
    AND (reason <> %s OR connection_id IS NULL OR connection_id <> ALL(%s)
        OR origin IN ('agent', 'test'))"""


def run_outbox() -> int:
    """Make one batch of due messages ready and have it sent; what nobody waits for comes after."""
    done = _run(BATCH, bulk=False)
    if done < BATCH and not stopping.is_set():
        done += _run(LANES.most_room(BULK_BATCH), bulk=True)
    for send_some in SOURCES if done < BATCH else ():
        if not stopping.is_set():
            done += send_some(BULK_BATCH)
    return done


def _run(limit: int, *, bulk: bool) -> int:
    rows = claim(
        table="messaging_message",
        columns="t.id, t.store_id, t.attempts",
        where=_DUE,
        params=[list(BULK), bulk, PACED, LANES.full(bulk=bulk)],
        also="state = 'claimed'",
        limit=limit,
        lease_seconds=CLAIM_SECONDS,
    )
    by_store: dict[int, dict[uuid.UUID, int]] = defaultdict(dict)
    for message_id, store_id, fence in rows:
        by_store[store_id][message_id] = fence
    hand_over(
        [
            share
            for store_id, fences in by_store.items()
            for share in _shares(store_by_id(store_id), fences)
        ]
    )
    return len(rows)


def send_claimed(store: Store, fences: dict[uuid.UUID, int]) -> None:
    """Send claimed messages of one store, given with the fences of their claims."""
    hand_over(_shares(store, fences))


def _shares(store: Store, fences: dict[uuid.UUID, int]) -> list[Share]:
    return shares_of(store, _ready_or_held(store, fences))


def _ready_or_held(store: Store, fences: dict[uuid.UUID, int]) -> list[Group]:
    """Make messages ready; if that fails, one by one, and hold the one that cannot be."""
    try:
        return _make_ready(store, fences)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # one bad message must not stop the others
        log.exception("outbox.not_ready", store=store.slug, size=len(fences))
        if len(fences) == 1:
            _hold(store, fences, error)
            return []
    single = ({message_id: fence} for message_id, fence in fences.items())
    return [group for one in single for group in _ready_or_held(store, one)]


def _hold(store: Store, fences: dict[uuid.UUID, int], error: Exception) -> None:
    said = f"It cannot be made ready: {type(error).__name__}: {error}"
    verdict = Verdict(Answer.HOLD, "broken", storable(said)[:400])
    with store_scope(store.pk):
        rows = Message.objects.filter(pk__in=list(fences), state="claimed")
        settle_verdicts(store, [(row, verdict) for row in rows.defer("html", "text")])


def _make_ready(store: Store, fences: dict[uuid.UUID, int]) -> list[Group]:
    """Ask the gate, render, and note everything that does not go out."""
    with store_scope(store.pk):
        messages = [
            message
            for message in Message.objects.select_related("customer", "order", "shipment")
            .defer("html", "text", "order__payload", "shipment__payload")
            .filter(pk__in=list(fences), state="claimed")
            .order_by("due_at", "id")
            if fences[message.pk] == message.attempts
        ]
        passed, stopped = judged(store, messages)
        prepared, refused = prepare(store, passed)
        settle_verdicts(store, [*stopped, *refused])
        return by_inbox(store, prepared)


register(Pump(name="outbox", run=run_outbox, interval=1.0, threads=THREADS))
