"""What was refused for now comes back spread out, later each time, never before it was asked to."""

from datetime import timedelta
from statistics import mean

import pytest

from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.messaging.pauses import LONGEST_WISH, asked_for, pause_after
from shopbell.messaging.ports import MAIL_BACKOFF, Backoff
from tests.connectors.channels.faults import Fault
from tests.connectors.channels.whatsapp_cloud.fake import MetaFake
from tests.messaging.ground import make_due, send_due, states_of
from tests.messaging.test_turns import answer, connect, people
from tests.support.shop import make_store

QUICK = Backoff()


def pauses(failures: int, backoff: Backoff = QUICK) -> list[float]:
    return [pause_after(failures, backoff) for _ in range(400)]


@pytest.mark.parametrize(
    ("failures", "ceiling"), [(0, 1), (1, 2), (5, 32), (9, 512), (10, 900), (30_000, 900)]
)
def test_the_pause_is_any_time_up_to_a_ceiling_that_doubles(failures: int, ceiling: int) -> None:
    found = pauses(failures)
    assert 0 <= min(found) < ceiling * 0.1
    assert ceiling * 0.9 < max(found) <= ceiling  # full jitter: from now up to the ceiling
    assert 0.4 * ceiling < mean(found) < 0.6 * ceiling


def test_mail_servers_are_never_asked_again_at_once() -> None:
    assert 30 <= min(pauses(0, MAIL_BACKOFF)) <= max(pauses(0, MAIL_BACKOFF)) <= 60
    assert 3000 < max(pauses(20, MAIL_BACKOFF)) <= 3600


def test_what_the_provider_asks_for_is_kept_within_a_tenth_and_within_reason() -> None:
    for failures in (0, 3, 20):
        found = [pause_after(failures, QUICK, 30.0) for _ in range(400)]
        assert 30.0 <= min(found) < 30.5
        assert 32.5 < max(found) <= 33.0
    for absurd in (1e9, float("inf")):
        assert LONGEST_WISH <= asked_for(absurd) <= LONGEST_WISH * 1.1
    assert pause_after(0, QUICK, 0.0) <= 1.0


@pytest.mark.usefixtures("committed_db")
def test_a_busy_provider_is_left_alone_for_as_long_as_it_says_and_nothing_is_lost() -> None:
    store = make_store()
    with MetaFake(with_window=False) as meta:
        inbox = connect(store, meta)
        # given answers that meet "429, come back in 30 seconds", then two errors that say nothing
        answer(inbox, *people(2))
        meta.faults.plan(Fault.BUSY, Fault.BUSY)
        send_due()
        for wait in _waits(store):
            assert timedelta(seconds=29) < wait <= timedelta(seconds=33)
        meta.faults.plan(Fault.ERROR_IN_200, Fault.ERROR_IN_200)
        make_due("reason = 'retry'")
        send_due()
        for wait in _waits(store):
            assert wait <= timedelta(seconds=2)  # the second refusal of each
        # when it is well again, each arrives, once
        make_due("reason = 'retry'")
        send_due()
        assert states_of(store) == {"sent": 2}
        assert meta.taken == 2


def _waits(store: object) -> list[timedelta]:
    with store_scope(store.pk):  # type: ignore[attr-defined]
        rows = list(Message.objects.filter(state="queued", reason="retry"))
    assert len(rows) == 2
    return [row.due_at - clock.now() for row in rows]
