"""A form is sent: what becomes of it, who counts as whom, and what is refused."""

import time
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shopbell.accounts.links import sign
from shopbell.connections.actions import save_connection
from shopbell.contact_forms.models import Submission
from shopbell.conversations.actions import Reply, send_reply
from shopbell.conversations.models import Conversation, Entry, Status
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer, Identity
from shopbell.customers.ports import Person
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.messaging.states import State
from tests.backoffice.market import Market
from tests.contact_forms.ground import Writer, add_form, make_writer
from tests.conversations.ground import add_widget
from tests.support.shop import settle
from tests.widget.test_addresses import SECRET, jwt

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


@pytest.fixture
def mara(db: None) -> Writer:
    return make_writer()


def conversation(writer: Writer) -> Conversation:
    return Conversation.objects.select_related("customer", "order").get()


def test_a_form_becomes_a_conversation_and_the_customer_gets_a_receipt(mara: Writer) -> None:
    # when
    answer: Any = mara.send(topic="delivery", **{"delivery.problem": "late"})

    # then she reads that it has come
    assert answer.status_code == 303
    page = Client().get(answer["Location"]).content.decode()
    assert "We have your message" in page
    assert "m•••@shop.example" in page
    assert "within 1 day" in page
    with store_scope(mara.store.pk):
        found = conversation(mara)
        assert (found.medium, found.subject, found.tags) == ("form", "My delivery", ["delivery"])
        assert found.status == Status.OPEN
        assert found.waiting_since is not None
        entry = Entry.objects.get()
        assert entry.text == "Where is my parcel?\n\nWhat is wrong?: It is late"
        assert entry.data["form"]["answers"] == [["What is wrong?", "It is late"]]
        assert (entry.sender_name, entry.sender_address) == ("Mara Lind", "mara@shop.example")
        receipt = Message.objects.get()
        assert (receipt.to_address, receipt.purpose) == ("mara@shop.example", "support")
        content = receipt.data["content"]
        assert f"#{found.number}" in content["subject"]
        assert "within 1 day" in content["text"]
        assert "Where is my parcel?" not in content["text"]  # nothing typed goes out
        assert "Mara" not in content["text"]


def test_the_answer_goes_by_mail_to_the_address_that_was_typed(mara: Writer) -> None:
    mara.send()
    with store_scope(mara.store.pk):
        send_reply(
            store=mara.store,
            conversation=conversation(mara),
            author=None,
            reply=Reply("It arrives tomorrow."),
        )
        reply = Message.objects.get(kind="reply")
    assert (reply.medium, reply.to_address) == ("email", "mara@shop.example")
    assert reply.data["content"]["subject"] == "Re: Something else"
    assert "> Where is my parcel?" in reply.data["content"]["text"]


def test_sent_twice_it_is_there_once(mara: Writer) -> None:
    first: Any = mara.send()
    again: Any = mara.send()
    assert (first.status_code, again.status_code) == (303, 303)
    assert first["Location"] == again["Location"]
    with store_scope(mara.store.pk):
        assert (Entry.objects.count(), Message.objects.count()) == (1, 1)


def test_somebody_elses_address_joins_nobody(mara: Writer) -> None:
    # given a customer with a running conversation
    with store_scope(mara.store.pk):
        [known] = record_people(people=[Person(source="shop", email="mara@shop.example")])
        assert known is not None

    # when a stranger types her address
    mara.send()

    # then it is somebody of their own, with a conversation of their own
    with store_scope(mara.store.pk):
        found = conversation(mara)
        assert found.customer != known
        assert found.order is None
        assert not Identity.objects.filter(customer=found.customer, kind="email").exists()
        assert Customer.objects.count() == 2


def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(mara: Writer) -> None:
    answer = mara.send(
        topic="delivery",
        email="not an address",
        message="My <b>words</b>",
        **{"delivery.since": "x"},
    )
    assert answer.status_code == 422
    assert "What you wrote is still here." in mara.page
    assert "This is not an e-mail address." in mara.page
    assert "This is not a date." in mara.page
    assert 'id="f-delivery-problem-error"' in mara.page
    assert "My <b>words</b></textarea>" in mara.page
    assert 'value="not an address"' in mara.page
    assert 'id="t-delivery" value="delivery" required checked' in mara.page
    with store_scope(mara.store.pk):
        assert not Entry.objects.exists()


def test_the_fields_of_other_topics_do_not_count(mara: Writer) -> None:
    answer = mara.send(topic="other", **{"delivery.problem": "nonsense"})
    assert answer.status_code == 303
    with store_scope(mara.store.pk):
        assert Entry.objects.get().data["form"]["answers"] == []


