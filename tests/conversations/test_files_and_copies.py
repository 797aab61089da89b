"""Answers with files and copies: what goes along, what is refused, what nobody else may see."""

import uuid
from collections.abc import Iterator

import pytest
from django.db import connection

from shopbell.accounts.models import Store, User
from shopbell.consent.actions import suppress_address
from shopbell.conversations.actions import (
    Reply,
    add_note,
    drop_upload,
    send_reply,
    undo_reply,
    upload_file,
)
from shopbell.conversations.models import Attachment, Conversation, Entry
from shopbell.conversations.queries import pending_files
from shopbell.conversations.recipients import addresses_in, offered_copies
from shopbell.conversations.visitors import Visitor, shown_to, thread_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid, NotFound
from shopbell.kit.media import drop_file, file_bytes, is_kept
from shopbell.messaging.models import Message
from tests.conversations.ground import add_widget, agent, conversation_of, write
from tests.conversations.inbox_ground import PIXEL
from tests.support.shop import add_smtp, make_store, settle
from tests.support.smtp_sink import SmtpSink

PDF = b"%PDF-1.4 a label"


@pytest.fixture
def store(db: None) -> Iterator[Store]:
    store = make_store()
    with store_scope(store.pk):
        yield store


@pytest.fixture
def ada(store: Store) -> User:
    return agent(store)


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def mailed(committed_db: None, sink: SmtpSink) -> Entry:
    """Return what Mara wrote to a store whose answers leave at once."""
    store = make_store(policies={"desk": {"undo_seconds": 0}})
    mail = add_smtp(store, sink.port)
    with store_scope(store.pk):
        return write(mail, "The label?", subject="Label", message_id="<q@mail.example>")


def answer(entry: Entry, text: str = "Here.", *names: str, **fields: object) -> Entry:
    """Answer as the agent, with files of these names."""
    from shopbell.accounts.queries import store_by_id

    store = store_by_id(entry.store_id)
    with store_scope(store.pk):
        row, ada = Conversation.objects.get(pk=entry.conversation_id), agent(store)
        files = tuple(
            upload_file(conversation=row, by=ada, name=name, content=PDF).pk for name in names
        )
        return send_reply(
            store=store,
            conversation=row,
            author=ada,
            reply=Reply(text, files=files, **fields),  # type: ignore[arg-type]
        )


def message_of(entry: Entry) -> Message:
    with store_scope(entry.store_id):
        return Message.objects.get(business_key=f"reply:{entry.pk}")


# ---- files


def test_a_mail_takes_its_files_along(mailed: Entry, sink: SmtpSink) -> None:
    answer(mailed, "Here is **the label**.", "Rücksendung Größe M.pdf", "b.pdf")
    settle()
    [mail] = sink.wait_for(1)
    first, second = list(mail.parsed.iter_attachments())
    assert (first.get_filename(), first.get_content_type()) == (
        "Rücksendung Größe M.pdf",
        "application/pdf",
    )
    assert first.get_content() == PDF
    assert second.get_filename() == "b.pdf"
    assert "Here is **the label**." in mail.body()
    assert "<strong>the label</strong>" in mail.body("html")


def test_a_mail_with_a_lost_file_does_not_go_and_says_why(mailed: Entry, sink: SmtpSink) -> None:
    reply = answer(mailed, "Here.", "label.pdf")
    with store_scope(mailed.store_id):
        drop_file(Attachment.objects.get().key)
    settle()
    message = message_of(reply)
    assert (message.state, message.reason) == ("held", "file_missing")
    assert "“label.pdf” is not there any more" in message.reason_text
    assert sink.count == 0


def test_sent_again_the_files_go_along_again(mailed: Entry, sink: SmtpSink) -> None:
    from shopbell.messaging.actions import resend_message

    reply = answer(mailed, "Here.", "label.pdf", cc=("tom@mail.example",))
    settle()
    with store_scope(mailed.store_id):
        resend_message(message=message_of(reply), by="Ada")
    settle()
    again = sink.wait_for(2)[1]
    assert [part.get_filename() for part in again.parsed.iter_attachments()] == ["label.pdf"]
    assert again.recipients == ("mara@shop.example", "tom@mail.example")


