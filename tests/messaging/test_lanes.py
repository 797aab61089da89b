"""The lanes of a worker: each inbox at its own pace, whatever the others do."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import pytest
from django.db import connections

from shopbell.accounts.models import Store
from shopbell.events import pump
from shopbell.kit.db.scope import store_scope
from shopbell.messaging import lanes, outbox
from shopbell.messaging.handing import Share
from shopbell.messaging.lanes import LANES, LEAST, Lane
from shopbell.messaging.marking import Ready
from shopbell.messaging.models import Message
from shopbell.messaging.ports import OutgoingMessage
from shopbell.messaging.sessions import SESSIONS
from tests.connectors.channels.faults import Fault
from tests.connectors.channels.whatsapp_cloud.fake import MetaFake
from tests.messaging.ground import make_due, states_of
from tests.messaging.test_turns import answer, connect, people
from tests.support.shop import make_store

DEAD, WELL = "100200300400501", "100200300400502"

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def meta() -> Iterator[MetaFake]:
    with MetaFake(with_window=False) as fake:
        fake.add_number(WELL, "+49 30 2222")
        yield fake


@pytest.fixture
def silent() -> Iterator[MetaFake]:
    """A provider that takes messages and never answers."""
    with MetaFake(with_window=False) as fake:
        fake.faults.always = Fault.STALL
        yield fake
        fake.faults.released.set()


@contextmanager
def conductor() -> Iterator[None]:
    """Let a thread conduct, as in a worker; at the end it is told to stop, as a worker is."""

    def serve() -> None:
        while not pump.stopping.is_set():
            LANES.serve()
        LANES.close()
        connections.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    until(lambda: LANES._conducted)
    try:
        yield
    finally:
        pump.stopping.set()
        thread.join(30)
        pump.stopping.clear()
        assert not thread.is_alive()


def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def waiting(store: Store) -> list[Message]:
    with store_scope(store.pk):
        return list(Message.objects.filter(state="queued", reason="pace"))


def test_a_silent_inbox_keeps_nobody_else_waiting(meta: MetaFake, silent: MetaFake) -> None:
    store = make_store()
    dead, well = connect(store, silent, DEAD, timeout=2.0), connect(store, meta, WELL)
    answer(dead, *people(40), origin="staff")
    with conductor():
        outbox.run_outbox()
        until(lambda: states_of(store)["handed"] >= 8)
        # given hand-overs that hang, then what comes for another inbox goes at once
        answer(well, *people(5, start=100))
        begun = time.monotonic()
        outbox.run_outbox()
        until(lambda: meta.taken == 5)
        assert time.monotonic() - begun < 1.5
        silent.faults.released.set()


def test_a_worker_that_ends_gives_back_what_has_not_left(silent: MetaFake) -> None:
    store = make_store()
    answer(connect(store, silent, DEAD, timeout=2.0), *people(40), origin="staff")
    with conductor():
        outbox.run_outbox()
        until(lambda: states_of(store)["handed"] >= 8)
        silent.faults.released.set()
    # then nothing is claimed any more: another worker can go on at once
    found = states_of(store)
    assert not found["claimed"]
    assert not found["handed"]
    assert found["queued"] >= 24


def test_what_waits_for_a_full_inbox_is_not_looked_at_until_it_has_room(
    meta: MetaFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store()
    inbox = connect(store, meta, WELL)
    monkeypatch.setattr(lanes, "LEAST", 10)
    monkeypatch.setattr(lanes, "MOST", 10)
    answer(inbox, *people(30), origin="staff")
    # given an inbox with enough to do: nobody takes what is put
    LANES._conducted = True
    try:
        outbox.run_outbox()
        later = waiting(store)
        assert len(later) == 20
        assert {message.connection_id for message in later} == {inbox.pk}
        make_due("state = 'queued'")
        assert outbox.run_outbox() == 0
        # what somebody of the team wrote is looked at all the same
        with store_scope(store.pk):
            Message.objects.filter(pk=later[0].pk).update(origin="agent")
        make_due("state = 'queued'")
        assert outbox.run_outbox() == 1
    finally:
        LANES.close()
    # then all go once there is room
    make_due("state = 'queued'")
    while outbox.run_outbox():
        make_due("state = 'queued'")
    assert states_of(store)["sent"] == 30


def test_new_settings_do_not_wait_for_a_line_that_is_still_talking(meta: MetaFake) -> None:
    store = make_store()
    inbox = connect(store, meta, WELL)
    with store_scope(store.pk):
        [old, *_] = SESSIONS.lines(inbox, store, 0)
        inbox.settings = inbox.settings | {"timeout": 3.0}
        with old.lock:  # given a server that keeps silent
            begun = time.monotonic()
            [new, *_] = SESSIONS.lines(inbox, store, 0)
        assert time.monotonic() - begun < 2.0
    assert new is not old


def test_an_inbox_that_is_fast_is_given_more_and_a_silent_one_nothing() -> None:
    lane = Lane()
    assert lane.room() == LEAST
    lane.note(60)
    assert lane.room() == 60 * 6
    assert Lane(rate=50).room() == 50 * 6  # where nothing is known yet, by what is allowed
    lane.note(4000)
    assert lane.room() == lanes.MOST_BULK
    lane.desks[0] = lane.desks[1] = _Nobody()  # type: ignore[assignment]
    lane.heard_at -= 60
    assert lane.room() == 0
    assert lane.room(urgent=True) > 0  # for what somebody waits for there is one more desk
    lane.desks[2] = lane.desks[0]
    assert lane.room(urgent=True) == 0


class _Nobody:
    size = 0


def test_offers_stand_behind_all_else(meta: MetaFake) -> None:
    # given a lane with offers in it
    store = make_store()
    inbox = connect(store, meta, WELL)

    def share(number: int, *, urgent: bool = False, bulk: bool = False) -> Share:
        nothing = cast(OutgoingMessage, None)
        return Share(store, inbox, [Ready(uuid.UUID(int=number), 1, nothing, urgent, bulk)])

    lane = Lane()
    for number in (1, 2):
        lane.queue(share(number, bulk=True))

    # when a confirmation comes, then an answer of a person, then another confirmation
    lane.queue(share(3))
    lane.queue(share(4, urgent=True))
    lane.queue(share(5))

    # then
    assert [each.left[0].id.int for each in lane.waiting] == [4, 3, 5, 1, 2]
    assert (lane.size(), lane.size(bulk=False)) == (5, 3)
