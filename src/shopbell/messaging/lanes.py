"""All that a worker has to hand over, side by side: each inbox at its own pace in its own lane.

The outbox makes messages ready and puts them here; one thread conducts: it marks chunks as handed
and writes what became of them. So an inbox that is slow or silent keeps nobody but itself waiting.
A newcomer's mistake: letting an error in one inbox's share out at once. What the others have under
way would never be written down.
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from django.db import InterfaceError, OperationalError
from django.db import connection as database

from shopbell.events.actions import wake
from shopbell.events.pump import Pump, register, stopping
from shopbell.messaging.handing import Share
from shopbell.messaging.paces import rate_of

log = structlog.get_logger()

FIRST = 16  # so that the first of many need not wait for more to be rendered
AT_ONCE = 2  # shares of one inbox under way at once; one more if somebody waits for it
LEAST, MOST = 128, 512  # messages of an inbox that a worker holds at once
MOST_BULK = 768  # with those nobody waits for
_AHEAD_SECONDS = 6.0  # as many as it hands over in this time; well below the life of a claim
_MEMORY_SECONDS = 3.0  # its pace is measured over
_FIRST_SECONDS = 1.0  # in which nothing can be said about its pace
_SILENT_SECONDS = 2.0  # after which an inbox that answers nothing is not given more soon
_ROUND_SECONDS = 1.0


@dataclass(slots=True)
class Lane:
    """One inbox: what waits, what is under way, how fast it goes."""

    waiting: deque[Share] = field(default_factory=deque)
    desks: dict[int, Share] = field(default_factory=dict)
    answers: deque[tuple[float, int]] = field(default_factory=deque)
    rate: int = 0  # messages a second that it may send; 0: as many as it can
    begun_at: float = field(default_factory=time.monotonic)
    heard_at: float = field(default_factory=time.monotonic)
    asked_for: int = 0  # the outbox waits for it to have room for so many

    def seat(self) -> None:
        """Give desks to those who wait."""
        if not self.desks:
            self.heard_at = time.monotonic()
            self._forget()
            if not self.answers:
                self.begun_at = self.heard_at
        while self.waiting:
            urgent = self.waiting[0].left[0].urgent
            free = [desk for desk in range(AT_ONCE + urgent) if desk not in self.desks]
            if not free:
                return
            share = self.waiting.popleft()
            share.desk = free[0]
            self.desks[share.desk] = share

    def queue(self, share: Share) -> None:
        """Let a share wait: behind those somebody waits for, before those nobody waits for."""
        if share.left[0].urgent:
            self.waiting.appendleft(share)
        elif share.bulk:
            self.waiting.append(share)
        else:
            later = (place for place, each in enumerate(self.waiting) if each.bulk)
            self.waiting.insert(next(later, len(self.waiting)), share)

    def note(self, answered: int) -> None:
        """Remember that the provider said something about so many messages."""
        self.heard_at = time.monotonic()
        self.answers.append((self.heard_at, answered))
        self._forget()

    def size(self, bulk: bool = True) -> int:
        """Return how many messages are in the lane, perhaps without those nobody waits for."""
        shares = [*self.waiting, *self.desks.values()]
        return sum(share.size for share in shares if bulk or not share.bulk)

    def speed(self) -> float:
        """Return the messages a second of the last moments; in the first one, at least its limit.

        So what is due is made ready at once, and not looked at a second time.
        """
        self._forget()
        since = time.monotonic() - self.begun_at
        answered = sum(count for _, count in list(self.answers))
        measured = answered / max(_FIRST_SECONDS, min(since, _MEMORY_SECONDS))
        is_new = since < _FIRST_SECONDS or not (self.desks or self.answers)
        return max(measured, self.rate) if is_new else measured

    def room(self, urgent: bool = False, bulk: bool = True) -> int:
        """Return how many more messages should be made ready; `bulk` False: of the pressing."""
        if self.is_silent():
            return LEAST if urgent and len(self.desks) <= AT_ONCE else 0
        return max(LEAST if urgent else 0, self._most(bulk) - self.size(bulk))

    def lacks(self, bulk: bool) -> int:
        """Return how much room there must be before more is made ready; 0: there is."""
        wanted = self._most(bulk) // 3 if bulk else LEAST // 2
        return wanted if self.room(bulk=bulk) < wanted else 0

    def _most(self, bulk: bool) -> int:
        most = MOST_BULK if bulk else MOST
        return max(LEAST, min(most, int(self.speed() * _AHEAD_SECONDS)))

    def is_silent(self) -> bool:
        """Return whether nothing has been heard for a while although something is under way."""
        return bool(self.desks) and time.monotonic() - self.heard_at > _SILENT_SECONDS

    def _forget(self) -> None:
        while self.answers and self.answers[0][0] < time.monotonic() - _MEMORY_SECONDS:
            self.answers.popleft()


class Lanes:
    """The lanes of all inboxes, conducted by one thread; others put in and ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lanes: dict[uuid.UUID, Lane] = {}
        self._woken = threading.Event()
        self._conducted = False
        self._answered = 0
        self.errors: list[Exception] = []

    # ------------------------------------------------------------------ for those who put in

    def put(self, shares: Sequence[Share]) -> bool:
        """Take shares to send; False: nobody conducts here, so they are still the caller's."""
        with self._lock:
            if not self._conducted:
                return False
            self._add(shares)
        self._woken.set()
        return True

    def _add(self, shares: Sequence[Share]) -> None:
        for share in shares:
            if not share.left:
                continue
            share.tell = self._woken.set
            lane = self._lanes.setdefault(share.inbox.pk, Lane())
            lane.rate = rate_of(share.inbox)
            lane.queue(share)

    def room(self, inbox: uuid.UUID, rate: int, urgent: bool = False, *, bulk: bool = True) -> int:
        """Return how many more messages of an inbox should be made ready now."""
        with self._lock:
            return self._lanes.get(inbox, Lane(rate=rate)).room(urgent, bulk)

    def full(self, *, bulk: bool = True) -> list[uuid.UUID]:
        """Return the inboxes that want no more for now; the outbox is woken when one does."""
        with self._lock:
            found = []
            for inbox, lane in self._lanes.items():
                if lacks := lane.lacks(bulk):
                    lane.asked_for = min(lacks, lane.asked_for or lacks)
                    found.append(inbox)
            return found

    def most_room(self, most: int) -> int:
        """Return how many messages nobody waits for are worth making ready, at most `most`."""
        with self._lock:
            rooms = [lane.room() for lane in self._lanes.values()]
            return min(most, max([LEAST, *rooms])) if rooms else most

    def bulk_room(self, inboxes: Sequence[uuid.UUID], most: int) -> int:
        """Return how many messages nobody waits for these inboxes take now, at most `most`.

        The outbox is woken when there is room again.
        """
        with self._lock:
            for inbox in inboxes:
                lane = self._lanes.get(inbox)
                if lane is None:
                    most = min(most, FIRST)
                elif lacks := lane.lacks(True):
                    lane.asked_for = min(lacks, lane.asked_for or lacks)
                    return 0
                else:
                    most = min(most, lane.room())
            return most

    # ------------------------------------------------------------------ for the one who conducts

    def send(self, shares: Sequence[Share]) -> None:
        """Send everything in this thread; raises the first error of our own once all are done."""
        self._add(shares)
        while self._step():
            self._rest()
        if self.errors:
            raise self.errors[0]

    def serve(self) -> int:
        """Conduct for a moment what others put in; returns how many messages were answered."""
        self._conducted = True
        until, done = time.monotonic() + _ROUND_SECONDS, 0
        while time.monotonic() < until and not stopping.is_set():
            before = self._answered
            under_way = self._step()
            done += self._answered - before
            self.errors.clear()
            self._rest(most=until - time.monotonic() if not under_way else _ROUND_SECONDS)
        return done

    def close(self) -> None:
        """Give back what has not left, and wait for the answers to what has."""
        with self._lock:
            self._conducted = False
        while self._step():
            self._rest()
        self._lanes.clear()

    def _step(self) -> bool:
        """Let everybody do what can be done now; returns whether anything is under way."""
        self._woken.clear()
        with self._lock:
            for lane in self._lanes.values():
                lane.seat()
            seated = [
                (lane, share) for lane in self._lanes.values() for share in lane.desks.values()
            ]
        for lane, share in seated:
            before = share.answered
            try:
                share.go_on()
            except Exception as error:  # what the others have under way must be written down
                share.over = True
                self._note(error)
            with self._lock:
                if share.answered > before:
                    lane.note(share.answered - before)
                    self._answered += share.answered - before
                if share.over:
                    del lane.desks[share.desk]
                    if lane.waiting:
                        self._woken.set()
        with self._lock:
            free = [x for x in self._lanes.values() if 0 < x.asked_for <= x.room()]
            for lane in free:
                lane.asked_for = 0
            under_way = any(lane.desks or lane.waiting for lane in self._lanes.values())
        if free:
            wake("outbox")
        return under_way

    def _note(self, error: Exception) -> None:
        self.errors.append(error)
        if not isinstance(error, OperationalError | InterfaceError):
            log.error("lanes.share_broke", exc_info=error)
        elif not database.in_atomic_block:
            log.warning("lanes.database", error=str(error)[:200])
            database.close()

    def _rest(self, most: float = _ROUND_SECONDS) -> None:
        """Wait until somebody answers, comes, or may go on."""
        with self._lock:
            shares = [share for lane in self._lanes.values() for share in lane.desks.values()]
        moments = [share.waits_until() - time.monotonic() for share in shares]
        self._woken.wait(max(0.0, min([most, *moments])))


LANES = Lanes()


def hand_over(shares: Sequence[Share]) -> None:
    """Have everything sent: by the worker's conductor, or here and now where there is none."""
    if not LANES.put(shares):
        Lanes().send(shares)


register(Pump(name="lanes", run=LANES.serve, interval=0.0, at_end=LANES.close))
