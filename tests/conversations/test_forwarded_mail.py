"""A customer's mail that a colleague forwards: offered, taken over, answered to the customer."""

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Store, User
from shopbell.conversations.actions import (
    Reply,
    leave_forward,
    send_reply,
    take_over_forward,
)
from shopbell.conversations.models import Conversation, Entry
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, open_inbox
from tests.conversations.post import add_mailbox, deliver, mail, work
from tests.support.shop import make_store
from tests.support.smtp_sink import SinkMessage, SmtpSink

pytestmark = pytest.mark.django_db
ADA = "Ada <ada@lark.example>"
SECRET = "Careful, she is a difficult one."
BLOCK = (
    "---------- Forwarded message ---------\nFrom: Mara Kern <mara@mail.example>\n"
    "Date: Tue, 3 Nov 2026 09:05:00 +0100\nSubject: Cracked cup\nTo: <ada@lark.example>\n\n"
    "Hello,\n\none of the cups is cracked.\n\nMara"
)
VOUCHED = "mx.lark.example; dmarc=pass header.from=lark.example"


class Desk:
    """A store with a mailbox, whose agent Ada forwards mails."""

    def __init__(self, sink: SmtpSink, **policy: Any) -> None:
        self.sink = sink
        self.store: Store = make_store(
            policies={"desk": {"undo_seconds": 0, "acknowledgement": "Thank you."} | policy}
        )
        self.inbox = add_mailbox(self.store, smtp=sink.port)
        self.ada: User = add_staff(
            store=self.store, email="ada@lark.example", name="Ada", role="agent"
        ).user

    def gets(self, *raws: bytes) -> None:
        deliver(self.inbox, *raws)

    def gets_forwarded(self, text: str = f"{SECRET}\n\n{BLOCK}", **fields: str) -> Entry:
        self.gets(mail(text, **({"sender": ADA, "subject": "Fwd: Cracked cup"} | fields)))
        return self.entries()[-1]

    def takes(self, entry: Entry, **fields: str) -> Conversation:
        with store_scope(self.store.pk):
            return take_over_forward(store=self.store, entry=entry, by=self.ada, **fields)

    def answers(self, number: int = 1) -> SinkMessage:
        with store_scope(self.store.pk):
            row = Conversation.objects.get(number=number)
            send_reply(store=self.store, conversation=row, author=self.ada, reply=Reply("Sorry!"))
        work()
        return self.sink.wait_for(1)[-1]

    def entries(self, kind: str = "incoming") -> list[Entry]:
        with store_scope(self.store.pk):
            rows = Entry.objects.filter(kind=kind).select_related(
                "thread", "author", "conversation__customer"
            )
            return list(rows.prefetch_related("attachments").order_by("created_at", "id"))


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def desk(sink: SmtpSink) -> Desk:
    return Desk(sink)


def test_what_a_colleague_forwards_is_offered_and_nothing_more(desk: Desk) -> None:
    entry = desk.gets_forwarded()
    offer = entry.data["forwarded"]
    assert (offer["state"], offer["by_name"]) == ("offered", "Ada")
    assert (offer["name"], offer["address"]) == ("Mara Kern", "mara@mail.example")
    assert (entry.sender_address, entry.text) == ("ada@lark.example", SECRET)
    assert entry.conversation.customer is not None
    assert entry.conversation.customer.email == "ada@lark.example"
    assert desk.sink.count == 0  # no "thank you" to a colleague


def test_taken_over_it_is_the_customers_conversation(desk: Desk) -> None:
    desk.takes(desk.gets_forwarded())
    [entry], [note], [*done] = desk.entries(), desk.entries("note"), desk.entries("activity")
    row = entry.conversation
    assert row.customer is not None
    assert (row.customer.email, row.customer.name) == ("mara@mail.example", "Mara Kern")
    assert (row.number, row.subject, row.message_count) == (1, "Cracked cup", 1)
    assert (entry.sender_name, entry.sender_address) == ("Mara Kern", "mara@mail.example")
    assert entry.text == "Hello,\n\none of the cups is cracked.\n\nMara"
    assert entry.happened_at.isoformat() == "2026-11-03T08:05:00+00:00"
    assert entry.thread is not None
    assert entry.thread.address == "mara@mail.example"
    assert (note.text, note.author) == (SECRET, desk.ada)
    assert note.happened_at > entry.happened_at
    assert done[-1].text == "Taken over as mara@mail.example’s mail, forwarded by Ada"
    assert "authenticated" not in entry.data


