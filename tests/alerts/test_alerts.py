"""Who is told of what, once, and no longer when they have seen it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import User
from shopbell.alerts.actions import choose, dismiss_alerts, follow, unfollow
from shopbell.alerts.kinds import ByMail
from shopbell.alerts.models import Alert, Follower
from shopbell.alerts.pumps import run_alerts
from shopbell.alerts.queries import alerts_of, unread_on_page
from shopbell.conversations.actions import (
    Reply,
    add_note,
    assign,
    mark_seen,
    merge_conversations,
    send_reply,
)
from shopbell.conversations.mentions import find_mentions
from shopbell.conversations.models import Conversation
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from tests.conversations.ground import add_widget, agent, conversation_of, write
from tests.support.shop import add_smtp, make_store, settle
from tests.support.smtp_sink import SmtpSink


class Desk:
    """A store with a chat, its owner Ada and its agent Tom. Each call is a request of its own."""

    def __init__(self) -> None:
        self.store = make_store()
        self.chat = add_widget(self.store)
        self.ada = agent(self.store)
        with store_scope(self.store.pk):
            self.tom = add_staff(
                store=self.store, email="tom@lark.example", name="Tom Baker", role="agent"
            ).user

    def write(self, text: str, **fields: object) -> Conversation:
        with store_scope(self.store.pk):
            return conversation_of(write(self.chat, text, **fields))

    def give(self, row: Conversation, owner: User, by: User | None = None) -> None:
        with store_scope(self.store.pk):
            assign(conversation=row, by=by or owner, owner=owner)

    def open(self, row: Conversation, user: User) -> None:
        with store_scope(self.store.pk):
            mark_seen(conversation=row, user=user)

    def note(self, row: Conversation, text: str) -> None:
        with store_scope(self.store.pk):
            add_note(conversation=row, author=self.ada, text=text)

    def reply(self, row: Conversation, text: str) -> None:
        with store_scope(self.store.pk):
            send_reply(store=self.store, conversation=row, author=self.ada, reply=Reply(text))

    def told(self, user: User) -> list[tuple[str, str]]:
        """Return what is unread, after everything that waits has been done."""
        settle()
        with store_scope(self.store.pk):
            rows = alerts_of(user)
        return [(row.kind, row.said) for row in rows if row.is_unread]  # type: ignore[attr-defined]

    def forget(self) -> None:
        """Let everybody have read everything."""
        settle()
        with store_scope(self.store.pk):
            dismiss_alerts(user=self.ada)
            dismiss_alerts(user=self.tom)


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_who_has_a_conversation_learns_that_the_customer_wrote(desk: Desk) -> None:
    row = desk.write("Where is it?")
    # given a new conversation, everybody who could take it is told
    assert desk.told(desk.ada) == desk.told(desk.tom) == [("new", "Mara: Where is it?")]
    # when ada takes it, and the customer writes again, and again
    desk.give(row, desk.ada)
    desk.open(row, desk.ada)
    assert desk.told(desk.ada) == []
    desk.write("Hello?")
    settle()
    desk.write("Anybody?")
    # then she is told, in one line; tom is not
    assert desk.told(desk.ada) == [("mine", "Mara: Anybody?")]
    with store_scope(desk.store.pk):
        assert Alert.objects.get(user=desk.ada, kind="mine").count == 2
    assert desk.told(desk.tom) == [("new", "Mara: Where is it?")]


def test_what_one_has_open_is_read(desk: Desk) -> None:
    row = desk.write("Where is it?")
    assert desk.told(desk.ada) != []
    desk.open(row, desk.ada)
    assert desk.told(desk.ada) == []
    with store_scope(desk.store.pk):
        assert not unread_on_page(desk.ada).exists()
        assert len(alerts_of(desk.ada)) == 1  # it stays in the list


def test_a_colleague_named_in_a_note_is_told_and_follows(desk: Desk) -> None:
    row = desk.write("It is broken")
    desk.give(row, desk.ada)
    desk.forget()
    desk.note(row, "Can you look, @Tom Baker? Not @Nobody.")
    [(kind, said)] = desk.told(desk.tom)
    assert (kind, said.endswith("Can you look, @Tom Baker? Not @Nobody.")) == ("mentioned", True)
    # when ada answers, tom follows; ada is not told of what she did herself
    desk.forget()
    desk.reply(row, "We look into it.")
    [(kind, said)] = desk.told(desk.tom)
    assert (kind, said.endswith("We look into it.")) == ("followed", True)
    assert desk.told(desk.ada) == []
    # when he follows no longer
    with store_scope(desk.store.pk):
        unfollow(conversation=row, user=desk.tom)
    desk.forget()
    desk.write("Thank you")
    assert desk.told(desk.tom) == []


def test_one_is_told_what_others_give_one_but_not_what_one_takes(desk: Desk) -> None:
    row = desk.write("Hello")
    desk.forget()
    desk.give(row, desk.tom, by=desk.ada)
    assert desk.told(desk.tom) == [("assigned", "Mara: Hello")]
    desk.give(row, desk.ada)
    assert desk.told(desk.ada) == []


def test_machines_that_answer_alert_nobody(desk: Desk) -> None:
    desk.write("I am away", nature="auto_reply")
    assert desk.told(desk.ada) == []


def test_names_are_found_whole_and_the_longest_wins() -> None:
    ann, marie = User(pk=1, name="Ann", email="a@x.example"), User(pk=2, name="Ann-Marie")
    assert find_mentions("@Ann-Marie and @ann, not mail@ann.example", [ann, marie]) == [marie, ann]
    assert find_mentions("@Annabel @Anne ann", [ann, marie]) == []
    assert find_mentions("see @a@x.example.", [ann, marie]) == [ann]


def test_what_stays_unread_goes_in_one_mail(desk: Desk) -> None:
    with SmtpSink() as sink:
        with store_scope(desk.store.pk):
            add_smtp(desk.store, sink.port)
            choose(user=desk.ada, kind="mine", page=True, push=False, mail=ByMail.SOON)
            choose(user=None, kind="new", page=False, push=False, mail=ByMail.NEVER)
        names = ("one", "two", "three")
        rows = [desk.write(f"Case <{name}>", email=f"{name}@shop.example") for name in names]
        for row in rows:
            desk.give(row, desk.ada)
        for name in names:
            desk.write(f"News of <{name}>", email=f"{name}@shop.example")
        assert [kind for kind, _ in desk.told(desk.ada)] == ["mine"] * 3
        # when she reads one of them
        desk.open(rows[0], desk.ada)
        assert run_alerts() == 0  # not at once
        with store_scope(desk.store.pk):
            Alert.objects.exclude(mail_due_at=None).update(mail_due_at=clock.now())
        assert run_alerts() == 3
        settle()
        # then one mail tells of the other two, and only once
        [mail] = [each for each in sink.messages if desk.ada.email in each.recipients]
        assert "2 news" in mail.subject
        assert "News of &lt;two&gt;" in mail.body("html")
        assert "one" not in mail.body("plain").replace("Choose", "")
        assert mail.parsed["auto-submitted"] == "auto-generated"
        assert run_alerts() == 0
        with store_scope(desk.store.pk):
            assert Message.objects.get(kind="staff_alert").state == "sent"


def test_following_twice_is_once(desk: Desk) -> None:
    row = desk.write("Hello")
    with store_scope(desk.store.pk):
        for _ in range(2):
            follow(conversation=row, user=desk.tom)
        assert Follower.objects.filter(conversation=row).count() == 1


def test_what_happens_twice_before_anybody_looks_is_told_in_order(desk: Desk) -> None:
    row = desk.write("Where is it?")
    desk.give(row, desk.ada)
    desk.forget()
    # given two questions, and two notes of which the first lets tom follow, in one batch
    desk.write("Hello?")
    desk.write("Anybody?")
    desk.note(row, "Can you look, @Tom Baker?")
    desk.note(row, "It is urgent")
    # then each counts, and the last words are shown
    assert desk.told(desk.ada) == [("mine", "Mara: Anybody?")]
    with store_scope(desk.store.pk):
        assert Alert.objects.get(user=desk.ada, kind="mine").count == 2
    told = {kind: said.partition(": ")[2] for kind, said in desk.told(desk.tom)}
    assert told == {"mentioned": "Can you look, @Tom Baker?", "followed": "It is urgent"}


def test_what_was_merged_away_meanwhile_is_told_to_nobody_and_the_rest_is(desk: Desk) -> None:
    row = desk.write("Where is it?")
    other = desk.write("Another thing", visitor="visitor-2", fresh=True)
    with store_scope(desk.store.pk):
        merge_conversations(conversation=other, into=row, by=desk.ada)
    desk.write("A third", visitor="visitor-3", fresh=True)
    # then only of the third; the first is not new any more, it has two messages
    assert desk.told(desk.tom) == [("new", "Mara: A third")]


def test_many_events_cost_as_many_statements_as_a_few(desk: Desk) -> None:
    def questions(first: int, count: int) -> int:
        for n in range(first, first + count):
            desk.write("Where is it?", visitor=f"visitor-{n}", email=f"c{n}@shop.example")
        with CaptureQueriesContext(connection) as seen:
            settle()
        return len(seen)

    questions(0, 1)
    assert questions(10, 15) <= questions(100, 3) + 2
