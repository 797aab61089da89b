"""The phone: each channel as the customer sees it, and what they do comes in at the front door."""

import dataclasses
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Role, Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.consent.models import ConsentEvent, Suppression
from shopbell.conversations.models import Conversation, Entry
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.ids import uuid7
from shopbell.messaging.models import Message
from shopbell.messaging.ports import CHANNELS
from shopbell.messaging.states import State
from shopbell.sandbox.models import Handset
from shopbell.signups.actions import sign_up
from shopbell.signups.phones import words_to_send
from shopbell.signups.queries import signup_form
from shopbell.signups.reading import Told
from tests.signups.ground import add_form
from tests.support.people import client_of
from tests.support.shop import make_store
from tests.support.talk import MIA, entries, settle_talk
from tests.support.web import WebProcess

pytestmark = pytest.mark.usefixtures("committed_db")
APPS = ("sms", "whatsapp", "instagram", "messenger", "telegram")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8"
    "cfc0f01f00050001ff89993d1d0000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def door(web: WebProcess, settings: LazySettings) -> None:
    """Make our front door that of the real web process."""
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, port=web.port)


@pytest.fixture
def store() -> Store:
    found = make_store("larder")
    for key in APPS:
        save_connection(
            store=found,
            family="channel",
            connector=f"sandbox_{key}",
            slug="try",
            address="+493023125014",
            settings={"webhook_secret": f"the secret of {key}, long enough"},
        )
    return found


@pytest.fixture
def client(store: Store) -> Client:
    return client_of(add_staff(store=store, email="a@larder.example", role=Role.AGENT).user)


@pytest.fixture
def mia(store: Store) -> Customer:
    with store_scope(store.pk):
        return Customer.objects.create(
            email="mia@mail.example", first_name="Mia", last_name="Lark", phone=MIA
        )


def do(client: Client, deed: str, who: object, app: str = "whatsapp", **fields: Any) -> Any:
    """Do something on the phone and let what it leads to happen."""
    given = {"who": str(who), "app": app, **fields}
    answer = client.post(f"/s/larder/sandbox/phone/{deed}/", given)
    settle_talk()
    return answer


def page(client: Client, who: object, app: str = "", **more: str) -> str:
    query = {"who": str(who), "app": app, **more}
    answer = client.get("/s/larder/sandbox/", {k: v for k, v in query.items() if v})
    assert answer.status_code == 200
    return answer.content.decode()


def told(store: Store, customer: Customer, medium: str, text: str, **fields: Any) -> Message:
    """Write a message as the outbox leaves it after the sandbox took it."""
    key = uuid7()
    with store_scope(store.pk):
        return Message.objects.create(
            id=key,
            business_key=str(key),
            kind="order_shipped",
            purpose="order_updates",
            medium=medium,
            media=[medium],
            connection=Connection.objects.get(connector=f"sandbox_{medium}"),
            customer=customer,
            to_address=MIA,
            to_name=customer.name,
            text=text,
            provider_id=f"sandbox-{key}",
            **{"state": State.SENT, "handed_at": clock.now(), **fields},
        )


def state_of(store: Store, message: Message) -> str:
    settle_talk()
    with store_scope(store.pk):
        return str(Message.objects.get(pk=message.pk).state)


@pytest.mark.parametrize("app", APPS)
def test_what_is_written_on_the_phone_is_a_conversation_and_stands_on_the_phone(
    store: Store, client: Client, mia: Customer, app: str
) -> None:
    answer = do(client, "write", mia.pk, app, text="Where is my <b>parcel</b>?")
    assert answer["location"].endswith(f"?who={mia.pk}&app={app}")
    [entry] = entries(store)
    assert (entry.text, entry.conversation.medium) == ("Where is my <b>parcel</b>?", app)
    shown = page(client, mia.pk, app)
    assert "Where is my &lt;b&gt;parcel&lt;/b&gt;?" in shown
    assert "phone-bubble is-mine" in shown


def test_both_sides_of_a_chat_stand_in_order_in_the_app_they_are_in(
    store: Store, client: Client, mia: Customer
) -> None:
    told(store, mia, "whatsapp", "It is on its way")
    do(client, "write", mia.pk, text="Thank you")
    told(store, mia, "whatsapp", "You are welcome")
    told(store, mia, "sms", "By text message")
    shown = page(client, mia.pk, "whatsapp")
    chat = shown.partition('class="phone-thread"')[2].partition("phone-write")[0]
    places = [chat.index(text) for text in ("on its way", "Thank you", "You are welcome")]
    assert places == sorted(places)
    assert "By text message" not in chat
    assert "By text message" in page(client, mia.pk, "sms")


def test_one_person_is_one_phone_even_where_the_store_knows_two_customers(
    store: Store, client: Client, mia: Customer
) -> None:
    # given somebody who writes on Instagram, where nothing proves who it is
    do(client, "write", mia.pk, "instagram", text="Do you have mugs?")
    do(client, "write", mia.pk, "whatsapp", text="And plates?")
    with store_scope(store.pk):
        assert Conversation.objects.values("customer").distinct().count() == 2
    # then she is one line, and her phone has both
    shown = page(client, mia.pk, "instagram")
    assert shown.count('class="list-item"') == 1
    assert "Do you have mugs?" in shown
    assert "And plates?" in page(client, mia.pk, "whatsapp")