def test_the_answer_goes_to_the_customer_without_the_colleagues_words(desk: Desk) -> None:
    desk.takes(desk.gets_forwarded(In_Reply_To="<cup@mail.example>", Cc="tom@lark.example"))
    left = desk.answers()
    assert left.recipients == ("mara@mail.example",)
    assert left.parsed["Subject"] == "Re: Cracked cup"
    assert left.parsed["In-Reply-To"] == "<cup@mail.example>"
    assert b"one of the cups" in left.data
    assert b"difficult" not in left.data


def test_who_answers_that_is_in_the_conversation(desk: Desk) -> None:
    desk.takes(desk.gets_forwarded())
    left = desk.answers()
    desk.gets(mail("Thanks!", to=str(left.parsed["Reply-To"])))
    first, second = desk.entries()
    assert first.conversation_id == second.conversation_id


def test_each_forwarded_mail_is_a_conversation_of_its_own(desk: Desk) -> None:
    other = BLOCK.replace("mara@", "tom@").replace("Mara Kern", "Tom")
    first = desk.gets_forwarded()
    second = desk.gets_forwarded(other)
    assert first.conversation_id != second.conversation_id


def test_the_same_mail_again_changes_nothing(desk: Desk) -> None:
    raw = mail(f"See\n\n{BLOCK}", sender=ADA, subject="Fwd: Cup", message_id="<f@lark.example>")
    desk.gets(raw)
    desk.takes(desk.entries()[0])
    desk.gets(raw, mail(f"See\n\n{BLOCK}", sender=ADA, subject="Fwd: Cup",
                        message_id="<f@lark.example>", X_Way="another"))  # fmt: skip
    [entry] = desk.entries()
    assert entry.data["forwarded"]["state"] == "taken"


def test_an_attached_mail_brings_its_page_and_its_files(desk: Desk) -> None:
    inner = EmailMessage()
    inner["From"], inner["To"] = "Mara Kern <mara@mail.example>", "ada@lark.example"
    inner["Subject"], inner["Date"] = "Cracked cup", "Tue, 03 Nov 2026 08:05:00 +0000"
    inner["Message-ID"] = "<cup@mail.example>"
    inner.set_content("One of the cups is cracked.")
    inner.add_alternative("<p>One of the <b>cups</b> is cracked.</p>", subtype="html")
    inner.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="b.pdf")
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = ADA, "hello@lark.example", "See below"
    outer.set_content("Please answer")
    outer.add_attachment(inner)
    desk.gets(outer.as_bytes())
    desk.takes(desk.entries()[0])
    [entry], [note] = desk.entries(), desk.entries("note")
    assert entry.text == "One of the cups is cracked."
    assert "<b>cups</b>" in entry.html
    names = {file.name for file in entry.attachments.all()}
    assert names == {"Cracked cup.eml", "b.pdf"}
    assert note.text == "Please answer"
    assert desk.answers().parsed["In-Reply-To"] == "<cup@mail.example>"


@pytest.mark.parametrize(
    "head",
    [
        "mx.lark.example; dmarc=pass header.from=lark.example",
        "mx.lark.example; dmarc=fail header.from=lark.example",
        "",
    ],
)
def test_without_a_trusted_server_nothing_happens_by_itself(desk: Desk, head: str) -> None:
    entry = desk.gets_forwarded(**({"Authentication_Results": head} if head else {}))
    assert entry.data["forwarded"]["state"] == "offered"


@pytest.mark.parametrize(
    ("head", "state"),
    [
        (VOUCHED, "taken"),
        ("mx.evil.example; dmarc=pass header.from=lark.example", "offered"),
        ("mx.lark.example; dmarc=fail header.from=lark.example", "offered"),
        ("mx.lark.example; dmarc=none", "offered"),
        ("", "offered"),
    ],
)
def test_with_one_it_does_for_whom_that_server_vouches(
    sink: SmtpSink, head: str, state: str
) -> None:
    desk = Desk(sink, forwards_vouched_by="mx.lark.example")
    entry = desk.gets_forwarded(**({"Authentication_Results": head} if head else {}))
    assert entry.data["forwarded"]["state"] == state
    wanted = "mara@mail.example" if state == "taken" else "ada@lark.example"
    assert entry.conversation.customer is not None
    assert entry.conversation.customer.email == wanted
    assert sink.count == 0


