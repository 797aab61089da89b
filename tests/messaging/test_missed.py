"""What came while nobody listened is asked for, exists once, and is asked for by one worker."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.connections.intake import run_intake
from shopbell.connections.models import Connection, ConnectionState, Intake
from shopbell.kit import clock
from shopbell.kit.db.locks import release_session_lock, try_session_lock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.inbound import missed
from shopbell.messaging.inbound.missed import EVERY, PLACE, run_asking
from tests.connectors.channels.twilio_sms.fake import FakeTwilio
from tests.support.people import people_of

pytestmark = pytest.mark.django_db(transaction=True)
MIA = "+491701234567"


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    missed._asked_here.clear()
    with FakeTwilio() as running:
        yield running


@pytest.fixture
def store() -> Store:
    return people_of("lark").store


def connect(store: Store, twilio: FakeTwilio) -> Connection:
    return save_connection(
        store=store,
        family="channel",
        connector="twilio_sms",
        slug="sms",
        settings=twilio.settings(),
    )


def again(connection: Connection) -> Connection:
    with store_scope(connection.store_id):
        return Connection.objects.get(pk=connection.pk)


def stored(store: Store) -> list[str]:
    with store_scope(store.pk):
        return sorted(
            Intake.objects.filter(topic="sms.message").values_list("provider_id", flat=True)
        )


def test_what_came_in_an_outage_is_there_after_the_next_start(
    store: Store, twilio: FakeTwilio
) -> None:
    # given
    connection = connect(store, twilio)
    texts = [twilio.text(MIA, f"text {n}", deliver=False) for n in range(3)]
    # when
    run_asking()
    run_asking()
    # then
    assert stored(store) == sorted(text.sid for text in texts)
    assert "until" in again(connection).sync[PLACE]
    assert len([r for r in twilio.requests if "Messages.json" in r[1]]) == 1


def test_each_text_exists_once_however_often_it_is_asked_for(
    store: Store, twilio: FakeTwilio
) -> None:
    connection = connect(store, twilio)
    twilio.text(MIA, "hello", deliver=False)
    for _ in range(3):
        missed.ask(connection.store_id, connection.pk)
    run_intake()
    assert len(stored(store)) == 1


def test_another_workers_turn_is_left_to_it(store: Store, twilio: FakeTwilio) -> None:
    connection = connect(store, twilio)
    now = clock.now()
    run_asking()
    with clock.at(now + EVERY + timedelta(seconds=1)):
        run_asking()
    with clock.at(now + EVERY + timedelta(seconds=30)):
        run_asking()
    assert len([r for r in twilio.requests if "Messages.json" in r[1]]) == 2
    assert try_session_lock("asking", str(connection.pk))
    release_session_lock("asking", str(connection.pk))


def test_a_provider_in_trouble_keeps_the_place_and_a_wrong_key_is_told(
    store: Store, twilio: FakeTwilio
) -> None:
    # given
    connection = connect(store, twilio)
    run_asking()
    known = again(connection).sync[PLACE]["until"]
    save_connection(
        store=store, family="channel", connector="twilio_sms", slug="sms",
        settings=twilio.settings(auth_token="wrong"),
    )  # fmt: skip
    # when
    with clock.at(clock.now() + EVERY + timedelta(seconds=1)):
        run_asking()
    # then
    row = again(connection)
    assert row.state == ConnectionState.TROUBLE
    assert "does not accept the key" in row.state_detail
    assert row.sync[PLACE]["until"] == known
