"""R-36: workers whose clocks are wrong. Leases and due times go by the database's clock."""

from datetime import timedelta

import pytest
import time_machine

from shopbell.events.pump import claim
from shopbell.kit import clock
from shopbell.messaging.outbox import run_outbox
from tests.messaging.ground import only, queue, write_texts
from tests.support.shop import add_smtp, make_store
from tests.support.smtp_sink import SmtpSink

pytestmark = pytest.mark.usefixtures("committed_db")
WRONG = [timedelta(hours=1), timedelta(days=365), timedelta(minutes=-10), timedelta(hours=-1)]


def claimed() -> int:
    found = claim(
        table="messaging_message",
        columns="t.id",
        where="state IN ('queued', 'claimed')",
        also="state = 'claimed'",
    )
    return len(found)


def test_what_is_due_later_is_not_sent_early() -> None:
    store = make_store()
    write_texts(store)
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        queue(store, ["mia@mail.example"], due_at=clock.now() + timedelta(minutes=30))
        for step in WRONG:
            with time_machine.travel(clock.now() + step, tick=False):
                assert run_outbox() == 0
        assert sink.count == 0
    assert only(store).state == "queued"


@pytest.mark.parametrize("step", WRONG)
def test_what_another_worker_holds_is_not_taken_from_it(step: timedelta) -> None:
    store = make_store()
    write_texts(store)
    queue(store, ["mia@mail.example"], due_at=clock.now() - timedelta(hours=2))
    with time_machine.travel(clock.now() + step, tick=False):
        assert claimed() == 1
    for other in WRONG:
        with time_machine.travel(clock.now() + other, tick=False):
            assert claimed() == 0
