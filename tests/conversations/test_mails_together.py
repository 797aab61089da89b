"""Mails that come together are written down together, and each as if it had come alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shopbell.accounts.models import Store
from shopbell.connections import lanes
from shopbell.connections.models import Connection, Intake
from shopbell.conversations.actions import merge_conversations, set_status
from shopbell.conversations.models import Conversation, Entry, Searchable
from shopbell.customers.models import Customer
from shopbell.events.models import Event
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.inbound.storing import store_batch
from shopbell.messaging.ports import MailBatch, RawMail
from tests.conversations.ground import agent
from tests.conversations.post import add_mailbox, deliver, mail
from tests.support.shop import make_store

pytestmark = pytest.mark.django_db


class Desk:
    """A store with a mailbox. `gets`: all of it lies there before the worker looks."""

    def __init__(self) -> None:
        self.store: Store = make_store()
        self.inbox: Connection = add_mailbox(self.store)

    def gets(self, *raws: bytes) -> None:
        deliver(self.inbox, *raws)

    def conversations(self) -> list[Conversation]:
        with store_scope(self.store.pk):
            rows = Conversation.objects.filter(merged_into=None).select_related("customer")
            return list(rows.order_by("number"))

    def said(self) -> list[tuple[int, str]]:
        """Return the conversation and the words of each mail, in the order in which they came."""
        with store_scope(self.store.pk):
            rows = Entry.objects.filter(kind="incoming").order_by("intake_id")
            return list(rows.values_list("conversation__number", "text"))

    def intake(self) -> list[tuple[str, str]]:
        with store_scope(self.store.pk):
            return list(Intake.objects.order_by("id").values_list("state", "note"))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def by(name: str, text: str = "Where is it?", **headers: str) -> bytes:
    return mail(text, sender=f"{name.title()} <{name}@mail.example>", **headers)


def test_each_of_many_new_people_gets_a_conversation_in_the_order_of_the_mails(desk: Desk) -> None:
    names = ["mara", "otto", "nils", "ida"]
    desk.gets(*(by(name, f"I am {name}") for name in names))
    rows = desk.conversations()
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [row.customer.first_name.lower() for row in rows if row.customer] == names
    assert [(row.message_count, row.preview) for row in rows] == [(1, f"I am {n}") for n in names]
    with store_scope(desk.store.pk):
        assert Searchable.objects.count() == 4
        events = Event.objects.filter(name__startswith="conversation.").order_by("id")
        told = [(event.name.partition(".")[2], event.subject_id) for event in events]
    assert told == [(what, row.pk) for row in rows for what in ("started", "customer_wrote")]


def test_two_mails_of_one_new_person_are_one_customer_and_one_conversation(desk: Desk) -> None:
    desk.gets(by("mara", "First"), by("otto", "Between"), by("mara", "Second"))
    assert desk.said() == [(1, "First"), (2, "Between"), (1, "Second")]
    first, _ = desk.conversations()
    assert (first.message_count, first.preview) == (2, "Second")
    with store_scope(desk.store.pk):
        assert Customer.objects.count() == 2


def test_two_addresses_of_one_customer_meet_in_one_conversation(desk: Desk) -> None:
    desk.gets(by("mara", "Hello"))
    with store_scope(desk.store.pk):
        owner = Customer.objects.get()
        owner.identities.create(kind="email", value="m@work.example", source="test")
    work = mail("From work", sender="M <m@work.example>")
    desk.gets(by("mara", "From home"), work, by("otto", "Another"))
    assert desk.said() == [(1, "Hello"), (1, "From home"), (1, "From work"), (2, "Another")]
    assert desk.conversations()[0].message_count == 3


def test_who_answers_a_mail_of_the_same_moment_goes_on_in_its_conversation(desk: Desk) -> None:
    desk.gets(
        by("mara", "Is it lost?", message_id="<a@mail.example>", Cc="tom@mail.example"),
        by("tom", "I have it!", message_id="<b@mail.example>", In_Reply_To="<a@mail.example>"),
        by("mara", "Oh good.", In_Reply_To="<b@mail.example>", References="<a@mail.example>"),
    )
    assert desk.said() == [(1, "Is it lost?"), (1, "I have it!"), (1, "Oh good.")]
    assert desk.conversations()[0].message_count == 3


def test_the_same_mail_by_two_ways_is_one(desk: Desk) -> None:
    desk.gets(
        by("mara", message_id="<a@mail.example>"),
        by("otto", "Between"),
        by("mara", message_id="<a@mail.example>", X_Way="another"),
    )
    assert desk.said() == [(1, "Where is it?"), (2, "Between")]
    assert desk.intake() == [("done", ""), ("done", ""), ("done", "Known already.")]


def test_mails_into_merged_and_closed_conversations_go_where_they_belong(desk: Desk) -> None:
    # given two conversations of mara of which one was merged away, and a resolved one of otto
    desk.gets(by("mara", "One", message_id="<1@mail.example>"))
    owner = agent(desk.store)
    with store_scope(desk.store.pk):
        one = Conversation.objects.get()
        set_status(conversation=one, status="resolved", by=owner)
        one.__class__.objects.filter(pk=one.pk).update(resolved_at="2020-01-01T00:00Z")
    desk.gets(by("mara", "Two", message_id="<2@mail.example>"), by("otto", "Three"))
    with store_scope(desk.store.pk):
        one, two, three = Conversation.objects.order_by("number")
        merge_conversations(conversation=one, into=two, by=owner)
        set_status(conversation=three, status="resolved", by=owner)
    # when all three are written to at once
    desk.gets(
        by("mara", "To one", In_Reply_To="<1@mail.example>"),
        by("otto", "To three"),
        by("mara", "To two", In_Reply_To="<2@mail.example>"),
    )
    assert [number for number, _ in desk.said()[3:]] == [2, 4, 2]


def test_a_mail_that_cannot_be_written_spoils_none_of_its_neighbours(desk: Desk) -> None:
    # given a database that refuses one of five
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'refused'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON conversations_entry FOR EACH ROW"
            " WHEN (NEW.text = 'poison') EXECUTE FUNCTION refuse()"
        )
    texts = ["One", "Two", "poison", "Four", "Five"]
    desk.gets(*(by(f"c{n}", text) for n, text in enumerate(texts)))
    assert desk.said() == [(1, "One"), (2, "Two"), (3, "Four"), (4, "Five")]
    states = [state for state, _ in desk.intake()]
    assert states == ["done", "done", "pending", "done", "done"]
    with store_scope(desk.store.pk):
        assert Customer.objects.count() == 4


def _statements(desk: Desk, *raws: bytes) -> int:
    with store_scope(desk.inbox.store_id):
        desk.inbox.refresh_from_db()
    mails = tuple(RawMail(raw, f"INBOX:1:{n}") for n, raw in enumerate(raws))
    store_batch(desk.inbox, MailBatch(mails, {}))
    with CaptureQueriesContext(connection) as seen:
        assert PUMPS["mail"].run() == len(raws)
    return len(seen)


def test_ten_mails_cost_as_many_statements_as_three(desk: Desk) -> None:
    def some(names: range, text: str) -> list[bytes]:
        return [by(f"c{n}", f"{text} {n}") for n in names]

    _statements(desk, *some(range(50, 52), "first"))
    few, many = some(range(3), "new"), some(range(3, 13), "new")
    assert _statements(desk, *many) <= _statements(desk, *few) + 2 < 45
    # and those of people whose conversation goes on
    few, many = some(range(3), "again"), some(range(3, 13), "again")
    assert _statements(desk, *many) <= _statements(desk, *few) + 2 < 45
    assert len(desk.conversations()) == 15


def test_large_mails_are_taken_in_fewer_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "MEMORY", 5_000)
    large = by("otto", "x" * 900 + "\n" + ("y" * 60 + "\n") * 150)
    with store_scope(desk.store.pk):
        desk.inbox.refresh_from_db()
    raws = [by("mara"), by("ida"), large, by("nils")]
    mails = tuple(RawMail(raw, f"INBOX:1:{n}") for n, raw in enumerate(raws))
    store_batch(desk.inbox, MailBatch(mails, {}))
    assert [PUMPS["mail"].run() for _ in range(4)] == [2, 1, 1, 0]
    assert len(desk.said()) == 4
