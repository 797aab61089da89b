"""Workers that are killed while they send (R-01), stopped in between, or too slow for their lease.

Nothing that must arrive is lost; what must not come twice never does; and of the rest at most
what was being handed over at each kill comes twice, under one Message-ID.
"""

import random
import time
from collections.abc import Callable

import pytest

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.handing import BULK_IN_FLIGHT, IN_FLIGHT
from shopbell.messaging.lanes import AT_ONCE
from shopbell.messaging.models import Message
from tests.chaos.ground import Progress, count, end_leases, queue_confirmations, tally, unfinished
from tests.support.nest import Nest
from tests.support.smtp_sink import SmtpSink

SEED = 20261121
KILLS = 8
MUST_ARRIVE = 800
NEVER_TWICE = 200


def wait_for(condition: Callable[[], object], nest: Nest, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, nest.said()[-6000:]
        time.sleep(0.03)


def test_nothing_is_lost_though_workers_are_killed(
    store: Store, sink: SmtpSink, nest: Nest, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a thousand mails, some of them offers that must never come twice
    queue_confirmations(store, range(MUST_ARRIVE))
    queue_confirmations(store, range(MUST_ARRIVE, MUST_ARRIVE + NEVER_TWICE), purpose="marketing")
    chance = random.Random(SEED)
    moments = sorted(chance.sample(range(30, MUST_ARRIVE), KILLS))

    # when one of two workers is killed, eight times, in the middle of sending
    begun = time.monotonic()
    progress = Progress(lambda: sink.count, _end_claims)
    workers = [nest.hatch(), nest.hatch()]
    for moment in moments:
        wait_for(lambda moment=moment: progress.reached(moment), nest)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.04))
        victim = chance.randrange(2)
        nest.kill(workers[victim])
        workers[victim] = nest.hatch()
    wait_for(lambda: progress.reached(0) and unfinished() == 0, nest)
    seconds = time.monotonic() - begun

    # then
    must = tally(store, sink, "order_essentials")
    offers = tally(store, sink, "marketing")
    with capsys.disabled():
        print(
            f"\n    killed {KILLS}× during {MUST_ARRIVE + NEVER_TWICE} sends, {seconds:.0f} s:"
            f" lost {len(must.lost)}, twice {must.doubles}; offers: twice {offers.doubles},"
            f" in doubt {len(offers.doubts)}",
            end=" ",
        )
    assert must.states == {"sent": MUST_ARRIVE}
    assert must.lost == []
    assert must.doubles <= KILLS * IN_FLIGHT * AT_ONCE
    assert all(len(found) == 1 for found in must.ids.values())
    assert offers.doubles == 0
    assert offers.lost == []
    assert set(offers.states) <= {"sent", "in_doubt"}
    assert len(offers.doubts) <= KILLS * BULK_IN_FLIGHT * AT_ONCE
    unheard = [a for a in _addresses(MUST_ARRIVE, NEVER_TWICE) if not offers.taken[a]]
    assert set(unheard) <= set(offers.doubts)


def _end_claims() -> None:
    end_leases("messaging_message", "state = 'claimed'")


def _addresses(start: int, length: int) -> list[str]:
    return [f"c{number}@example.com" for number in range(start, start + length)]


def test_a_worker_that_is_asked_to_end_gives_back_what_it_holds(
    store: Store, sink: SmtpSink, nest: Nest
) -> None:
    # given a mail server on which each mail takes a while
    queue_confirmations(store, range(100))
    with store_scope(store.pk):
        Connection.objects.update(settings={**_smtp(sink), "concurrency": 1})
    sink.heal()
    sink.fail("dot", delay=0.1)
    pid = nest.hatch()
    wait_for(lambda: sink.count >= 5, nest)

    # when
    seconds = nest.stop(pid)

    # then it ends soon, and nothing is left in between
    assert seconds < 8
    assert count(Message, state="claimed") == count(Message, state="handed") == 0
    assert count(Message, state="sent") == sink.count < 100

    # and another worker goes on at once, not when a lease runs out
    sink.heal()
    nest.hatch()
    wait_for(lambda: unfinished() == 0, nest, seconds=20)
    sent = tally(store, sink, "order_essentials")
    assert (sent.states, sent.doubles, sent.lost) == ({"sent": 100}, 0, [])


def _smtp(sink: SmtpSink) -> dict[str, object]:
    return {"host": "127.0.0.1", "port": sink.port, "security": "none"}


def test_a_crash_after_the_hand_over_is_a_doubt_and_settles_by_purpose(
    store: Store, sink: SmtpSink, nest: Nest
) -> None:
    # given a mail server that takes mails and never says so
    sink.heal()
    sink.fail("dot", stall=True, record=True)
    queue_confirmations(store, range(2))
    queue_confirmations(store, range(2, 4), purpose="marketing")
    pid = nest.hatch()
    wait_for(lambda: count(Message, state="handed") == 4 and sink.count >= 1, nest)

    # when the worker dies, and the next one finds a healthy server
    nest.kill(pid)
    sink.heal()
    end_leases("messaging_message", all_dead=True)
    nest.hatch()
    wait_for(lambda: count(Message, state="in_doubt") == 4, nest)
    end_leases("messaging_message")
    wait_for(lambda: unfinished() == 0, nest)

    # then what must arrive was sent once more, and offers wait for a person
    must, offers = tally(store, sink, "order_essentials"), tally(store, sink, "marketing")
    assert must.states == {"sent": 2}
    assert all(len(found) == 1 for found in must.ids.values())
    assert offers.states == {"in_doubt": 2}
    assert offers.doubles == 0


def test_a_slow_sender_that_was_taken_for_dead_is_believed(
    store: Store, sink: SmtpSink, nest: Nest
) -> None:
    # given a hand-over that outlives its lease
    with store_scope(store.pk):
        store.policies = {**store.policies, "in_doubt_seconds": 1}
        store.save()
    sink.heal()
    sink.fail("dot", delay=3.2, times=1)
    queue_confirmations(store, range(1))
    nest.hatch()
    wait_for(lambda: count(Message, state="in_doubt") == 1, nest)
    with store_scope(store.pk):  # the doubt would otherwise be settled before the answer
        Message.objects.update(due_at="2030-01-01T00:00Z")

    # when the answer comes after all, it is written down and nothing is sent again
    wait_for(lambda: count(Message, state="sent") == 1, nest)
    time.sleep(0.5)
    assert sink.count == 1
