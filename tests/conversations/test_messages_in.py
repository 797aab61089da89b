"""What customers write on messengers comes in as conversations: once, in order, with what it is."""

from datetime import timedelta

import pytest

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection, Intake
from shopbell.connectors.channels.sandbox.written import make_written
from shopbell.conversations.actions import Reply, send_reply
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Window
from shopbell.messaging.ports import WrittenKind
from tests.support.shop import make_store
from tests.support.talk import MIA, connect, entries, post, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def phone(store: Store) -> Connection:
    """A WhatsApp number of the shop, in the sandbox."""
    return connect(store, "sandbox_whatsapp")


def test_a_message_opens_a_conversation_and_the_next_one_continues_it(
    store: Store, phone: Connection
) -> None:
    write(phone, "Where is my parcel?", name="Mia Lark")
    write(phone, "Hello?")
    first, second = entries(store)
    assert first.conversation_id == second.conversation_id
    assert first.sender_name == "Mia Lark"
    assert (first.conversation.medium, first.conversation.message_count) == ("whatsapp", 2)


def test_the_same_message_in_two_webhooks_is_one_entry(store: Store, phone: Connection) -> None:
    for _ in range(3):
        write(phone, "Where is it?", provider_id="wamid.same")
    assert len(entries(store)) == 1


def test_a_number_that_writes_is_the_one_customer_who_gave_it(
    store: Store, phone: Connection
) -> None:
    with store_scope(store.pk):
        mia = Customer.objects.create(email="mia@mail.example", phone=MIA, first_name="Mia")
    write(phone, "Where is it?")
    with store_scope(store.pk):
        assert Conversation.objects.get().customer == mia


def test_a_number_that_two_customers_gave_is_neither_of_them(
    store: Store, phone: Connection
) -> None:
    with store_scope(store.pk):
        for name in ("mia", "tom"):
            Customer.objects.create(email=f"{name}@mail.example", phone=MIA)
    write(phone, "Where is it?")
    with store_scope(store.pk):
        assert Conversation.objects.get().customer.email == ""  # type: ignore[union-attr]


def test_the_window_runs_from_the_providers_clock_and_never_goes_back(
    store: Store, phone: Connection
) -> None:
    now = clock.now()
    write(phone, "Second", at=now - timedelta(hours=2))
    write(phone, "First, but late", at=now - timedelta(hours=5))
    with store_scope(store.pk):
        assert Window.objects.get(address=MIA).opened_at == now - timedelta(hours=2)


def test_a_message_from_the_future_opens_no_longer_window(store: Store, phone: Connection) -> None:
    write(phone, "Tomorrow", at=clock.now() + timedelta(days=3))
    with store_scope(store.pk):
        assert Window.objects.get(address=MIA).opened_at <= clock.now()


def test_an_edit_a_deletion_and_a_sign_change_the_entry_and_lose_nothing(
    store: Store, phone: Connection
) -> None:
    first = write(phone, "I want a refnud")
    write(phone, "I want a refund", kind=WrittenKind.EDIT, about=first)
    write(phone, "🙏", kind=WrittenKind.REACTION, about=first)
    write(phone, kind=WrittenKind.DELETION, about=first)
    [entry] = entries(store)
    assert entry.text == "I want a refund"
    assert entry.data["edits"][0]["text"] == "I want a refnud"
    assert entry.data["reactions"] == {MIA: "🙏"}
    assert entry.data["deleted_at"]
    assert entry.conversation.preview == "I want a refund"


def test_nobody_edits_what_somebody_else_wrote(store: Store, phone: Connection) -> None:
    first = write(phone, "I want a refund")
    write(phone, "All is well", kind=WrittenKind.EDIT, about=first, sender="+4915199999999")
    assert [entry.text for entry in entries(store)] == ["I want a refund"]


def test_a_place_and_a_picture_are_shown_as_such(store: Store, phone: Connection) -> None:
    place = {"latitude": 52.5, "longitude": 13.4, "name": "Home", "address": "Lark 1"}
    write(phone, data={"location": place})
    write(phone, "Broken!", picture=b"\x89PNG\r\n\x1a\n" + b"0" * 40)
    where, broken = entries(store)
    assert where.text == "Home, Lark 1"
    assert where.data["location"]["latitude"] == 52.5
    with store_scope(store.pk):
        assert broken.attachments.get().content_type == "image/png"


def test_a_file_that_cannot_be_had_is_named_and_the_words_come_in(
    store: Store, phone: Connection
) -> None:
    body = make_written(MIA, "Look at this", provider_id="wamid.x").replace(
        b'"data": {}', b'"data": {}, "picture": "!!!"'
    )
    post(phone, body)
    [entry] = entries(store)
    assert entry.text == "Look at this"
    assert "not base64" in entry.data["missing_files"][0]["why"]


def test_a_public_comment_has_a_line_of_its_own_and_the_same_person_writes_in_private(
    store: Store,
) -> None:
    inbox = connect(store, "sandbox_instagram")
    write(inbox, "My vase is broken!", "17841", kind=WrittenKind.COMMENT, username="mia.k")
    write(inbox, "Thank you for asking", "17841")
    comment, private = entries(store)
    assert comment.data["public"] is True
    assert comment.conversation_id == private.conversation_id
    assert comment.thread_id != private.thread_id
    with store_scope(store.pk):
        assert not Window.objects.filter(opened_at__lt=private.happened_at).exists()


def test_a_webhook_that_says_nothing_usable_is_put_aside(store: Store, phone: Connection) -> None:
    body = make_written(MIA, "Hello", provider_id="")
    body = body.replace(b'"sender": "' + MIA.encode() + b'"', b'"sender": ""')
    post(phone, body)
    with store_scope(store.pk):
        assert Intake.objects.get().state == "quarantined"


def test_an_answer_leaves_from_the_number_that_was_written_to(store: Store) -> None:
    inbox = connect(store, "sandbox_sms")
    write(inbox, "Is it there?", data={"number": "+49305551"})
    write(inbox, "Hello?", data={"number": "+49305552"})
    with store_scope(store.pk):
        row = Conversation.objects.get()
        entry = send_reply(store=store, conversation=row, author=None, reply=Reply("Tomorrow."))
        assert entry.outgoing is not None
        assert entry.outgoing.data["from"] == "+49305552"