@pytest.mark.parametrize("topic", ["", "nothing", "delivery "])
def test_an_unknown_topic_is_asked_for_again(mara: Writer, topic: str) -> None:
    assert mara.send(topic=topic).status_code == 422
    assert "Please choose one of these." in mara.page


def test_the_receipt_reaches_an_address_that_nobody_knew(committed_db: None) -> None:
    # given a store that sends mail, and a stranger
    mara = make_writer()
    with store_scope(mara.store.pk):
        save_connection(
            store=mara.store, family="channel", connector="sandbox_email", slug="mail",
            address="orders@lark.example", settings={"webhook_secret": "s" * 32},
        )  # fmt: skip
    # when
    mara.send()
    settle()
    # then
    with store_scope(mara.store.pk):
        receipt = Message.objects.get()
    assert (receipt.state, receipt.reason_text) == (State.SENT, "")
    assert receipt.to_address == "mara@shop.example"
    assert "#1" in receipt.subject


def test_what_falls_into_the_trap_is_kept_as_spam_without_a_receipt(mara: Writer) -> None:
    assert mara.send(website="https://spam.example").status_code == 303
    with store_scope(mara.store.pk):
        assert conversation(mara).status == Status.SPAM
        assert not Message.objects.exists()
        assert Submission.objects.get().is_trapped


def test_a_form_sent_faster_than_a_person_writes_is_asked_for_once_more(mara: Writer) -> None:
    assert mara.open().older(1).send().status_code == 422
    assert "Please press Send once more." in mara.page
    assert "Where is my parcel?" in mara.page
    assert mara.older(5).send().status_code == 303


@pytest.mark.parametrize("stamp", ["", "x", "1.2", "99999999999.0", "é.é"])
def test_a_forged_stamp_is_no_stamp(mara: Writer, stamp: str) -> None:
    assert mara.send(stamp=stamp).status_code == 422


def test_too_many_from_one_place_are_asked_to_wait_and_keep_their_words(mara: Writer) -> None:
    for _ in range(3):
        assert mara.open().send().status_code == 303
    answer: Any = mara.open().send(message="The fourth one")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 600
    assert "Please wait 10 minutes" in mara.page
    assert "The fourth one" in mara.page
    # somebody elsewhere is not held up, nor is the one that was sent before
    assert Writer(mara.store, remote="81.2.69.7").open().send().status_code == 303


def test_forged_forms_bring_a_victim_one_receipt(db: None) -> None:
    """S-44: from as many networks as one likes, in whatever way the mailbox is written."""
    writer = make_writer()
    for number in range(12):
        writer.remote = f"198.51.100.{number}"
        writer.open().send(
            email=f"Victim+{number}@shop.example" if number % 2 else "victim@shop.example"
        )
    with store_scope(writer.store.pk):
        assert Message.objects.count() == 1
        assert Entry.objects.filter(kind="incoming").count() == 10  # then the address is limited


@pytest.mark.parametrize("address", ["noreply@shop.example", "mailer-daemon@shop.example"])
def test_machines_get_no_receipt(mara: Writer, address: str) -> None:
    mara.send(email=address)
    with store_scope(mara.store.pk):
        assert not Message.objects.exists()


def test_files_come_along_and_are_known_by_content(mara: Writer) -> None:
    answer = mara.send(files=[SimpleUploadedFile("../../proof.exe", PNG, "application/x-exe")])
    assert answer.status_code == 303
    with store_scope(mara.store.pk):
        [file] = Entry.objects.get().attachments.all()
        assert (file.name, file.content_type) == ("proof.exe", "image/png")


def test_files_of_other_kinds_are_refused_by_name(mara: Writer) -> None:
    answer = mara.send(files=[SimpleUploadedFile("photo.png", b"MZ\x90\0 program")])
    assert answer.status_code == 422
    assert "photo.png is of a kind we do not take." in mara.page


def test_six_files_are_too_many(mara: Writer) -> None:
    files = [SimpleUploadedFile(f"{number}.png", PNG) for number in range(6)]
    assert mara.send(files=files).status_code == 422
    assert "At most 5 files" in mara.page


def test_files_are_asked_for_again_when_something_else_is_wrong(mara: Writer) -> None:
    assert mara.send(email="x", files=[SimpleUploadedFile("a.png", PNG)]).status_code == 422
    assert "Please choose your files once more" in mara.page


