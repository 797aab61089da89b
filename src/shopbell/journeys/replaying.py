"""The past once more: what a journey would have done with what really happened, in memory.

The rules are those of `entering` and `walking`; only the book and the clock are others. Nothing is
written and nothing is sent. A newcomer's mistake: reading the database here. What conditions and
zones need is handed in.
"""

import heapq
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from shopbell.journeys.entering import Before, Running, count_before, take_in
from shopbell.journeys.happenings import Happening
from shopbell.journeys.models import Enrolment, EnrolmentState
from shopbell.journeys.steps import Definition, Send
from shopbell.journeys.walking import Answered, Place, walk
from shopbell.kit import clock

type Answers = Mapping[uuid.UUID, Mapping[str, Answered]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that would have been queued."""

    row: Enrolment
    send: Send
    at: datetime


class Memory:
    """A book of runs in memory, of one journey. At most `most` people come in."""

    def __init__(self, running: Running, most: int) -> None:
        self.runs: list[Enrolment] = []
        self.left_out = 0
        self.to_move: list[Enrolment] = []
        self._running, self._most = running, most
        self._keys: set[str] = set()
        self._of: dict[uuid.UUID, list[Enrolment]] = defaultdict(list)

    def running(self) -> list[Running]:
        """Return the one journey."""
        return [self._running]

    def under_way(self, people: Collection[uuid.UUID]) -> list[Enrolment]:
        """Return the runs of these people that are under way."""
        return [
            row
            for person in people
            for row in self._of.get(person, ())
            if row.state == EnrolmentState.ACTIVE
        ]

    def definitions(self, versions: set[uuid.UUID]) -> Mapping[uuid.UUID, Definition]:
        """Return what the one version is."""
        return dict.fromkeys(versions, self._running.definition)

    def before(self, running: Running, people: set[uuid.UUID]) -> Before:
        """Return how often each was in the journey."""
        days = running.definition.again_after_days
        if days is None:
            return {}
        rows = (row for person in people for row in self._of.get(person, ()))
        told = ((row.customer_id, row.key, row.entered_at, str(row.state)) for row in rows)
        return count_before(running.definition, told)

    def change(self, rows: Sequence[Enrolment], said: Sequence[tuple[Enrolment, str]]) -> None:
        """Move those on that wait no longer."""
        self.to_move += [row for row in rows if row.state == EnrolmentState.ACTIVE]

    def begin(self, rows: Sequence[Enrolment]) -> int:
        """Let people in, each key once."""
        fresh = [row for row in rows if row.key not in self._keys]
        room = self._most - len(self.runs)
        self.left_out += max(0, len(fresh) - room)
        for row in fresh[:room]:
            self._keys.add(row.key)
            self._of[row.customer_id].append(row)
            self.runs.append(row)
            self.to_move.append(row)
        return len(fresh[:room])


class Replay:
    """One journey going through what happened, in the order in which it was heard of."""

    def __init__(
        self,
        running: Running,
        *,
        zones: Mapping[uuid.UUID, str],
        answers: Answers,
        most: int,
    ) -> None:
        self.book = Memory(running, most)
        self.sent: list[Sent] = []
        self.passed: Counter[str] = Counter()
        self._definition, self._zones, self._answers = running.definition, zones, answers
        self._due: list[tuple[datetime, int, Enrolment]] = []
        self._next = count()

    def hear(self, item: Happening, at: datetime) -> None:
        """Take in something at the moment it was heard of."""
        self.go_on(at)
        with clock.at(at):
            take_in(happened=[item], book=self.book)
        self._line_up()

    def go_on(self, until: datetime) -> None:
        """Let everybody whose time has come take their steps, each at its time."""
        while self._due and self._due[0][0] <= until:
            due, _, row = heapq.heappop(self._due)
            if row.state == EnrolmentState.ACTIVE and row.due_at == due:
                self._move(row, due)

    def _line_up(self) -> None:
        for row in self.book.to_move:
            heapq.heappush(self._due, (row.due_at, next(self._next), row))
        self.book.to_move.clear()

    def _move(self, row: Enrolment, now: datetime) -> None:
        found = walk(
            self._definition,
            Place(row.step, row.waits, row.awaits, row.answered, row.due_at),
            who=row.customer_id,
            zone=self._zones.get(row.customer_id, "UTC"),
            now=now,
            answers=self._answers.get(row.customer_id),
        )
        for passed in found.passed:
            self.passed[passed.step] += 1
            if passed.send is not None:
                self.sent.append(Sent(row, passed.send, now))
        place = found.place
        row.step, row.waits, row.awaits, row.answered = (
            place.step, place.waits, place.awaits, False,
        )  # fmt: skip
        if found.asks:
            row.state, row.ended_at = EnrolmentState.STUCK, now
        elif found.ended:
            row.state, row.ended_at, row.reason = EnrolmentState.DONE, now, found.because
        elif place.due_at is not None:
            row.due_at = place.due_at
            heapq.heappush(self._due, (row.due_at, next(self._next), row))
