"""What becomes of mails: the right conversation, the right customer, nothing lost or shown."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection, Intake
from shopbell.consent.models import Suppression
from shopbell.conversations.actions import Reply, send_reply, set_status
from shopbell.conversations.models import Conversation, Entry
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from tests.conversations.ground import agent
from tests.conversations.post import add_mailbox, deliver, mail, work
from tests.support.shop import make_bench, order_payload, receive
from tests.support.smtp_sink import SinkMessage, SmtpSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


class Desk:
    """A store with a shop and a mailbox whose answers leave at once."""

    def __init__(self, sink: SmtpSink) -> None:
        self.bench = make_bench(policies={"desk": {"undo_seconds": 0}})
        self.store: Store = self.bench.store
        self.sink = sink
        self.inbox: Connection = add_mailbox(self.store, smtp=sink.port)

    def gets(self, *raws: bytes) -> None:
        deliver(self.inbox, *raws)

    def tells(self, email: str = "mara@mail.example") -> tuple[Message, SinkMessage]:
        """Tell a customer about a new order; returns the message and the mail that left."""
        payload = order_payload(1001, email=email, customer={"id": 7, "email": email})
        receive(self.bench, "orders/create", payload, "e-1")
        work()
        [left] = self.sink.wait_for(1)
        with store_scope(self.store.pk):
            return Message.objects.get(), left

    def answers(self, text: str = "It comes tomorrow.") -> tuple[Message, SinkMessage]:
        """Answer the newest conversation as an agent."""
        count = self.sink.count
        with store_scope(self.store.pk):
            conversation = Conversation.objects.order_by("-number")[0]
            send_reply(
                store=self.store,
                conversation=conversation,
                author=agent(self.store),
                reply=Reply(text),
            )
        work()
        left = self.sink.wait_for(count + 1)[-1]
        with store_scope(self.store.pk):
            return Message.objects.filter(kind="reply", state="sent").latest("created_at"), left

    def conversations(self) -> list[Conversation]:
        with store_scope(self.store.pk):
            return list(Conversation.objects.select_related("customer", "order").order_by("number"))

    def entries(self, kind: str = "incoming") -> list[Entry]:
        with store_scope(self.store.pk):
            rows = Entry.objects.filter(kind=kind).select_related("thread", "conversation")
            return list(rows.prefetch_related("attachments").order_by("created_at", "id"))

    def intake(self) -> list[tuple[str, str]]:
        with store_scope(self.store.pk):
            rows = Intake.objects.filter(topic="mail").order_by("id")
            return [(row.state, row.note) for row in rows]


@pytest.fixture
def desk(sink: SmtpSink) -> Desk:
    return Desk(sink)


def header(left: SinkMessage, name: str) -> str:
    return str(left.parsed[name])


# --- whose conversation


def test_a_mail_opens_a_conversation_with_its_sender(desk: Desk) -> None:
    desk.gets(mail("Is it lost?", message_id="<a@mail.example>", Cc="tom@mail.example"))
    [entry], [conversation] = desk.entries(), desk.conversations()
    assert (entry.text, entry.sender_name) == ("Is it lost?", "Mara")
    assert entry.copies == ["tom@mail.example"]
    assert conversation.subject == "A question"
    assert conversation.customer is not None
    assert conversation.customer.email == "mara@mail.example"
    assert conversation.waiting_since is not None
    assert entry.thread is not None
    assert entry.thread.address == "mara@mail.example"
    assert desk.intake() == [("done", "")]


def test_who_answers_a_notification_has_the_order_beside_the_words(desk: Desk) -> None:
    message, left = desk.tells()
    desk.gets(
        mail(
            "Can I change the address?\n\nOn Monday, Lark wrote:\n> Thank you for your order",
            to=header(left, "Reply-To"),
            In_Reply_To=message.message_id,
        )
    )
    [entry], [conversation] = desk.entries(), desk.conversations()
    assert conversation.order is not None
    with store_scope(desk.store.pk):
        assert conversation.order.number == Order.objects.get().number
    assert (entry.text, entry.data["answers"]) == ("Can I change the address?", str(message.pk))
    assert "Thank you for your order" in entry.quoted


def test_the_reply_address_alone_is_enough(desk: Desk) -> None:
    message, left = desk.tells()
    desk.gets(mail(to=header(left, "Reply-To")))
    assert desk.entries()[0].data["answers"] == str(message.pk)


def test_who_answers_an_agent_stays_in_the_conversation(desk: Desk) -> None:
    desk.gets(mail("Is it lost?", message_id="<a@mail.example>"))
    message, left = desk.answers()
    assert header(left, "In-Reply-To") == "<a@mail.example>"
    desk.gets(mail("Thanks!", subject="Re: A question", In_Reply_To=message.message_id))
    first, second = desk.entries()
    assert first.conversation_id == second.conversation_id
    assert first.thread_id == second.thread_id
    [conversation] = desk.conversations()
    assert (conversation.status, conversation.preview) == ("open", "Thanks!")


def test_a_second_mail_about_the_same_goes_on_in_the_same_conversation(desk: Desk) -> None:
    desk.gets(mail("Is it lost?", message_id="<a@mail.example>"))
    desk.gets(mail("Hello?", message_id="<b@mail.example>", References="<a@mail.example>"))
    first, second = desk.entries()
    assert first.thread_id == second.thread_id


@pytest.mark.parametrize("way", ["token", "message id"])
def test_a_stranger_with_a_copied_mark_gets_a_conversation_of_his_own(desk: Desk, way: str) -> None:
    """S-44: whoever has the token, or was copied in by somebody, reads nothing of before."""
    desk.gets(mail("My secret", message_id="<a@mail.example>"))
    message, left = desk.answers()
    marked = (
        {"to": header(left, "Reply-To")} if way == "token" else {"References": message.message_id}
    )
    desk.gets(mail("Tell me more", sender="Eve <eve@elsewhere.example>", **marked))
    mara, eve = desk.conversations()
    assert eve.customer is not None
    assert eve.customer.email == "eve@elsewhere.example"
    assert eve.order is None
    [_, entry] = desk.entries()
    assert (entry.conversation_id, entry.data["linked_to"]) == (eve.pk, mara.number)
    assert (mara.linked, eve.linked) == ([eve.number], [mara.number])
    desk.answers("Who are you?")
    assert "secret" not in desk.sink.messages[-1].data.decode()
    assert desk.sink.messages[-1].recipients == ("eve@elsewhere.example",)


def test_a_stranger_who_answers_a_notification_learns_nothing_of_the_order(desk: Desk) -> None:
    message, _ = desk.tells()
    desk.gets(mail(sender="eve@elsewhere.example", In_Reply_To=message.message_id))
    [conversation] = desk.conversations()
    assert conversation.order is None
    assert desk.entries()[0].data["linked_message"] == str(message.pk)


def test_somebody_the_customer_copied_may_go_on(desk: Desk) -> None:
    desk.gets(mail("We ask", message_id="<a@mail.example>", Cc="tom@mail.example"))
    message, _ = desk.answers()
    desk.gets(mail("And I say", sender="tom@mail.example", In_Reply_To=message.message_id))
    first, second = desk.entries()
    assert first.conversation_id == second.conversation_id
    assert second.sender_address == "tom@mail.example"


def test_the_sender_is_who_it_is_from_and_never_the_reply_to(desk: Desk) -> None:
    desk.gets(mail(Reply_To="victim@mail.example"))
    [entry] = desk.entries()
    assert (entry.sender_address, entry.data["reply_to"]) == (
        "mara@mail.example",
        ["victim@mail.example"],
    )
    assert entry.thread is not None
    assert entry.thread.address == "mara@mail.example"


# --- once, and nothing lost


def test_the_same_mail_twice_is_one(desk: Desk) -> None:
    once = mail(message_id="<a@mail.example>")
    desk.gets(once)
    desk.gets(once)
    desk.gets(b"Received: by another way\r\n" + once)
    assert len(desk.entries()) == 1
    assert [state for state, _ in desk.intake()] == ["done", "done"]


def test_mails_without_a_message_id_are_kept_apart_and_once(desk: Desk) -> None:
    desk.gets(mail("One"), mail("Two"), mail("One"))
    assert [entry.text for entry in desk.entries()] == ["One", "Two"]


def test_a_copied_message_id_hides_nobodys_words(desk: Desk) -> None:
    desk.gets(mail("Noise", sender="eve@elsewhere.example", message_id="<a@mail.example>"))
    desk.gets(mail("My real question", message_id="<a@mail.example>"))
    assert [entry.text for entry in desk.entries()] == ["Noise", "My real question"]
    assert len(desk.conversations()) == 2


def test_a_mail_without_a_sender_is_a_conversation_too(desk: Desk) -> None:
    desk.gets(mail("Who am I?", sender=""))
    assert [entry.text for entry in desk.entries()] == ["Who am I?"]


@pytest.mark.parametrize(
    "date",
    ["Thu, 01 Jan 1970 00:00:00 +0000", "Sat, 01 Jan 2050 00:00:00 Z", "", "the day after", "\t"],
)
def test_the_order_is_by_arrival_whatever_date_a_mail_claims(desk: Desk, date: str) -> None:
    """R-36."""
    dated = {"Date": date} if date else {}
    desk.gets(mail("First", message_id="<a@mail.example>", **dated))
    desk.gets(mail("Second", message_id="<b@mail.example>"))
    [conversation] = desk.conversations()
    assert conversation.preview == "Second"
    assert abs(conversation.last_message_at - clock.now()) < timedelta(minutes=1)
    assert [entry.text for entry in desk.entries()] == ["First", "Second"]


# --- machines


def test_a_bounce_is_told_at_its_message_and_blocks_the_address(desk: Desk) -> None:
    message, _ = desk.tells()
    desk.gets(bounce(message.message_id, "mara@mail.example", "5.1.1"))
    with store_scope(desk.store.pk):
        message.refresh_from_db()
        assert (message.state, message.reason) == ("failed", "unknown_address")
        assert Suppression.objects.get().reason == "hard_bounce"
    assert desk.conversations() == []


def test_a_bounce_of_an_answer_opens_its_conversation_again(desk: Desk) -> None:
    desk.gets(mail(message_id="<a@mail.example>"))
    message, _ = desk.answers()
    assert desk.conversations()[0].status == "pending"
    desk.gets(bounce(message.message_id, "mara@mail.example", "5.1.1"))
    assert desk.conversations()[0].status == "open"
    assert any("could not be delivered" in entry.text for entry in desk.entries("activity"))


@pytest.mark.parametrize("why", ["an invented mail", "another address"])
def test_a_bounce_nobody_can_have_got_blocks_nobody(desk: Desk, why: str) -> None:
    message, _ = desk.tells()
    if why == "an invented mail":
        desk.gets(bounce("<m.1.invented@lark.example>", "mara@mail.example", "5.1.1"))
    else:
        desk.gets(bounce(message.message_id, "tom@elsewhere.example", "5.1.1"))
    with store_scope(desk.store.pk):
        assert not Suppression.objects.exists()


def test_a_delay_changes_nothing_but_is_written_down(desk: Desk) -> None:
    message, _ = desk.tells()
    desk.gets(bounce(message.message_id, "mara@mail.example", "4.4.1", action="delayed"))
    with store_scope(desk.store.pk):
        message.refresh_from_db()
        assert message.state == "sent"
        assert message.log.filter(event_id__startswith="mail:").exists()
    assert desk.conversations() == []


def test_an_absence_note_wakes_nobody(desk: Desk) -> None:
    desk.gets(mail(message_id="<a@mail.example>"))
    message, _ = desk.answers()
    away = mail(
        "I am away", Auto_Submitted="auto-replied", In_Reply_To=message.message_id, subject="Away"
    )
    desk.gets(away)
    [conversation] = desk.conversations()
    assert (conversation.status, conversation.waiting_since) == ("pending", None)
    assert [entry.nature for entry in desk.entries()] == ["", "auto_reply"]


def test_an_automatic_answer_to_nothing_of_ours_is_put_aside(desk: Desk) -> None:
    desk.gets(mail("Away", Auto_Submitted="auto-replied"))
    assert desk.conversations() == []
    assert desk.intake() == [("unused", "An automatic answer to nothing of ours.")]


def test_our_own_mail_that_comes_back_ends_here(desk: Desk) -> None:
    """S-16: our own Message-ID back."""
    message, left = desk.tells()
    desk.gets(left.data)
    desk.gets(mail(X_Shopbell_Message=str(message.pk)))
    assert desk.conversations() == []
    assert {state for state, _ in desk.intake()} == {"unused"}


def test_a_mail_that_goes_round_in_circles_ends_here(desk: Desk) -> None:
    """S-16: fifty servers are a loop."""
    hop = b"Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0000\r\n"
    desk.gets(hop * 50 + mail())
    assert desk.conversations() == []
    assert desk.intake()[0][0] == "unused"


def test_an_answer_from_another_shopbell_is_an_answer(desk: Desk) -> None:
    desk.gets(
        mail("We wrote it by hand", X_Shopbell_Message="0199d0a0-0000-7000-8000-000000000000")
    )
    assert len(desk.conversations()) == 1


def test_who_writes_again_after_the_end_is_heard(desk: Desk) -> None:
    desk.gets(mail(message_id="<a@mail.example>"))
    message, _ = desk.answers()
    with store_scope(desk.store.pk):
        set_status(conversation=Conversation.objects.get(), status="resolved", by=None)
    desk.gets(mail("Still broken", In_Reply_To=message.message_id))
    assert desk.conversations()[0].status == "open"


def bounce(message_id: str, recipient: str, status: str, *, action: str = "failed") -> bytes:
    """Return a delivery report as Postfix writes it."""
    return (
        "From: MAILER-DAEMON@mail.example (Mail Delivery System)\r\n"
        "To: hello@lark.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nReturn-Path: <>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {message_id}\r\nSubject: Hello\r\n\r\n--b--\r\n"
    ).encode()