def test_who_comes_by_the_link_of_an_order_types_neither_number_nor_address(
    market: Market,
) -> None:
    # given
    store = market.bench.store
    order = market.order(1001)
    add_form(store)
    link = sign(store, "track", order.pk)

    # when
    writer = Writer(store, query=f"?t={link}").open()
    assert f'value="{order.pk}" selected' in writer.page
    answer = writer.send(
        topic="delivery", email="", **{"delivery.order": str(order.pk), "delivery.problem": "late"}
    )

    # then it is the customer, about that order
    assert answer.status_code == 303
    with store_scope(store.pk):
        found = conversation(writer)
        order.refresh_from_db()
        assert (found.order, found.customer) == (order, order.customer)
        assert Entry.objects.get().sender_address == order.email.lower()


def test_a_forwarded_link_does_not_make_its_holder_the_customer(market: Market) -> None:
    store = market.bench.store
    order = market.order(1001)
    add_form(store)
    writer = Writer(store, query=f"?t={sign(store, 'track', order.pk)}").open()
    assert order.email not in writer.page
    assert writer.send(email="friend@shop.example").status_code == 303
    with store_scope(store.pk):
        found = conversation(writer)
        assert found.order == order
        assert found.customer != order.customer


def test_orders_of_others_cannot_be_chosen(market: Market) -> None:
    store = market.bench.store
    mine, other = market.order(1001), market.order(1002)
    add_form(store)
    writer = Writer(store, query=f"?t={sign(store, 'track', mine.pk)}").open()
    fields = {"delivery.order": str(other.pk), "delivery.problem": "late"}
    assert writer.send(topic="delivery", **fields).status_code == 422


def test_a_typed_order_number_is_only_what_somebody_says(market: Market) -> None:
    store = market.bench.store
    order = market.order(1001)
    add_form(store)
    fields = {"delivery.order": order.number, "delivery.problem": "late"}
    assert Writer(store).open().send(topic="delivery", **fields).status_code == 303
    with store_scope(store.pk):
        assert Conversation.objects.get().order is None
        assert Entry.objects.get().data["form"]["order_said"] == order.number


def test_who_is_signed_in_at_the_shop_chooses_among_all_their_orders(market: Market) -> None:
    # given the customer of an order, whom the shop's page vouches for
    store = market.bench.store
    order = market.order(1001)
    add_form(store)
    add_widget(store, identity_secret=SECRET)
    claims = {"aud": store.slug, "sub": "c-1", "exp": time.time() + 600, "email": order.email}

    # when its word is false, nothing is shown
    writer = Writer(store).open(identity=jwt(claims, secret="another secret of forty characters"))
    assert "Your name" in writer.page

    # when it is true, the order is chosen and nothing else need be typed
    writer.open(identity=jwt(claims))
    assert str(order.pk) in writer.page
    assert "Your name" not in writer.page
    fields = {"delivery.order": str(order.pk), "delivery.problem": "late"}
    assert writer.send(topic="delivery", email="", **fields).status_code == 303
    with store_scope(store.pk):
        found = conversation(writer)
        assert (found.customer, found.order) == (order.customer, order)


@pytest.mark.parametrize("ticket", ["t:forged.0000", "c:x", "c:..", "c:00.99999999999.ff", "é"])
def test_forged_tickets_are_strangers(mara: Writer, ticket: str) -> None:
    assert mara.send(ticket=ticket, email="").status_code == 422
    assert mara.open().send(ticket=ticket).status_code == 303


def test_the_page_speaks_the_languages_of_the_form(mara: Writer) -> None:
    url = f"/contact/{mara.store.slug}/contact"
    german = Client().get(url, headers={"accept-language": "de-AT,en;q=0.5"}).content.decode()
    assert 'lang="de"' in german
    assert "Schreiben Sie uns" in german
    assert "Worum geht es?" in german
    french = Client().get(url, headers={"accept-language": "fr"}).content.decode()
    assert "Write to us" in french  # the form has no French
    assert "Schreiben Sie uns" in Client().get(f"{url}?lang=de").content.decode()


def test_any_shop_page_may_frame_it_and_it_sets_no_cookie(mara: Writer) -> None:
    answer = Client().get(f"/contact/{mara.store.slug}/contact?frame=1")
    assert "X-Frame-Options" not in answer
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]


def test_looking_changes_nothing(mara: Writer) -> None:
    for path in ("", "/contact", "/contact?t=x&topic=delivery&from=javascript:alert(1)"):
        Client().get(f"/contact/{mara.store.slug}{path}", follow=True)
    with store_scope(mara.store.pk):
        assert not Entry.objects.exists()
        assert not Customer.objects.exists()


def test_a_form_nobody_made_is_not_there(mara: Writer) -> None:
    assert Client().get(f"/contact/{mara.store.slug}/nothing").status_code == 404
    assert Client().get("/contact/nobody/contact").status_code == 404
    assert Client().get(f"/contact/sent/{uuid.uuid4()}").status_code == 404
