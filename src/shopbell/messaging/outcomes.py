"""Writing down what became of messages: the gate's verdicts and the providers' answers."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.connections.actions import record_state
from shopbell.connections.models import Connection, ConnectionState
from shopbell.consent.actions import suppress_address
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.db.bulk import json_rows
from shopbell.kit.ids import uuid7
from shopbell.messaging.gate import STATE_OF, Verdict
from shopbell.messaging.models import Message
from shopbell.messaging.optouts import TOLD_PROVIDER, opt_out_scope
from shopbell.messaging.pauses import asked_for, pause_after
from shopbell.messaging.policy import policy_of
from shopbell.messaging.ports import (
    FailureCode,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    able_with,
)
from shopbell.messaging.states import SILENT, State
from shopbell.web.live import announce

GIVE_UP_AFTER = timedelta(hours=72)


class Handed(Protocol):
    """A message that was handed over."""

    @property
    def id(self) -> uuid.UUID:
        """The message's id."""
        ...

    @property
    def fence(self) -> int:
        """The attempt count of the claim."""
        ...

    @property
    def outgoing(self) -> OutgoingMessage:
        """What was handed over."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """What is written for one message."""

    id: uuid.UUID
    fence: int
    state: str
    reason: str = ""
    text: str = ""
    due_at: datetime | None = None
    provider_id: str = ""
    failed: bool = False
    log: str = ""
    keep_reason: bool = False  # what the gate said about the channel stays
    inbox: uuid.UUID | None = None  # which it waits for


def settle_verdicts(store: Store, judged: Sequence[tuple[Message, Verdict]]) -> None:
    """Write the gate's objections; waiting messages go back into the queue with their time."""
    changes = [
        Change(
            id=message.pk,
            fence=message.attempts,
            state=STATE_OF[verdict.answer],
            reason=verdict.reason,
            text=verdict.text,
            due_at=verdict.until,
            log=verdict.text if verdict.is_told else "",
            inbox=verdict.route.connection.pk if verdict.route else None,
        )
        for message, verdict in judged
    ]
    _write(store, changes, before=["claimed"])


def settle_outcomes(
    store: Store, connection: Connection, handed: Sequence[Handed], outcomes: Sequence[Outcome]
) -> None:
    """Write the provider's answers. Nothing accepted is ever queued again from here."""
    pairs = list(zip(handed, outcomes, strict=True))
    accepted = [
        Change(
            item.id,
            item.fence,
            State.SENT,
            provider_id=outcome.provider_id,
            log=f"Accepted. {outcome.detail[:400]}".strip(),
            keep_reason=True,
        )
        for item, outcome in pairs
        if outcome.kind == OutcomeKind.ACCEPTED
    ]
    others = [pair for pair in pairs if pair[1].kind != OutcomeKind.ACCEPTED]
    rows = Message.objects.defer("html", "text").in_bulk([item.id for item, _ in others])
    refused = [
        _change(store, connection, item, rows[item.id], outcome)
        for item, outcome in others
        if item.id in rows
    ]
    # A hand-over that outlived its lease knows better than the doubt it was taken for.
    _write(store, [*accepted, *refused], before=["handed", "in_doubt", "queued"])
    _note_health(connection, outcomes)


def _change(
    store: Store, connection: Connection, item: Handed, message: Message, outcome: Outcome
) -> Change:
    said = outcome.detail[:400]
    match outcome.kind:
        case OutcomeKind.IN_DOUBT:
            text = "The provider did not answer after the hand-over; waiting for a receipt."
            due = clock.now() + policy_of(store).in_doubt_wait
            return Change(
                item.id,
                item.fence,
                State.IN_DOUBT,
                SILENT,
                text,
                due,
                log=f"{text} {said}".strip(),
            )
        case OutcomeKind.PERMANENT:
            return _refused(store, item, message, outcome)
        case OutcomeKind.TEMPORARY:
            return _postponed(connection, item, message, outcome)
        case _:
            due = clock.now() + timedelta(seconds=asked_for(outcome.retry_after or 5.0))
            return Change(
                item.id,
                item.fence,
                State.QUEUED,
                "not_tried",
                said or "The line broke before it left.",
                due,
            )


def _refused(store: Store, item: Handed, message: Message, outcome: Outcome) -> Change:
    code = FailureCode(outcome.code) if outcome.code in FailureCode else FailureCode.REFUSED
    said = outcome.detail[:400]
    if code in _BLOCKS:
        reason, why = _BLOCKS[code]
        opted_out = code == FailureCode.OPTED_OUT
        suppress_address(
            store=store,
            medium=message.medium,
            address=item.outgoing.to,
            reason=reason,
            scope=opt_out_scope(message) if opted_out else "*",
            detail=TOLD_PROVIDER if opted_out else said,
        )
        if len(message.media) > 1:
            # The gate now finds the address blocked and takes the next channel of the plan.
            text = f"{why}, so the next channel is tried."
            return Change(
                item.id, item.fence, State.QUEUED, code, text, clock.now(), log=f"{text} {said}"
            )
    return Change(
        item.id,
        item.fence,
        State.FAILED,
        code,
        f"{_FAILED.get(code, 'Refused.')} {said}"[:500],
        log=f"Refused: {said}",
    )


