"""The phone-and-mailbox page: what the customer sees, and what the customer does."""

import dataclasses
import uuid

import pytest
from django.conf import LazySettings
from django.test import Client

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Role, Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.consent.models import Suppression
from shopbell.conversations.models import Entry
from shopbell.customers.models import Customer
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.ids import uuid7
from shopbell.messaging.models import Message
from shopbell.messaging.states import State
from shopbell.sandbox.queries import sandboxes, with_links
from tests.support.people import client_of
from tests.support.shop import make_store
from tests.support.web import WebProcess

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def door(web: WebProcess, settings: LazySettings) -> None:
    """Make our front door that of the real web process."""
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, port=web.port)


@pytest.fixture
def store() -> Store:
    found = make_store("larder")
    for key in ("email", "sms", "whatsapp"):
        save_connection(
            store=found,
            family="channel",
            connector=f"sandbox_{key}",
            slug="try",
            address="orders@larder.example" if key == "email" else "+493023125014",
            settings={"webhook_secret": f"the secret of {key}, long enough"},
        )
    return found


@pytest.fixture
def client(store: Store) -> Client:
    return client_of(add_staff(store=store, email="a@larder.example", role=Role.AGENT).user)


def customer_of(store: Store, name: str = "Mara") -> Customer:
    with store_scope(store.pk):
        return Customer.objects.create(
            email=f"{name.lower()}@mail.example", first_name=name, last_name="Kern"
        )


def sent(
    store: Store,
    customer: Customer | None,
    medium: str = "email",
    *,
    subject: str = "Your order is confirmed",
    text: str = "Thank you. https://shop.example/c/abc.",
    state: str = State.SENT,
    purpose: str = "order_updates",
) -> Message:
    """Write a message as the outbox leaves it after the sandbox took it."""
    message_id = uuid7()
    with store_scope(store.pk):
        inbox = Connection.objects.get(connector=f"sandbox_{medium}")
        return Message.objects.create(
            id=message_id,
            business_key=str(message_id),
            kind="order_confirmed",
            purpose=purpose,
            medium=medium,
            media=[medium],
            connection=inbox,
            customer=customer,
            to_address=customer.email if customer else "stranger@mail.example",
            to_name=customer.name if customer else "",
            state=state,
            subject=subject if medium == "email" else "",
            text=text,
            html=f"<html><head></head><body>{text}</body></html>" if medium == "email" else "",
            provider_id=f"sandbox-{message_id}",
            created_at=clock.now(),
            sent_at=clock.now(),
            attempts=1,
            failures=0,
            click_count=0,
            resends=0,
        )


