"""Messages on their way out: judged, rendered, grouped by inbox; and those of many people at once.

What goes to many need not stand in the queue: `write_ready` judges and renders drafts before there
is a row, and writes each row once, as if it had been claimed. An engine above registers a `source`
that is asked for more when there is room. A newcomer's mistake: handing over what `write_ready`
returns before the transaction is committed.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

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
from shopbell.messaging.handing import Ready, Share, is_bulk, is_urgent
from shopbell.messaging.models import Message
from shopbell.messaging.outcomes import settle_verdicts
from shopbell.messaging.pages import keep_short
from shopbell.messaging.policy import policy_of
from shopbell.messaging.prepare import Prepared, rendered
from shopbell.messaging.states import State
from shopbell.messaging.turns import in_turn
from shopbell.web.live import announce

log = structlog.get_logger()

LEASE_SECONDS = 30  # as long as a claim: a worker that dies leaves them to the queue

type Judged = tuple[Message, Verdict]
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


def by_inbox(store: Store, prepared: Sequence[Prepared]) -> list[Group]:
    """Group what is rendered by the inbox it leaves from."""
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


def write_ready(store: Store, drafts: Sequence[Draft]) -> tuple[dict[str, uuid.UUID], list[Share]]:
    """Write messages that are ready to leave, in the caller's transaction.

    Returns the id of each by its business key, and what is to be handed over once that is
    committed. What cannot be made ready together is queued, and made ready one by one.
    """
    if not drafts:
        return {}, []
    try:
        with transaction.atomic():
            return _write_ready(store, drafts)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # one bad message must not stop the others
        log.exception("readying.not_ready", store=store.slug, size=len(drafts))
    queue_messages(drafts=drafts)
    return _known(drafts), []


def _write_ready(store: Store, drafts: Sequence[Draft]) -> tuple[dict[str, uuid.UUID], list[Share]]:
    messages = [unsent(draft) for draft in drafts]
    until = _lease()
    for message in messages:
        message.state, message.attempts, message.lease_until = State.CLAIMED, 1, until
        message.due_at = until  # so that the queue need not pass over them meanwhile
    passed, stopped = judged(store, messages)
    ready, refused = rendered(store, passed)
    groups = by_inbox(store, ready)
    kept = keep_short([each.message.html for each in ready], [each.page for each in ready])
    for each, html in zip(ready, kept, strict=True):
        each.message.html = html
    ids = {message.business_key: message.pk for message in messages}
    if insert_objects(messages, ignore_conflicts=True) < len(messages):
        ids = _known(drafts)  # some were there before, and are on their way already
        ours = set(ids.values())
        groups = [(inbox, [one for one in some if one.id in ours]) for inbox, some in groups]
    settle_verdicts(store, [*stopped, *refused])
    announce(store.pk, "messages")
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