def test_somebody_made_up_writes_as_a_stranger(store: Store, client: Client) -> None:
    answer = client.post("/s/larder/sandbox/people/", {"name": "Tom Fuchs", "number": ""})
    with store_scope(store.pk):
        number = Handset.objects.get().number
    assert "Tom Fuchs" in client.get(answer["location"]).content.decode()
    do(client, "write", number, "sms", text="Are you open?")
    [entry] = entries(store)
    assert (entry.sender_address, entry.sender_name) == (number, "Tom Fuchs")
    shown = page(client, number, "sms")
    assert "Are you open?" in shown
    assert shown.count('class="list-item"') == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [({"name": " "}, "Give the person a name"), ({"name": "T", "number": "12"}, "no phone number")],
)
def test_nobody_is_made_up_of_nothing(
    store: Store, client: Client, given: dict[str, str], says: str
) -> None:
    answer = client.post("/s/larder/sandbox/people/", given, follow=True)
    assert says in answer.content.decode()
    with store_scope(store.pk):
        assert not Handset.objects.exists()


def test_a_pressed_button_comes_back_as_the_choice(
    store: Store, client: Client, mia: Customer
) -> None:
    options = [{"id": "track", "title": "Where is it?"}, {"id": "stop", "title": "No more"}]
    message = told(store, mia, "whatsapp", "On its way", data={"options": options})
    assert "Where is it?" in page(client, mia.pk, "whatsapp")
    do(client, "press", mia.pk, about=message.provider_id, choice="track")
    [entry] = entries(store)
    assert (entry.text, entry.data["choice"]) == ("Where is it?", "track")
    assert entry.data["answers"] == str(message.pk)
    assert do(client, "press", mia.pk, about=message.provider_id, choice="x").status_code == 404


def test_a_sign_on_a_notification_and_on_an_own_message_is_seen(
    store: Store, client: Client, mia: Customer
) -> None:
    message = told(store, mia, "whatsapp", "On its way")
    do(client, "react", mia.pk, about=message.provider_id, sign="👍")
    assert 'aria-label="Reactions" role="img">👍' in page(client, mia.pk, "whatsapp")
    do(client, "react", mia.pk, about=message.provider_id, sign="")
    assert 'aria-label="Reactions"' not in page(client, mia.pk, "whatsapp")
    assert do(client, "react", mia.pk, about=message.provider_id, sign="<b>").status_code == 422


def test_a_picture_comes_in_and_is_shown(store: Store, client: Client, mia: Customer) -> None:
    picture = SimpleUploadedFile("cup.png", PIXEL, "image/png")
    do(client, "write", mia.pk, text="Broken", picture=picture)
    [entry] = entries(store)
    with store_scope(store.pk):
        file = entry.attachments.get()
    assert f"/{file.pk}/?show" in page(client, mia.pk, "whatsapp")
    words = SimpleUploadedFile("cup.png", b"no picture at all", "image/png")
    answer = do(client, "write", mia.pk, picture=words)
    assert "no picture" in answer.content.decode()
    assert len(entries(store)) == 1


def test_a_public_comment_stands_below_the_post_for_all_and_not_in_the_chat(
    store: Store, client: Client, mia: Customer
) -> None:
    do(client, "comment", mia.pk, "instagram", post="post-welcome", text="My vase is broken!")
    [entry] = entries(store)
    assert entry.data["public"] is True
    assert entry.data["post"]["text"].startswith("Good morning")
    comment = entry.data["provider_id"]
    told(
        store, mia, "instagram", "We are sorry!",
        data={"target": "comment", "comment": comment}, state=State.SENT,
    )  # fmt: skip
    feed = page(client, mia.pk, "instagram", feed="1").partition('class="phone-feed"')[2]
    assert feed.index("My vase is broken!") < feed.index("We are sorry!")
    chat = page(client, mia.pk, "instagram").partition('class="phone-thread"')[2]
    assert "My vase is broken!" not in chat
    assert "We are sorry!" not in chat.partition("phone-dock")[0]
    # and somebody else sees it too, and may not answer in her name
    client.post("/s/larder/sandbox/people/", {"name": "Tom Fuchs", "number": "+491760406 9777"})
    other = page(client, "+4917604069777", "instagram", feed="1")
    assert "My vase is broken!" in other
    # until the shop hides it, which only she does not see
    with store_scope(store.pk):
        Entry.objects.filter(pk=entry.pk).update(data=entry.data | {"hidden": True})
    other = page(client, "+4917604069777", "instagram", feed="1").partition('id="phone"')[2]
    assert "My vase is broken!" not in other
    mine = page(client, mia.pk, "instagram", feed="1").partition('id="phone"')[2]
    assert "My vase is broken!" in mine


def test_an_answer_to_a_story_says_so(store: Store, client: Client, mia: Customer) -> None:
    do(client, "story", mia.pk, "instagram", post="post-welcome", text="So pretty")
    [entry] = entries(store)
    assert entry.data["story"]["kind"] == "reply"
    assert "You answered their story" in page(client, mia.pk, "instagram")


