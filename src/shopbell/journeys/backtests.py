"""Trying a journey on what really happened: whom it would have written to, and what stands against.

`replaying` goes through the past in memory, `past_gate` judges what would have been queued; only
what came of it is written, for its page. Nothing is sent. Little is done at once, much by a job, of
which each part is a transaction that notes how far it came; a job that is interrupted begins anew.
A newcomer's mistake: taking people as they are in the real journey. A look back begins with nobody
in it, as if it had been switched on then.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.events.history import count_since, facts_since
from shopbell.journeys.asking import answers_to
from shopbell.journeys.definition import read_definition
from shopbell.journeys.engine import zones_of
from shopbell.journeys.entering import Running
from shopbell.journeys.happenings import Happening, happenings
from shopbell.journeys.mistakes import check_definition
from shopbell.journeys.models import Backtest, BacktestRow, Journey, Passage
from shopbell.journeys.past_gate import Judged, PastGate
from shopbell.journeys.replaying import Replay
from shopbell.journeys.steps import Definition, If, WaitRhythm
from shopbell.journeys.walking import Answered
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.kit.ids import uuid7
from shopbell.web.live import announce

MOST_DAYS = 30
MOST_RUNS = 20_000
AT_ONCE = 500  # more events than these are replayed by a job
BATCH = 1000
JUDGED = 500
KEPT = timedelta(days=14)
TASK = "journeys.backtest"


@transaction.atomic
def start_backtest(
    *, store: Store, key: str, label: str, definition: dict[str, Any], days: int, by: str
) -> Backtest:
    """Try a journey, which need not be saved, on the last days.

    Raises:
        Invalid: the definition cannot be used, or there are too many days.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"From 1 to {MOST_DAYS} days.", fields={"days": f"From 1 to {MOST_DAYS}."})
    read = read_definition(definition)
    check_definition(read)
    Backtest.objects.filter(created_at__lt=clock.now() - KEPT).delete()
    since = clock.now() - timedelta(days=days)
    row = Backtest(
        key=key,
        label=label[:120],
        definition=definition,
        days=days,
        since=since,
        total=count_since(_names(read), since),
        by=by[:320],
        created_at=clock.now(),
    )
    row.save(force_insert=True)
    if row.total > AT_ONCE:
        job = app.configure_task(TASK, lock=f"{TASK}:{row.pk}")
        job.defer(store_id=store.pk, backtest_id=str(row.pk))
    else:
        for _ in _parts(store, row):
            pass
    return row


def replay_in_parts(store_id: int, backtest_id: uuid.UUID) -> None:
    """Do a whole look back, each part in a transaction of its own."""
    store, parts, more = store_by_id(store_id), None, True
    while more:
        with store_scope(store_id):
            if parts is None:
                row = Backtest.objects.filter(pk=backtest_id, finished=False).first()
                if row is None:
                    return
                parts = _parts(store, row)
            more = next(parts, None) is not None
        announce(store_id, "backtests")


def _names(definition: Definition) -> set[str]:
    return {when.event for _, when in definition.whens()}


def _parts(store: Store, row: Backtest) -> Iterator[int]:
    """Do one part after the other; whoever goes on is in the store's scope."""
    definition = read_definition(row.definition)
    row.rows.all().delete()
    row.done = 0
    past = _Past(store, definition)
    journey = Journey.objects.filter(key=row.key).first()
    running = Running(journey or Journey.fresh(key=row.key), uuid7(), definition)
    replay = Replay(running, zones=past.zones, answers=past.answers, most=MOST_RUNS)
    after = 0
    while found := facts_since(_names(definition), row.since, after=after, limit=BATCH):
        after = found[-1][0].id
        at = {item.id: recorded for item, recorded in found}
        happened = happenings([item for item, _ in found])
        try:
            past.meet(happened)
        except Invalid as error:
            yield _note(row, trouble=str(error))
            return
        for item in happened:
            replay.hear(item, at[item.number])
        yield _note(row, more=len(found))
    replay.go_on(clock.now())
    sends = sorted(replay.sent, key=lambda each: each.at)
    row.total = row.done + len(sends)
    own = _own_keys(journey, row) if journey is not None else set()
    gate = PastGate(store, since=row.since, left_out=own.__contains__)
    for begin in range(0, len(sends), JUDGED):
        judged = gate.judge(sends[begin : begin + JUDGED])
        BacktestRow.objects.bulk_create(_rows(row, judged))
        yield _note(row, more=len(judged))
    row.entered, row.left_out = len(replay.book.runs), replay.book.left_out
    states = Counter(str(run.state) for run in replay.book.runs)
    row.result = {"states": states, "passed": replay.passed}
    row.finished = True
    yield _note(row)


class _Past:
    """What the replay has to know of people, read when they first appear."""

    def __init__(self, store: Store, definition: Definition) -> None:
        self.zones: dict[uuid.UUID, str] = {}
        self.answers: dict[uuid.UUID, dict[str, Answered]] = {}
        self._store, self._trigger = store, definition.trigger
        self._needs_zone = definition.needs_zone
        self._asks = [
            step for step in definition.steps.values() if isinstance(step, If | WaitRhythm)
        ]
        self._met: set[uuid.UUID] = set()

    def meet(self, happened: Sequence[Happening]) -> None:
        """Read what is needed of those who come in for the first time."""
        fresh = {
            item.customer_id
            for item in happened
            if self._trigger.fits(item.event, item.values) and item.customer_id not in self._met
        }
        self._met |= fresh
        if self._needs_zone:
            self.zones |= zones_of(self._store, fresh)
        for step in self._asks:
            for person, answered in answers_to(step, fresh).items():
                self.answers.setdefault(person, {})[step.id] = answered


def _note(row: Backtest, *, more: int = 0, trouble: str = "") -> int:
    row.done += more
    if trouble:
        row.trouble, row.finished = trouble[:300], True
    row.save()
    return 1


def _own_keys(journey: Journey, row: Backtest) -> set[str]:
    """Return what the journey really sent since then, which does not count against itself."""
    rows = Passage.objects.filter(journey=journey, at__gte=row.since).exclude(message_key="")
    return set(rows.values_list("message_key", flat=True))


def _rows(row: Backtest, judged: Sequence[Judged]) -> list[BacktestRow]:
    return [
        BacktestRow.fresh(
            backtest_id=row.pk,
            customer_id=each.sent.row.customer_id,
            cart_id=each.sent.row.cart_id,
            order_id=each.sent.row.order_id,
            step=each.sent.send.id,
            at=each.sent.at,
            leaves=each.leaves,
            answer=each.verdict.answer,
            medium=str(each.verdict.route.medium) if each.verdict.route else "",
            reason=each.verdict.reason,
            text=each.verdict.text[:500],
        )
        for each in judged
    ]
