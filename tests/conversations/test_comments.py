"""Public comments at the desk: answered for all, once in private, hidden; praise is nobody's work.

Against the strict stand-in of Instagram, which refuses what Instagram refuses.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shopbell.connections.models import Connection
from shopbell.conversations.actions import Reply, ask_to_hide, reply_in_private, send_reply
from shopbell.conversations.actions.replies import undo_reply
from shopbell.conversations.messages.praise import is_praise
from shopbell.conversations.models import Conversation, Entry
from shopbell.conversations.tasks import hide_comment
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Written, WrittenKind
from tests.api.callers import Caller, make_key
from tests.backoffice.market import text_of
from tests.connectors.channels.instagram.fake import FakeInstagram
from tests.conversations.inbox_ground import Inbox
from tests.support.talk import connect, entries, post, settle_talk

MIA, JON = "6900000000000011", "6900000000000022"


@pytest.fixture
def instagram() -> Iterator[FakeInstagram]:
    with FakeInstagram() as fake:
        assert isinstance(fake, FakeInstagram)
        yield fake


@pytest.fixture
def line(inbox: Inbox, instagram: FakeInstagram) -> Connection:
    return connect(inbox.market.bench.store, "instagram", **instagram.settings())


def hear(line: Connection, body: bytes) -> Entry:
    """Let a webhook be worked off; returns the newest entry of a customer."""
    with store_scope(line.store_id):
        known = set(Entry.objects.values_list("pk", flat=True))
    post(line, body)
    with store_scope(line.store_id):
        rows = Entry.objects.select_related("conversation", "thread__inbox").exclude(pk__in=known)
        return rows.filter(kind="incoming").order_by("-created_at")[0]


def comment(line: Connection, fake: FakeInstagram, person: str, text: str, **more: Any) -> Entry:
    return hear(line, fake.comment(person, text, **more)[1])


def privately(inbox: Inbox, entry: Entry, text: str) -> Entry:
    store = inbox.market.bench.store
    with store_scope(store.pk):
        made = reply_in_private(store=store, entry=entry, author=inbox.ada, reply=Reply(text))
    return made


def publicly(inbox: Inbox, entry: Entry, text: str) -> Entry:
    store = inbox.market.bench.store
    with store_scope(store.pk):
        row = Conversation.objects.get(pk=entry.conversation_id)
        return send_reply(store=store, conversation=row, author=inbox.ada, reply=Reply(text))


def let_leave(inbox: Inbox) -> None:
    with store_scope(inbox.market.bench.store.pk):
        Message.objects.update(due_at=clock.now())
    settle_talk()


def fresh(entry: Entry) -> Entry:
    with store_scope(entry.store_id):
        return Entry.objects.select_related("conversation", "thread", "outgoing").get(pk=entry.pk)


def test_a_complaint_goes_from_the_comment_into_private_and_stays_one_conversation(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    complaint = comment(line, instagram, MIA, "Third week and still no parcel!")
    asked = privately(inbox, complaint, "We are sorry. Which order is it?")
    let_leave(inbox)
    told = complaint.data["provider_id"]
    assert [(sent.to, sent.comment) for sent in instagram.sent] == [(MIA, told)]
    assert instagram.comments[told].replies == []
    assert fresh(asked).outgoing.state == "sent"  # type: ignore[union-attr]

    answer = hear(line, instagram.write(MIA, "It is 1001"))
    assert answer.conversation_id == complaint.conversation_id
    assert answer.conversation.status == "open"
    assert answer.thread_id == fresh(asked).thread_id != complaint.thread_id
    publicly(inbox, answer, "Thank you, it arrives tomorrow.")  # where she wrote last: in private
    let_leave(inbox)
    assert [sent.text for sent in instagram.sent][1:] == ["Thank you, it arrives tomorrow."]


def test_an_answer_to_a_comment_is_public_and_keeps_its_length(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    question = comment(line, instagram, MIA, "Do you ship to Malta?")
    with pytest.raises(Invalid, match="300 characters below a comment"):
        publicly(inbox, question, "x" * 301)
    publicly(inbox, question, "Yes, in five days.")
    let_leave(inbox)
    assert instagram.comments[question.data["provider_id"]].replies == ["Yes, in five days."]
    assert instagram.sent == []


def test_only_one_private_reply_and_only_in_time(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    old = comment(line, instagram, MIA, "Hm?", at=clock.now() - timedelta(days=7, minutes=1))
    with pytest.raises(Conflict, match="too late"):
        privately(inbox, old, "Hello")
    young = comment(line, instagram, MIA, "Hello?")
    privately(inbox, young, "Hello")
    with pytest.raises(Conflict, match="already"):
        privately(inbox, young, "Hello again")


def test_a_private_reply_that_was_taken_back_may_be_written_anew(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    question = comment(line, instagram, MIA, "Hello?")
    made = privately(inbox, question, "Helo")
    with store_scope(line.store_id):
        undo_reply(entry=fresh(made), by=inbox.ada)
    privately(inbox, question, "Hello")
    let_leave(inbox)
    assert [sent.text for sent in instagram.sent] == ["Hello"]


def test_what_somebody_else_writes_below_a_comment_is_theirs(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    first = comment(line, instagram, MIA, "Where is my parcel?")
    second = comment(line, instagram, JON, "Same here", parent=first.data["provider_id"])
    assert second.conversation_id == first.conversation_id
    assert second.customer_id != first.customer_id

    privately(inbox, second, "Which order is yours?")
    let_leave(inbox)
    assert instagram.sent[0].to == JON
    answer = hear(line, instagram.write(JON, "It is 1002"))
    assert answer.conversation_id != first.conversation_id
    assert answer.customer_id == second.customer_id


def test_a_comment_is_hidden_and_shown_again_with_who_did_it(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    spam = comment(line, instagram, JON, "Buy followers at example dot com")
    told = spam.data["provider_id"]
    for hidden in (True, False):
        with store_scope(line.store_id):
            ask_to_hide(entry=spam, hidden=hidden, by=inbox.ada)
        hide_comment(line.store_id, str(spam.pk), hidden, str(inbox.ada.pk))
        assert instagram.comments[told].hidden is hidden
        assert fresh(spam).data["hidden"] is hidden
    said = [entry.text for entry in entries(inbox.market.bench.store) if entry.kind == "activity"]
    assert said[-2:] == [f"Comment of user.{JON} hidden", f"Comment of user.{JON} shown again"]


def test_what_cannot_be_hidden_is_said_and_a_busy_platform_is_asked_again(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    spam = comment(line, instagram, JON, "Buy followers")
    with store_scope(line.store_id):
        ask_to_hide(entry=spam, hidden=True, by=inbox.ada)
    instagram.answers.append((503, {"retry-after": "9"}, b""))
    hide_comment(line.store_id, str(spam.pk), True, "")
    assert fresh(spam).data["hiding"] is True  # and a job waits

    del instagram.comments[spam.data["provider_id"]]
    hide_comment(line.store_id, str(spam.pk), True, "")
    assert "hiding" not in fresh(spam).data
    assert "could not be hidden" in entries(inbox.market.bench.store)[-1].text


def test_hearts_are_nobodys_work_until_words_follow(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    hearts = comment(line, instagram, MIA, "😍😍 @lark.larder 👏🏽")
    assert (hearts.conversation.status, hearts.conversation.waiting_since) == ("resolved", None)
    words = comment(
        line, instagram, MIA, "Is it dishwasher safe?", parent=hearts.data["provider_id"]
    )
    assert words.conversation_id == hearts.conversation_id
    assert words.conversation.status == "open"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("😍", True),
        ("❤️❤️❤️", True),
        ("👏🏽 @lark.larder", True),
        ("👩‍👩‍👧 🎉!", False),
        ("😡", False),
        ("😍 but where is it", False),
        ("🤷?", False),
        ("@lark.larder", False),
        ("...", False),
        ("", False),
    ],
)
def test_what_counts_as_praise(text: str, expected: bool) -> None:
    written = Written("c1", MIA, clock.now(), WrittenKind.COMMENT, text=text)
    assert is_praise(written) is expected
    assert not is_praise(Written("m1", MIA, clock.now(), text=text))


def test_the_page_offers_what_can_be_done_and_does_it(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    question = comment(line, instagram, MIA, "Third week and still no parcel!")
    owner = inbox.market.person()
    path = f"/s/lark/inbox/{question.conversation.number}/"
    page = text_of(owner, path)
    for words in ("Public comment", "Everybody can read this answer", "Reply in private"):
        assert words in page
    assert "Hide from others" in page
    base = f"{path}entries/{question.pk}"
    assert owner.post(f"{base}/private/", {"text": "Which order?"}).status_code == 302
    assert owner.post(f"{base}/hide/", {"hidden": "yes"}).status_code == 302
    page = text_of(owner, path)
    assert "Answered in private." in page
    assert "Being hidden" in page
    assert "in private" in page
    assert owner.get(f"{base}/hide/").status_code == 405


def test_a_program_can_do_the_same(
    inbox: Inbox, line: Connection, instagram: FakeInstagram
) -> None:
    store = inbox.market.bench.store
    question = comment(line, instagram, MIA, "Hello?")
    caller = Caller(store, make_key(store))
    base = f"/conversations/{question.conversation.number}/comments/{question.pk}"
    made = caller.ask("POST", f"{base}/private-reply", {"text": "Which order is it?"})
    assert (made.status, made.json["public"]) == (201, False)
    assert caller.ask("POST", f"{base}/private-reply", {"text": "Hello?"}).status == 409
    assert caller.ask("POST", f"{base}/hide", {"hidden": True}).status == 202
    shown = caller.get(f"/conversations/{question.conversation.number}")["entries"][0]
    assert (shown["public"], shown["hidden"]) == (True, False)
