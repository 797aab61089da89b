"""Signing up by phone: only the phone itself answers, and a typed number gets little."""

import re
from datetime import timedelta
from typing import Any, cast

import pytest
from django.test import Client

from shopbell.connections.models import Connection
from shopbell.consent.models import ConsentEvent
from shopbell.conversations.models import Conversation
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.signups.models import Signup
from tests.journeys.ground import Shop, work
from tests.signups.ground import TEXTS, Reader, add_form
from tests.support.shop import make_store
from tests.support.talk import MIA, connect, settle_talk, write

pytestmark = pytest.mark.usefixtures("committed_db")
STRANGER = "+4915199999999"


def reader(channel: str, **changes: Any) -> tuple[Reader, Connection]:
    """Make a store with a form for a channel, its sandbox, and somebody who has the form open."""
    store = make_store("lark")
    inbox = connect(store, f"sandbox_{channel}")
    add_form(store, channel=channel, **changes)
    return Reader(store).open(), inbox


def ready(reader: Reader, **values: Any) -> str:
    """Send the form and return the message that stands ready."""
    answer = reader.send(email="", **values)
    assert answer.status_code == 303
    page = Client().get(answer["Location"]).content.decode()
    found = re.search(r"<strong>(Yes, sign me up.*?)</strong>", page)
    assert found is not None, page
    return found[1]


def permissions(reader: Reader) -> dict[tuple[str, str], str]:
    with store_scope(reader.store.pk):
        rows = ConsentEvent.objects.filter(purpose="marketing").order_by("occurred_at", "id")
        return {(row.channel, row.topic): row.action for row in rows}


def told(reader: Reader, number: str = MIA) -> list[str]:
    with store_scope(reader.store.pk):
        rows = Message.objects.filter(to_address=number).order_by("created_at", "id")
        return [row.text for row in rows]


def test_a_welcome_begins_with_it_and_passes_the_gate_in_that_chat() -> None:
    someone, inbox = reader("whatsapp")
    shop = Shop(someone.store, sink=cast(Any, None))
    with store_scope(someone.store.pk):
        quiet = {"quiet_from": "00:00", "quiet_until": "00:00"}
        someone.store.policies = {**someone.store.policies, **quiet}
        someone.store.save(update_fields=["policies"])
    where = {"purpose": "marketing", "channel": "whatsapp", "action": "granted", "topic": ""}
    step = {"id": "hello", "do": "send", "text": "welcome_first", "media": ["whatsapp", "sms"]}
    trigger = {"event": "consent.changed", "where": where}
    shop.own({"per": "customer", "trigger": trigger, "steps": [step]})
    text = ready(someone)
    work()
    assert shop.runs() == []
    write(inbox, text)
    work()
    assert ("welcome_first", "sent", "") in shop.told()
    assert any("Welcome to" in said for said in told(someone))


def test_the_message_from_the_phone_itself_is_the_agreement() -> None:
    someone, inbox = reader("whatsapp")
    text = ready(someone, page="https://lark.example/tea")
    assert permissions(someone) == {}

    # when Mia sends it as it stands there, twice
    write(inbox, text, provider_id="wamid-1")
    write(inbox, text, provider_id="wamid-2")

    # then it is granted with all that proves it, and confirmed once in the same chat
    assert permissions(someone) == {
        ("whatsapp", ""): "granted",
        ("whatsapp", "tea"): "granted",
        ("whatsapp", "sale"): "withdrawn",
    }
    with store_scope(someone.store.pk):
        event = ConsentEvent.objects.get(topic="", action="granted")
        assert (event.wording, event.language) == (TEXTS["en"]["wording"], "en")
        assert "Foot of the page" in event.source
        assert event.proof["words"] == text
        assert event.proof["number"] == MIA
        assert event.proof["sent_message"] == "wamid-1"
        assert event.proof["page"] == "https://lark.example/tea"
        assert event.proof["version"] == 1
        assert event.proof["double_opt_in"] is True
        # and nobody has to answer it
        assert Conversation.objects.get().status == "resolved"
    [said] = told(someone)
    assert said.startswith("You are signed up: ")