def test_a_phone_that_is_off_gets_nothing_until_it_is_on_again(
    store: Store, client: Client, mia: Customer
) -> None:
    before = told(store, mia, "whatsapp", "It was here before", state=State.DELIVERED)
    message = told(store, mia, "whatsapp", "Sent into the dark")
    text = told(store, mia, "sms", "A text as well")
    assert do(client, "switch", mia.pk, to="off").status_code == 302
    shown = page(client, mia.pk, "whatsapp")
    assert "The phone is off" in shown
    assert "2 messages wait for it" in shown
    assert do(client, "write", mia.pk, text="Hello?").status_code == 409
    assert state_of(store, message) == State.SENT
    do(client, "switch", mia.pk, to="on")
    assert {state_of(store, row) for row in (before, message, text)} == {State.DELIVERED}
    assert "Sent into the dark" in page(client, mia.pk, "whatsapp")


def test_who_blocks_the_shop_hears_nothing_in_that_app_only(
    store: Store, client: Client, mia: Customer
) -> None:
    do(client, "block", mia.pk, to="blocked")
    told(store, mia, "whatsapp", "Nobody hears this")
    told(store, mia, "sms", "This arrives")
    assert "Nobody hears this" not in page(client, mia.pk, "whatsapp").partition('id="phone"')[2]
    assert "has blocked the shop" in page(client, mia.pk, "whatsapp")
    assert "This arrives" in page(client, mia.pk, "sms")
    assert do(client, "write", mia.pk, text="Hello?").status_code == 409
    do(client, "block", mia.pk, to="free")
    assert do(client, "write", mia.pk, text="Hello?").status_code == 302


def test_stop_in_answer_to_a_text_message_is_obeyed(
    store: Store, client: Client, mia: Customer
) -> None:
    told(store, mia, "sms", "Your parcel comes today")
    do(client, "write", mia.pk, "sms", text="STOP")
    with store_scope(store.pk):
        assert Suppression.objects.filter(medium="sms", lifted_at=None).exists()


def test_the_words_of_a_sign_up_form_are_sent_from_the_phone_and_answered_there(
    store: Store, client: Client, mia: Customer
) -> None:
    # given somebody who sends the form and sees the words that stand ready
    add_form(store, channel="whatsapp")
    with store_scope(store.pk):
        told = Told(uuid7(), "en", topics=("tea",))
        row = sign_up(store=store, form=signup_form("news"), told=told, remote="81.2.69.142")
        words = words_to_send(store, row)
    # when she writes them on her phone, through the signed door
    do(client, "write", mia.pk, text=words)
    with store_scope(store.pk):
        event = ConsentEvent.objects.get(purpose="marketing", channel="whatsapp", topic="")
        assert (event.action, event.customer_id) == ("granted", mia.pk)
    assert "You are signed up" in page(client, mia.pk, "whatsapp")


def test_reading_an_app_reads_that_app(store: Store, client: Client, mia: Customer) -> None:
    texts = [told(store, mia, "whatsapp", f"Text {n}") for n in range(2)]
    other = told(store, mia, "messenger", "Elsewhere")
    do(client, "read", mia.pk)
    assert {state_of(store, row) for row in texts} == {State.READ}
    assert state_of(store, other) == State.SENT


def test_the_buttons_of_a_phone_need_a_phone_an_app_and_the_permission(
    store: Store, client: Client, mia: Customer
) -> None:
    assert do(client, "dance", mia.pk).status_code == 404
    assert do(client, "write", mia.pk, "fax", text="Hello").status_code == 404
    assert do(client, "write", uuid7(), text="Hello").status_code == 404
    assert do(client, "write", mia.pk, text=" ").status_code == 422
    assert (
        do(client, "comment", mia.pk, "whatsapp", post="post-welcome", text="x").status_code == 404
    )
    light = client_of(add_staff(store=store, email="l@larder.example", role=Role.LIGHT).user)
    assert do(light, "write", mia.pk, text="Hello").status_code == 403
    assert "phone-write" not in page(light, mia.pk, "whatsapp")
    assert client.get("/s/larder/sandbox/phone/write/").status_code == 405
    with store_scope(store.pk):
        assert not Entry.objects.exists()
        assert not Handset.objects.exclude(customer=mia).exists()


def test_who_has_no_number_writes_where_none_is_needed(store: Store, client: Client) -> None:
    with store_scope(store.pk):
        tom = Customer.objects.create(email="tom@mail.example", first_name="Tom")
    assert "knows no phone number" in page(client, tom.pk, "sms")
    assert do(client, "write", tom.pk, "sms", text="Hello").status_code == 409
    do(client, "write", tom.pk, "telegram", text="Hello")
    assert [entry.text for entry in entries(store)] == ["Hello"]


def test_the_phone_has_an_app_for_every_sandbox_that_talks() -> None:
    keys = [c.key.removeprefix("sandbox_") for c in CHANNELS if c.capabilities.sandbox]
    assert {key for key in keys if key in APPS} == set(APPS)