def test_files_wait_are_typed_by_content_and_can_be_dropped(store: Store, ada: User) -> None:
    row = conversation_of(write(add_widget(store)))
    file = upload_file(conversation=row, by=ada, name="../a\\photo.pdf", content=PIXEL)
    assert (file.name, file.content_type, file.size) == ("photo.pdf", "image/png", len(PIXEL))
    assert pending_files(row, ada) == [file]
    with pytest.raises(Invalid, match="empty"):
        upload_file(conversation=row, by=ada, name="x", content=b"")
    drop_upload(conversation=row, key=file.pk, by=ada)
    assert pending_files(row, ada) == []
    assert is_kept(file.key)  # until the transaction is over
    for callback in connection.run_on_commit:
        callback[1]()
    assert not is_kept(file.key)


def test_undo_gives_the_files_back(store: Store, ada: User) -> None:
    entry = write(add_smtp(store, 1))
    reply = answer(entry, "", "label.pdf")
    conversation = conversation_of(entry)
    assert conversation.preview == "label.pdf"
    assert pending_files(conversation, ada) == []
    assert undo_reply(entry=reply, by=ada) == ""
    [file] = pending_files(conversation, ada)
    assert (file.name, file_bytes(file.key)) == ("label.pdf", PDF)


def test_a_chat_shows_the_visitor_the_agents_file(store: Store) -> None:
    entry = write(add_widget(store), visitor="v1")
    answer(entry, "", "label.pdf")
    thread = thread_of(Visitor(store.pk, "v1"))
    assert thread is not None
    last = shown_to(thread)[-1]
    assert [each.name for each in last.attachments.all()] == ["label.pdf"]


