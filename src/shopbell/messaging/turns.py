"""Whose turn it is not: asked of what the gate let pass, before anything is rendered.

Three reasons to come back later: the inbox rests (its breaker), it has enough to do already, or
the same person was written to a moment ago where the provider minds (`pair_seconds`).
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db import connection as database

from shopbell.kit import clock
from shopbell.messaging.gate import Answer, Verdict
from shopbell.messaging.handing import PACED, RESTING, TURN
from shopbell.messaging.lanes import LANES
from shopbell.messaging.marking import is_bulk, is_urgent
from shopbell.messaging.models import Message
from shopbell.messaging.paces import FULL_SECONDS, URGENT_SECONDS, rate_of
from shopbell.messaging.ports import CHANNELS
from shopbell.messaging.sessions import SESSIONS

type Pair = tuple[uuid.UUID, uuid.UUID]  # customer, inbox
type Judged = tuple[Message, Verdict]

# Found by the index of a customer's messages. What waits for its turn has no inbox yet, and counts
# as if it were sent at that time, so that a third one queues up behind the second.
_RECENT = """
    SELECT customer_id,
        extract(epoch FROM max(handed_at) FILTER (WHERE connection_id = ANY(%s))
            - clock_timestamp())::float8,
        extract(epoch FROM max(due_at) FILTER (WHERE state = 'queued') - clock_timestamp())::float8
    FROM messaging_message
    WHERE customer_id = ANY(%s) AND id <> ALL(%s)
        AND (handed_at > clock_timestamp() - make_interval(secs => %s)
            OR (state = 'queued' AND reason = 'turn' AND due_at > clock_timestamp()))
    GROUP BY customer_id"""


def in_turn(judged: Sequence[Judged]) -> list[Judged]:
    """Return the messages with their verdicts, some of which say now that it is not their turn."""
    inboxes = _Inboxes()
    first = [(message, inboxes.judge(message, verdict)) for message, verdict in judged]
    return _pairs(first)


@dataclass(slots=True)
class _Inboxes:
    """What is known of the inboxes of a batch."""

    rests: dict[uuid.UUID, float] = field(default_factory=dict)
    rates: dict[uuid.UUID, int] = field(default_factory=dict)
    room: dict[tuple[uuid.UUID, bool], int] = field(default_factory=dict)

    def judge(self, message: Message, verdict: Verdict) -> Verdict:
        """Let a message wait if its inbox rests or has enough to do."""
        if verdict.answer != Answer.SEND or verdict.route is None:
            return verdict
        inbox = verdict.route.connection
        if inbox.pk not in self.rests:
            self.rests[inbox.pk] = SESSIONS.breaker(inbox).left()
            self.rates[inbox.pk] = rate_of(inbox)
        rest, rate = self.rests[inbox.pk], self.rates[inbox.pk]
        if rest:
            said = SESSIONS.breaker(inbox).trouble or "The provider takes no messages just now."
            return _wait(RESTING, said, rest * random.uniform(1.0, 1.1))  # noqa: S311
        urgent = is_urgent(message)
        left = self.room.get((inbox.pk, urgent))  # a batch is all bulk, or none of it is
        if left is None:
            left = LANES.room(inbox.pk, rate, urgent, bulk=is_bulk(message))
        self.room[inbox.pk, urgent] = left - 1
        if left <= 0:
            # Not long: what waits for an inbox is passed over until there is room (`outbox`).
            pause = URGENT_SECONDS if urgent else FULL_SECONDS
            return replace(_wait(PACED, "", pause), route=verdict.route)
        return verdict


def _pairs(judged: list[Judged]) -> list[Judged]:
    """Let who was written to a moment ago wait for the next message."""
    known = [_pair_of(message, verdict) for message, verdict in judged]
    pauses = dict(pair for pair in known if pair is not None)
    if not pauses:
        return judged
    free = _free_in(pauses, [message.pk for message, _ in judged])
    found: list[Judged] = []
    for (message, verdict), pair in zip(judged, known, strict=True):
        found.append((message, _after_the_last(message, verdict, pair, free) if pair else verdict))
    return found


def _after_the_last(
    message: Message,
    verdict: Verdict,
    pair: tuple[Pair, float],
    free: dict[Pair, tuple[float, float]],
) -> Verdict:
    key, pause = pair
    sent, queued = free.get(key, (0.0, 0.0))
    # Who waited already stands in front of the others who wait.
    moment = max(0.0, sent if message.reason == TURN else max(sent, queued))
    free[key] = (moment + pause, queued)
    if not moment:
        return verdict
    text = f"The provider takes one message every {pause:g} seconds to a person."
    return _wait(TURN, text, moment)


def _free_in(pauses: dict[Pair, float], batch: list[uuid.UUID]) -> dict[Pair, tuple[float, float]]:
    """Return in how many seconds each pair is free: by what was sent, by what waits."""
    customers, inboxes = map(list, zip(*pauses, strict=True))
    with database.cursor() as cursor:
        cursor.execute(_RECENT, [inboxes, customers, batch, max(pauses.values())])
        known = {customer: (sent, waits) for customer, sent, waits in cursor.fetchall()}
    return {
        pair: (_after(known[pair[0]][0], pause), _after(known[pair[0]][1], pause))
        for pair, pause in pauses.items()
        if pair[0] in known
    }


def _after(seconds: float | None, pause: float) -> float:
    return 0.0 if seconds is None else seconds + pause


def _pair_of(message: Message, verdict: Verdict) -> tuple[Pair, float] | None:
    """Return who writes to whom, and the least pause between two messages; None: any."""
    if verdict.answer != Answer.SEND or verdict.route is None or message.customer_id is None:
        return None
    inbox = verdict.route.connection
    pause = CHANNELS.get(inbox.connector).capabilities.pair_seconds
    return ((message.customer_id, inbox.pk), pause) if pause else None


def _wait(reason: str, text: str, seconds: float) -> Verdict:
    until = clock.now() + timedelta(seconds=seconds)
    return Verdict(Answer.WAIT, reason, text, until=until, is_told=False)
