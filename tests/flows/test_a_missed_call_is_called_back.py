"""A missed call → a call-back promised aloud → kept, over the network as Twilio does it."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from shopbell.accounts.models import Store
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.notation import parse_hours
from shopbell.calls.actions import save_phone
from shopbell.conversations.models import Conversation
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.slas.models import Clock
from tests.connectors.channels.twilio_voice.fake import FakeTwilio, Phone, http_door
from tests.connectors.channels.twilio_voice.ground import connect_phone, settle_calls
from tests.conversations.ground import agent
from tests.support.people import client_of
from tests.support.shop import make_store
from tests.support.web import WebProcess

CALLER, ADA = "+4915112340042", "+493055500777"
PATIENCE_SECONDS = 4.0  # what the door allows itself; Twilio waits for fifteen


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    fake = FakeTwilio()
    yield fake
    fake.close()


def test_a_missed_call_is_called_back_as_promised(
    committed_db: None, web: WebProcess, twilio: FakeTwilio
) -> None:
    # given a store with a line, round the clock, and nobody who is available
    store = make_store()
    ada = agent(store)
    connect_phone(store, twilio)
    with store_scope(store.pk):
        save_calendar(name="Office", zone="UTC", week=parse_hours("Mon-Sun 0-24"))
        save_phone(user=ada, number=ADA)
    answered: list[float] = []

    def over_the_network(url: str, body: bytes, headers: dict[str, str]) -> str:
        begun = time.monotonic()
        answer = http_door(url.replace(settings.BASE_URL, web.address), body, headers)
        answered.append(time.monotonic() - begun)
        return answer

    twilio.door = over_the_network

    # when somebody calls and asks to be called back
    heard = twilio.call_in(CALLER, "1")
    settle_calls()

    # then the time is said, written down, and shown to the agent
    assert "We will call you back by" in heard.text
    row, due = owed(store)
    assert timedelta(hours=2) <= due - clock.now() + timedelta(minutes=1)
    person = client_of(ada)
    page = f"/s/{store.slug}/inbox/{row.number}/"
    assert "Asked to be called back by" in person.get(page).content.decode()

    # when the agent calls back from the page, and the customer answers
    twilio.phones = {ADA: Phone(), CALLER: Phone(seconds=70)}
    called = person.post(f"{page}call/", {"number": CALLER}, headers={"HX-Request": "true"})
    assert called.status_code == 204
    settle_calls()
    twilio.run_queued()
    settle_calls()

    # then the promise is kept
    with store_scope(store.pk):
        assert Clock.objects.get(target="news").outcome == "met"
    shown = person.get(page).content.decode()
    assert "Called and reached" in shown
    assert "1 min 10 s" in shown
    assert max(answered) < PATIENCE_SECONDS


def owed(store: Store) -> tuple[Conversation, datetime]:
    with store_scope(store.pk):
        row = Conversation.objects.get()
        assert row.due_for == "news"
        assert row.due_at is not None
        return row, row.due_at