def test_a_code_is_good_once_and_for_seven_days_and_that_is_said_kindly() -> None:
    someone, inbox = reader("whatsapp")
    text = ready(someone)
    write(inbox, text)
    # when somebody else sends the same, or what was never handed out, again and again
    for words in (text, text, "Yes, sign me up: News. JOIN-AAAAAA"):
        write(inbox, words, sender=STRANGER)
    [said] = told(someone, STRANGER)
    assert "nothing has changed" in said
    # and when one comes too late
    late = ready(someone.open())
    with clock.at(clock.now() + timedelta(days=8)):
        write(inbox, late, sender="+4915188888888")
        assert len(told(someone, "+4915188888888")) == 1
    with store_scope(someone.store.pk):
        assert {row.proof["number"] for row in ConsentEvent.objects.all()} == {MIA}


def test_stop_ends_it_and_signing_up_again_begins_it_for_this_channel_alone() -> None:
    someone, inbox = reader("whatsapp")
    write(inbox, ready(someone))
    write(inbox, "STOP")
    assert permissions(someone)["whatsapp", ""] == "withdrawn"
    write(inbox, ready(someone.open()))
    assert permissions(someone)["whatsapp", ""] == "granted"
    assert permissions(someone)["sms", ""] == "withdrawn"
    write(inbox, "STOP")
    assert permissions(someone)["whatsapp", ""] == "withdrawn"
    said = [text[:17] for text in told(someone)]
    assert len(said) == 4  # signed up, ended, signed up, ended
    assert said[0] == said[2] != said[1]


def test_what_else_stands_in_the_message_is_for_a_person() -> None:
    someone, inbox = reader("whatsapp")
    write(inbox, f"{ready(someone)} And is the blue cup still there?")
    assert permissions(someone)["whatsapp", ""] == "granted"
    with store_scope(someone.store.pk):
        assert Conversation.objects.get().status == "open"


def test_by_sms_one_text_asks_and_yes_is_the_agreement() -> None:
    someone, inbox = reader("sms")
    wrong = someone.send(email="", phone="030 123456")
    assert wrong.status_code == 422
    assert "This is not a mobile number" in someone.page
    someone.open()
    assert someone.send(email="", phone="+49 151 12345678")["Location"].endswith("/sent?lang=en")
    settle_talk()
    [asked] = told(someone)
    assert "Answer YES" in asked
    assert permissions(someone) == {}
    write(inbox, "Who is this?")
    assert permissions(someone) == {}
    write(inbox, "yes")
    assert permissions(someone)["sms", ""] == "granted"
    assert "You are signed up" in told(someone)[-1]
    # and a later yes answers something else
    write(inbox, "yes")
    assert len(told(someone)) == 2


def test_nobody_can_make_a_form_write_to_strangers() -> None:
    someone, inbox = reader("sms", country="DE")
    for minutes in (0, 1, 30, 31):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            assert someone.open().send(email="", phone=MIA).status_code == 303
    with store_scope(someone.store.pk):
        assert Message.objects.filter(to_address=MIA).count() == 2
    # a number of another country, a landline, and a machine get nothing
    for number in ("+447400123456", "+4930123456"):
        assert Reader(someone.store, "9.9.9.9").signup(email="", phone=number).status_code == 422
    Reader(someone.store, "9.9.9.9").signup(email="", phone=STRANGER, website="x")
    with store_scope(someone.store.pk):
        assert not Message.objects.exclude(to_address=MIA).exists()
        assert Signup.objects.filter(phone="").count() == 1
    # and who said STOP is asked by no form
    write(inbox, "STOP", sender=STRANGER)
    Reader(someone.store, "9.9.9.8").signup(email="", phone=STRANGER)
    settle_talk()
    with store_scope(someone.store.pk):
        states = Message.objects.filter(to_address=STRANGER).values_list("kind", "state", "reason")
        assert sorted(states) == [
            ("opt_out", "sent", ""),
            ("signup_by_phone", "suppressed", "opted_out"),
        ]


def test_without_the_channel_the_form_is_closed() -> None:
    store = make_store("lark")
    add_form(store, channel="whatsapp")
    assert Client().get("/join/lark/news").status_code == 410