def page(client: Client, who: object = "", **more: str) -> str:
    query = {"who": str(who), **more}
    answer = client.get("/s/larder/sandbox/", {k: v for k, v in query.items() if v}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def state_of(store: Store, message: Message) -> str:
    while PUMPS["intake"].run():
        pass
    with store_scope(store.pk):
        return str(Message.objects.get(pk=message.pk).state)


def test_phone_and_mailbox_show_what_arrived_and_nothing_else(store: Store, client: Client) -> None:
    mara, jonas = customer_of(store), customer_of(store, "Jonas")
    sent(store, mara)
    sent(store, mara, "sms", text="By text")
    sent(store, mara, "whatsapp", text="By WhatsApp")
    sent(store, mara, subject="Never arrived", state=State.FAILED)
    sent(store, mara, subject="Still waits", state=State.QUEUED)
    sent(store, jonas, subject="For Jonas only")
    shown = page(client, mara.pk, app="whatsapp") + page(client, mara.pk, app="sms")
    for text in ("Your order is confirmed", "By text", "By WhatsApp", "mara@mail.example"):
        assert text in shown
    assert "Never arrived" not in shown
    assert "Still waits" not in shown
    mailbox = shown.rpartition('class="sandbox-mailbox"')[2]
    assert "For Jonas only" not in mailbox


def test_without_a_choice_the_newest_receiver_is_shown(store: Store, client: Client) -> None:
    sent(store, customer_of(store))
    newest = customer_of(store, "Jonas")
    sent(store, newest)
    answer = client.get("/s/larder/sandbox/")
    assert answer["location"].endswith(f"?who={newest.pk}")


def test_people_are_found_by_name(store: Store, client: Client) -> None:
    sent(store, customer_of(store))
    jonas = customer_of(store, "Jonas")
    sent(store, jonas)
    assert client.get("/s/larder/sandbox/?q=jon")["location"].endswith(f"?who={jonas.pk}&q=jon")
    assert "Nobody like that" in page(client, q="zelda")


def test_a_receiver_without_a_customer_is_known_by_the_address(
    store: Store, client: Client
) -> None:
    sent(store, None, subject="A test mail")
    assert "A test mail" in page(client, "stranger@mail.example")


def test_looking_changes_nothing(store: Store, client: Client) -> None:
    mara = customer_of(store)
    mail = sent(store, mara)
    page(client, mara.pk, mail=str(mail.pk))
    body = client.get(f"/s/larder/sandbox/mail/{mail.pk}/")
    assert "sandbox" in body["Content-Security-Policy"]
    for path in (f"mail/{mail.pk}/open/", f"mail/{mail.pk}/bounce/", "phone/read/"):
        assert client.get(f"/s/larder/sandbox/{path}").status_code == 405
    assert state_of(store, mail) == State.SENT


@pytest.mark.usefixtures("door")
def test_opening_a_mail_posts_a_signed_receipt_and_the_ledger_says_read(
    store: Store, client: Client
) -> None:
    # given a mail nobody has opened
    mara = customer_of(store)
    mail = sent(store, mara)
    # when it is opened, twice
    for _ in range(2):
        answer = client.post(f"/s/larder/sandbox/mail/{mail.pk}/open/")
        assert answer.status_code == 302
        # then the receipt came through the front door
        assert state_of(store, mail) == State.READ
    assert answer["location"].endswith(f"?who={mara.pk}&mail={mail.pk}")
    with store_scope(store.pk):
        assert Message.objects.get(pk=mail.pk).log.count() == 1
    assert "mail-row unread" not in page(client, mara.pk)


@pytest.mark.usefixtures("door")
def test_reading_a_chat_gives_all_texts_of_it_blue_ticks(store: Store, client: Client) -> None:
    mara = customer_of(store)
    texts = [sent(store, mara, "whatsapp", text=f"Text {n}") for n in range(3)]
    mail = sent(store, mara)
    given = {"who": str(mara.pk), "app": "whatsapp"}
    assert client.post("/s/larder/sandbox/phone/read/", given).status_code == 302
    assert {state_of(store, text) for text in texts} == {State.READ}
    assert state_of(store, mail) == State.SENT
    assert page(client, mara.pk).count("ticks read") == 3


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize(
    ("deed", "reason"),
    [("complain", "complaint"), ("bounce", "hard_bounce"), ("unsubscribe", "unsubscribed")],
)
def test_a_receiver_can_complain_bounce_and_unsubscribe(
    store: Store, client: Client, deed: str, reason: str
) -> None:
    mail = sent(store, customer_of(store))
    assert client.post(f"/s/larder/sandbox/mail/{mail.pk}/{deed}/").status_code == 302
    state_of(store, mail)
    with store_scope(store.pk):
        assert [block.reason for block in Suppression.objects.all()] == [reason]


def test_a_sandbox_without_a_secret_says_what_is_missing(store: Store, client: Client) -> None:
    mail = sent(store, customer_of(store))
    with store_scope(store.pk):
        Connection.objects.update(secrets={})
    answer = client.post(f"/s/larder/sandbox/mail/{mail.pk}/open/")
    assert answer.status_code == 409
    assert "no webhook secret" in answer.content.decode()


def test_nothing_but_sandbox_messages_can_be_acted_on(store: Store, client: Client) -> None:
    mail = sent(store, customer_of(store))
    with store_scope(store.pk):
        Message.objects.filter(pk=mail.pk).update(connection=None)
    assert client.post(f"/s/larder/sandbox/mail/{mail.pk}/open/").status_code == 404
    assert client.post(f"/s/larder/sandbox/mail/{uuid.uuid4()}/open/").status_code == 404
    mail = sent(store, customer_of(store, "Jonas"))
    assert client.post(f"/s/larder/sandbox/mail/{mail.pk}/dance/").status_code == 404


def test_light_agents_look_but_do_not_act(store: Store) -> None:
    light = client_of(add_staff(store=store, email="l@larder.example", role=Role.LIGHT).user)
    mara = customer_of(store)
    mail = sent(store, mara)
    shown = page(light, mara.pk, mail=str(mail.pk))
    assert "Do as the customer" not in shown
    assert light.post(f"/s/larder/sandbox/mail/{mail.pk}/open/").status_code == 403


def test_the_place_is_shown_only_where_a_sandbox_is_connected(store: Store, client: Client) -> None:
    assert "/s/larder/sandbox/" in client.get("/s/larder/").content.decode()
    assert "Nothing has arrived yet" in page(client)
    with store_scope(store.pk):
        Connection.objects.all().delete()
        assert not sandboxes().exists()
    assert "/s/larder/sandbox/" not in client.get("/s/larder/").content.decode()
    assert "No sandbox is connected" in page(client)


def test_links_in_texts_are_clickable_and_nothing_else_is_markup() -> None:
    shown = with_links('<b>Hi</b> see https://a.example/c/x?y=1&z=2. Or "http://b.example"')
    assert "<b>" not in shown
    assert 'href="https://a.example/c/x?y=1&amp;z=2"' in shown
    assert "</a>. Or" in shown
    assert 'href="http://b.example"' in shown


def test_who_answers_a_mail_is_found_in_the_inbox(store: Store, client: Client, door: None) -> None:
    # given a mail to Mara
    mara = customer_of(store)
    message = sent(store, mara, text="It is on its way.")
    # when she answers it on the page
    assert "Answer as the customer" in page(client, mara.pk, mail=str(message.pk))
    words = {"text": "Will it be here <b>today</b>?"}
    answer = client.post(f"/s/larder/sandbox/mail/{message.pk}/answer/", words, follow=True)
    assert "Sent. It comes into the inbox" in answer.content.decode()
    # then it is a mail of hers, without what she quoted, beside what she answered
    for _ in range(3):
        for name in ("intake", "mail"):
            while PUMPS[name].run():
                pass
    with store_scope(store.pk):
        [entry] = Entry.objects.select_related("conversation")
    assert (entry.customer_id, entry.text) == (mara.pk, words["text"])
    assert "It is on its way." in entry.quoted
    assert entry.conversation.subject == "Your order is confirmed"


def test_an_empty_answer_is_not_sent(store: Store, client: Client, door: None) -> None:
    message = sent(store, customer_of(store))
    answer = client.post(f"/s/larder/sandbox/mail/{message.pk}/answer/", {"text": " "}, follow=True)
    assert "The answer is empty" in answer.content.decode()
    with store_scope(store.pk):
        assert not Entry.objects.exists()