def test_strangers_are_never_taken_over_by_themselves(sink: SmtpSink) -> None:
    desk = Desk(sink, forwards_vouched_by="mx.lark.example")
    entry = desk.gets_forwarded(
        sender="Eve <eve@evil.example>",
        Authentication_Results="mx.lark.example; dmarc=pass header.from=evil.example",
    )
    assert entry.data["forwarded"]["state"] == "offered"
    assert entry.data["forwarded"]["by"] is None


def test_a_customers_own_forward_stays_with_their_other_words_until_somebody_takes_it(
    desk: Desk,
) -> None:
    desk.gets(mail("Hello?", sender="Tom <tom@mail.example>"))
    entry = desk.gets_forwarded(sender="Tom <tom@mail.example>")
    assert entry.conversation.number == 1
    made = desk.takes(entry)
    assert made.number == 2
    first, second = desk.entries()
    assert (first.conversation.number, first.conversation.message_count) == (1, 1)
    assert first.conversation.customer is not None
    assert first.conversation.customer.email == "tom@mail.example"
    assert second.conversation.number == 2
    [note] = desk.entries("note")
    assert (note.sender_name, note.text) == ("Tom", SECRET)


@pytest.mark.parametrize("writer", ["ada@lark.example", "hello@lark.example", "owner@lark.example"])
def test_our_own_words_are_not_offered(desk: Desk, writer: str) -> None:
    entry = desk.gets_forwarded(BLOCK.replace("mara@mail.example", writer))
    assert "forwarded" not in entry.data


def test_an_answer_of_a_colleague_is_not_offered(desk: Desk) -> None:
    entry = desk.gets_forwarded(subject="Re: Cracked cup")
    assert "forwarded" not in entry.data


def test_without_an_address_in_it_somebody_types_one(desk: Desk) -> None:
    entry = desk.gets_forwarded(BLOCK.replace(" <mara@mail.example>", ""))
    assert entry.data["forwarded"]["address"] == ""
    for wrong in ("", "mara", "hello@lark.example", "ada@lark.example"):
        with pytest.raises(Invalid):
            desk.takes(entry, address=wrong)
    made = desk.takes(entry, address="Mara@mail.example ")
    assert made.customer is not None
    assert made.customer.email == "mara@mail.example"


def test_it_is_taken_once_or_left(desk: Desk) -> None:
    entry = desk.gets_forwarded()
    with store_scope(desk.store.pk):
        leave_forward(entry=entry)
    with pytest.raises(Conflict):
        desk.takes(entry)
    other = desk.gets_forwarded(message_id="<other@lark.example>")
    desk.takes(other)
    with pytest.raises(Conflict):
        desk.takes(other)


def test_the_page_offers_it_and_says_afterwards_who_forwarded_it() -> None:
    inbox: Inbox = open_inbox(Market.open())
    client, page = inbox.market.person(), "/s/lark/inbox/1/"
    offer = {
        "state": "offered", "by": inbox.ada.pk, "by_name": "Ada", "name": "Mara", "subject": "Cup",
        "address": "mara@mail.example", "sent_at": "", "text": "It is cracked", "above": "See",
        "message_id": "", "file": None,
    }  # fmt: skip
    entry = inbox.write("See", by_mail=True, email="ada@lark.example", data={"forwarded": offer})
    shown = text_of(client, page)
    assert "Take over as mara@mail.example’s mail" in shown
    assert "Nothing proves who sent it" in shown
    assert "Take over as" not in text_of(inbox.market.person("light"), page)
    told = client.post(f"{page}entries/{entry.pk}/forwarded/", headers={"HX-Request": "true"})
    assert '"desk:open": {"number": 1}' in told.headers["HX-Trigger"]  # the composer names anew
    shown = text_of(client, page)
    assert "Take over as" not in shown
    assert "Mara</span>, forwarded by Ada" in shown
    assert "Internal note" in shown