def test_more_than_the_channel_takes_is_refused_and_kept(
    store: Store, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = write(add_smtp(store, 1))
    row = conversation_of(entry)
    big = [
        upload_file(conversation=row, by=ada, name=f"{n}.bin", content=bytes(9_500_000)).pk
        for n in range(2)
    ]
    with pytest.raises(Invalid, match="18 MB together"):
        send_reply(store=store, conversation=row, author=ada, reply=Reply("Here", files=tuple(big)))
    assert len(pending_files(row, ada)) == 2


def test_nobody_sends_a_file_that_somebody_else_has_ready(store: Store, ada: User) -> None:
    row = conversation_of(write(add_widget(store)))
    other = User.objects.create(email="liv@lark.example", name="Liv")
    file = upload_file(conversation=row, by=other, name="a", content=PDF)
    for files in ((file.pk,), (uuid.uuid4(),)):
        with pytest.raises(NotFound, match="not there any more"):
            send_reply(store=store, conversation=row, author=ada, reply=Reply("x", files=files))
    note = add_note(conversation=row, author=other, text="", files=(file.pk,))
    assert [each.name for each in note.attachments.all()] == ["a"]


def test_a_chat_that_goes_on_by_mail_takes_its_files_along(committed_db: None) -> None:
    store = make_store(policies={"desk": {"chat_to_mail_seconds": 0}})
    with SmtpSink() as sink:
        add_smtp(store, sink.port)
        chat = add_widget(store)
        from shopbell.conversations.actions import leave_address
        from shopbell.conversations.continuation import run_continuations

        with store_scope(store.pk):
            entry = write(chat)
            assert entry.thread is not None
            leave_address(store=store, thread=entry.thread, email="mara@mail.example")
        answer(entry, "Here it is", "label.pdf")
        settle()
        run_continuations()
        settle()
        [mail] = sink.wait_for(1)
    assert [part.get_filename() for part in mail.parsed.iter_attachments()] == ["label.pdf"]


# ---- copies


def test_copies_go_out_and_hidden_ones_stand_nowhere(mailed: Entry, sink: SmtpSink) -> None:
    reply = answer(
        mailed, "Here.", cc=("tom@mail.example", "mara@shop.example"), bcc=("boss@lark.example",)
    )
    settle()
    [mail] = sink.wait_for(1)
    assert mail.recipients == ("mara@shop.example", "tom@mail.example", "boss@lark.example")
    assert mail.parsed["Cc"] == "tom@mail.example"
    assert b"boss" not in mail.data
    assert (reply.copies, reply.blind_copies) == (["tom@mail.example"], ["boss@lark.example"])


def test_a_blocked_address_gets_no_copy_and_the_others_do(mailed: Entry, sink: SmtpSink) -> None:
    from shopbell.accounts.queries import store_by_id

    store = store_by_id(mailed.store_id)
    with store_scope(store.pk):
        suppress_address(
            store=store, medium="email", address="gone@mail.example", reason="hard_bounce",
            scope="*", detail="",
        )  # fmt: skip
    reply = answer(mailed, "Here.", cc=("gone@mail.example", "tom@mail.example"))
    settle()
    [mail] = sink.wait_for(1)
    assert mail.recipients == ("mara@shop.example", "tom@mail.example")
    assert mail.parsed["Cc"] == "tom@mail.example"
    message = message_of(reply)
    assert message.state == "sent"
    assert "No copy to gone@mail.example" in message.reason_text


def test_a_copy_the_server_refuses_stops_nothing_and_the_customers_stops_all(
    mailed: Entry, sink: SmtpSink
) -> None:
    sink.fail("rcpt", reply="550 5.1.1 Nobody here", to="gone@*")
    reply = answer(mailed, "Here.", cc=("gone@mail.example", "tom@mail.example"))
    settle()
    [mail] = sink.wait_for(1)
    assert mail.recipients == ("mara@shop.example", "tom@mail.example")
    with store_scope(mailed.store_id):
        said = message_of(reply).log.order_by("-at")[0].text
    assert "No copy to gone@mail.example: 550" in said
    # and when the customer's own address is refused, nobody gets it
    sink.heal()
    sink.fail("rcpt", reply="550 5.1.1 Nobody here", to="mara@*")
    reply = answer(mailed, "And?", cc=("tom@mail.example",))
    settle()
    assert message_of(reply).state == "failed"
    assert sink.count == 1


def test_a_bounce_of_a_copy_is_not_the_customers(mailed: Entry, sink: SmtpSink) -> None:
    from shopbell.accounts.queries import store_by_id
    from shopbell.consent.models import Suppression
    from shopbell.messaging.actions import apply_receipts
    from shopbell.messaging.ports import Receipt, ReceiptKind

    reply = answer(mailed, "Here.", cc=("tom@mail.example",))
    settle()
    message = message_of(reply)
    with store_scope(mailed.store_id):
        bounce = Receipt(
            ReceiptKind.HARD_BOUNCE, clock.now(), "tom@mail.example", message_id=message.message_id
        )
        apply_receipts(store=store_by_id(mailed.store_id), receipts=[bounce])
        assert Suppression.objects.count() == 1
    assert message_of(reply).state == "sent"


def test_copies_are_addresses_by_mail_and_never_our_own(store: Store) -> None:
    mail = add_smtp(store, 1)
    entry, chat = write(mail), write(add_widget(store), email="tom@shop.example")
    assert addresses_in("Tom <tom@x.example>; liv@y.example,") == ["tom@x.example", "liv@y.example"]
    for bad in ("tom", "tom@x.example\r\nBcc: all@x.example@", "a b@x"):
        with pytest.raises(Invalid):
            addresses_in(bad)
    with pytest.raises(Invalid, match="own inbox"):
        answer(entry, cc=(mail.address,))
    with pytest.raises(Invalid, match="by e-mail only"):
        answer(chat, cc=("tom@x.example",))


def test_whom_the_customer_copied_is_offered_and_may_answer(store: Store) -> None:
    mail = add_smtp(store, 1)
    entry = write(mail, copies=("tom@mail.example", mail.address))
    assert offered_copies(entry.thread, entry) == ["tom@mail.example"]
