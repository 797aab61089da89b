"""Messages on their way out: judged, rendered, grouped by inbox; and those of many people at once.

What goes to many need not stand in the queue: `ready_to_leave` judges and renders drafts before
there is a row, and each row is written once, as it is handed over. An engine above registers a
`source` that is asked for more when there is room, and keeps in mind whom it asked for: who has no
row after `LOST_AFTER` was in the hands of a worker that died. A newcomer's mistake: handing over
what `ready_to_leave` returns before the transaction is committed.
"""

import math
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.kit.db.bulk import insert_objects
from shopbell.kit.db.locks import share_in_transaction
from shopbell.messaging.actions import JUDGING, Draft, queue_messages, unsent
from shopbell.messaging.budget import hold_people
from shopbell.messaging.envelopes import outgoing
from shopbell.messaging.gate import Answer, Verdict, decide
from shopbell.messaging.handing import Share
from shopbell.messaging.marking import Ready, is_bulk, is_urgent
from shopbell.messaging.models import Message
from shopbell.messaging.outcomes import settle_verdicts
from shopbell.messaging.pages import keep_short
from shopbell.messaging.policy import policy_of
from shopbell.messaging.prepare import Prepared, rendered
from shopbell.messaging.states import State
from shopbell.messaging.turns import in_turn

log = structlog.get_logger()

LEASE_SECONDS = 30  # as long as a claim: then a worker hands over no more of what it holds
LOST_AFTER = timedelta(seconds=LEASE_SECONDS + 15)

type Judged = tuple[Message, Verdict]
type Leaving = tuple[dict[str, uuid.UUID], list[Share]]
type Group = tuple[Connection, list[Ready]]

SOURCES: list[Callable[[int], int]] = []


def source(send_some: Callable[[int], int]) -> None:
    """Register who has messages to many: sends at most so many, returns how many it made."""
    SOURCES.append(send_some)


def judged(store: Store, messages: Sequence[Message]) -> tuple[list[Judged], list[Judged]]:
    """Ask the gate; returns what may go now and what may not."""
    share_in_transaction(JUDGING, store.pk)
    hold_people(store, messages, policy_of(store))
    verdicts = decide(store, messages)
    passed: list[Judged] = []
    stopped: list[Judged] = []
    for message, verdict in in_turn(list(zip(messages, verdicts, strict=True))):
        (passed if verdict.answer == Answer.SEND else stopped).append((message, verdict))
    return passed, stopped


def by_inbox(store: Store, prepared: Sequence[Prepared], *, fresh: bool = False) -> list[Group]:
    """Group what is rendered by the inbox it leaves from. `fresh`: it stands nowhere yet."""
    until = time.monotonic() + LEASE_SECONDS if fresh else math.inf
    groups: dict[uuid.UUID, list[Ready]] = defaultdict(list)
    inboxes: dict[uuid.UUID, Connection] = {}
    for message, route, _ in prepared:
        inboxes[route.connection.pk] = route.connection
        groups[route.connection.pk].append(
            Ready(
                message.pk,
                message.attempts,
                outgoing(store, message, route),
                is_urgent(message),
                is_bulk(message),
                message if fresh else None,
                until,
            )
        )
    return [(inboxes[key], group) for key, group in groups.items()]


def shares_of(store: Store, groups: Sequence[Group]) -> list[Share]:
    """Return each inbox's share, what somebody waits for apart."""
    shares: dict[tuple[uuid.UUID, bool, bool], Share] = {}
    for inbox, group in groups:
        for ready in group:
            key = (inbox.pk, ready.urgent, ready.bulk)
            share = shares.setdefault(key, Share(store, inbox, []))
            share.left.append(ready)
    return list(shares.values())


def ready_to_leave(store: Store, drafts: Sequence[Draft]) -> Leaving:
    """Make messages ready to leave, in the caller's transaction.

    Returns the id of each by its business key, and what is to be handed over once that is
    committed; those have no row yet. What the gate objects to is written. What cannot be made
    ready together is queued, and made ready one by one.
    """
    if not drafts:
        return {}, []
    try:
        with transaction.atomic():
            return _ready_to_leave(store, drafts)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # one bad message must not stop the others
        log.exception("readying.not_ready", store=store.slug, size=len(drafts))
    queue_messages(drafts=drafts)
    return _known(drafts), []


def _ready_to_leave(store: Store, drafts: Sequence[Draft]) -> Leaving:
    messages = [unsent(draft) for draft in drafts]
    until = _lease()
    for message in messages:
        message.state, message.attempts, message.lease_until = State.CLAIMED, 1, until
        message.due_at = until  # so that the queue need not pass over them meanwhile
    passed, stopped = judged(store, messages)
    ready, refused = rendered(store, passed)
    groups = by_inbox(store, ready, fresh=True)
    kept = keep_short([each.message.html for each in ready], [each.page for each in ready])
    for each, html in zip(ready, kept, strict=True):
        each.message.html = html
    ids = {message.business_key: message.pk for message in messages}
    aside = [*stopped, *refused]
    if aside:
        rows = [message for message, _ in aside]
        if insert_objects(rows, ignore_conflicts=True) < len(rows):
            ids |= _known(drafts)  # some were there before, and are on their way already
        settle_verdicts(store, aside)
    return ids, shares_of(store, groups)


def _known(drafts: Sequence[Draft]) -> dict[str, uuid.UUID]:
    rows = Message.objects.filter(business_key__in=[draft.business_key for draft in drafts])
    return dict(rows.values_list("business_key", "pk"))


def _lease() -> datetime:
    """Return until when these are ours, by the database's clock, as claims are compared."""
    with database.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [LEASE_SECONDS])
        until: datetime = cursor.fetchone()[0]
        return until
