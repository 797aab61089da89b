"""R-36: workers whose clocks are wrong. Leases and due times go by the database's clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from shopbell.conversations.actions import Reply, send_reply, snooze
from shopbell.conversations.scheduled import run_scheduled
from shopbell.conversations.snoozes import run_snoozes
from shopbell.events.pump import claim
from shopbell.kit import clock
from shopbell.kit.db.clocks import follow_database_clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.outbox import run_outbox
from tests.conversations.ground import add_widget, agent, conversation_of, write
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


@pytest.fixture
def _own_clock_again() -> Iterator[None]:
    yield
    clock.follow(datetime.now(UTC))


@pytest.mark.usefixtures("_own_clock_again")
@pytest.mark.parametrize("step", WRONG)
def test_a_worker_goes_by_the_clock_of_the_database(step: timedelta) -> None:
    # given an answer that is to leave in half an hour, and a snooze that ends then
    store = make_store()
    until = clock.now() + timedelta(minutes=30)
    with store_scope(store.pk):
        entry = write(add_widget(store), "Where is it?")
        row = conversation_of(entry)
        snooze(conversation=row, until=until, by=agent(store))
        later = Reply("On Monday.", at=until)
        send_reply(store=store, conversation=row, author=agent(store), reply=later)

    # when a worker looks whose clock is wrong
    with time_machine.travel(clock.now() + step, tick=False):
        follow_database_clock()
        early = run_scheduled(), run_snoozes()
        told = clock.now()

    # then nothing leaves, and what it writes down has the right time
    assert early == (0, 0)
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)