_BLOCKS = {
    FailureCode.UNKNOWN_ADDRESS: ("hard_bounce", "The address does not exist"),
    FailureCode.OPTED_OUT: ("opted_out", "The customer wants no messages there"),
}
_FAILED = {
    FailureCode.UNKNOWN_ADDRESS: "The address does not exist.",
    FailureCode.MAILBOX_FULL: "The mailbox is full.",
    FailureCode.BLOCKED: "The other side blocks this sender.",
    FailureCode.AUTHENTICATION: "The other side does not accept our sender domain.",
    FailureCode.TOO_LARGE: "The message is too large for the other side.",
    FailureCode.BAD_CONTENT: "The other side refused the content.",
    FailureCode.OPTED_OUT: "The customer wants no messages there.",
}


def _postponed(connection: Connection, item: Handed, message: Message, outcome: Outcome) -> Change:
    """Refused for now: later again, with growing pauses, up to three days."""
    said = outcome.detail[:400]
    age = clock.now() - message.created_at
    if age > GIVE_UP_AFTER:
        return Change(
            item.id,
            item.fence,
            State.FAILED,
            "gave_up",
            f"Refused for three days. {said}"[:500],
            log=said,
        )
    able = able_with(connection.connector, connection.settings)
    wait = pause_after(message.failures, able.retry, outcome.retry_after)
    due = clock.now() + timedelta(seconds=wait)
    text = f"Refused for now, next try {due:%H:%M} UTC. {said}"
    return Change(
        item.id, item.fence, State.QUEUED, "retry", text[:500], due, failed=True, log=text
    )


def _note_health(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Keep the inbox's health true; when it answers again, what waited for it goes at once."""
    kinds = {outcome.kind for outcome in outcomes}
    if OutcomeKind.ACCEPTED in kinds and connection.state != ConnectionState.OK:
        record_state(
            connection=connection, state=ConnectionState.OK, detail="Messages are accepted."
        )
        waiting = Message.objects.filter(
            connection=connection, state=State.QUEUED, reason="not_tried"
        )
        if waiting.update(due_at=clock.now()):
            wake("outbox")
    elif kinds == {OutcomeKind.NOT_TRIED} and connection.state != ConnectionState.TROUBLE:
        record_state(
            connection=connection, state=ConnectionState.TROUBLE, detail=outcomes[0].detail
        )


_CLOSED = [State.SENT, State.FAILED, State.SKIPPED, State.SUPPRESSED, State.EXPIRED]


# A fenced change of many messages and a line of history for each, in one statement. The ids are
# given twice so that the rows are found by their key, whatever the statistics say.
_WRITE = """
    WITH r AS (SELECT * FROM json_to_recordset(%s) AS r(id uuid, fence int, state text,
            reason text, reason_text text, due_at timestamptz, provider_id text, failed bool,
            keep bool, inbox uuid, said text, log_id uuid)),
    changed AS (
        UPDATE messaging_message t SET state = r.state, lease_until = NULL,
            reason = CASE WHEN r.keep AND t.state = 'handed' THEN t.reason ELSE r.reason END,
            reason_text = CASE WHEN r.keep AND t.state = 'handed' THEN t.reason_text
                ELSE r.reason_text END,
            due_at = coalesce(r.due_at, t.due_at),
            connection_id = coalesce(r.inbox, t.connection_id),
            failures = t.failures + r.failed::int,
            provider_id = CASE WHEN r.provider_id = '' THEN t.provider_id ELSE r.provider_id END,
            fallback_at = CASE
                WHEN r.state = 'sent' AND t.fallback_after IS NOT NULL
                THEN clock_timestamp() + make_interval(secs => t.fallback_after)
                WHEN r.state = 'failed' AND t.origin = 'rule' AND t.media->>-1 <> t.medium
                THEN clock_timestamp() END,
            sent_at = CASE WHEN r.state = 'sent' THEN clock_timestamp() ELSE t.sent_at END,
            closed_at = CASE WHEN r.state = ANY(%s) THEN clock_timestamp() END
        FROM r WHERE t.id = ANY(%s) AND t.id = r.id AND t.attempts = r.fence
            AND t.state = ANY(%s)
        RETURNING t.id, t.store_id)
    INSERT INTO messaging_messagelog (id, store_id, message_id, state, text, event_id, at)
    SELECT r.log_id, changed.store_id, r.id, r.state, r.said, '', clock_timestamp()
    FROM r JOIN changed ON changed.id = r.id WHERE r.said <> ''"""


def _write(store: Store, changes: Sequence[Change], *, before: list[str]) -> None:
    """Write all changes in one statement, fenced: a claim that was lost writes nothing."""
    if not changes:
        return
    rows = [
        {
            "id": c.id,
            "fence": c.fence,
            "state": str(c.state),
            "reason": str(c.reason),
            "reason_text": c.text[:500],
            "due_at": c.due_at,
            "provider_id": c.provider_id[:200],
            "failed": c.failed,
            "keep": c.keep_reason,
            "inbox": c.inbox,
            "said": c.log[:1000],
            "log_id": uuid7(),
        }
        for c in changes
    ]
    closed = [str(state) for state in _CLOSED]
    with database.cursor() as cursor:
        cursor.execute(_WRITE, [json_rows(rows), closed, [c.id for c in changes], before])
    announce(store.pk, "messages")
