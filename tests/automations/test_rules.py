"""Rules: an event or a time, conditions, actions; in order, once, and never in circles."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shopbell.accounts.models import Store, User
from shopbell.automations.actions import Draft, order_rules, save_rule, switch_rule
from shopbell.automations.models import Rule, Run, Wait
from shopbell.conversations.actions import Reply, send_reply, set_status, set_tags
from shopbell.conversations.models import Conversation, Entry
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message
from tests.conversations.ground import add_widget, agent, write
from tests.support.shop import add_smtp, make_store, settle

REFUND = {"key": "said", "op": "contains", "value": "refund, money back"}


@pytest.fixture
def store(committed_db: None) -> Store:
    return make_store()


@pytest.fixture
def ada(store: Store) -> User:
    return agent(store)


def rule(
    store: Store,
    name: str,
    *actions: tuple[str, dict[str, str]],
    when: str = "customer_wrote",
    asks: list[dict[str, str]] | None = None,
    mode: str = "all",
    after: int = 120,
    on: bool = True,
) -> Rule:
    """Make a rule and switch it on."""
    groups: list[dict[str, Any]] = [{"mode": mode, "of": asks}] if asks else []
    stored = [{"key": key, "values": values} for key, values in actions]
    with store_scope(store.pk):
        row = save_rule(draft=Draft(name, when, after, groups, stored), by=None)
        return switch_rule(rule=row, on=on, by=None)


def customer_writes(store: Store, text: str, *, by_mail: bool = False, **fields: Any) -> Entry:
    with store_scope(store.pk):
        from shopbell.connections.models import Connection

        name = "smtp" if by_mail else "widget"
        inbox = Connection.objects.filter(connector=name).first()
        if inbox is None:
            inbox = add_smtp(store, 1) if by_mail else add_widget(store)
        entry = write(inbox, text, **fields)
    settle()
    return entry


def conversation(store: Store, number: int = 1) -> Conversation:
    with store_scope(store.pk):
        return Conversation.objects.select_related("owner").get(number=number)


def runs(store: Store) -> list[Run]:
    with store_scope(store.pk):
        return list(Run.objects.select_related("rule").order_by("id"))


@pytest.fixture
def scoped(store: Store) -> Iterator[None]:
    with store_scope(store.pk):
        yield


def test_a_rule_does_what_it_says_and_tells_what_it_did(store: Store) -> None:
    rule(
        store,
        "Refunds first",
        ("add_tag", {"tag": "refund"}),
        ("set_priority", {"priority": "2"}),
        asks=[REFUND],
    )
    customer_writes(store, "I want my money back!")
    found = conversation(store)
    assert (found.tags, found.priority) == (["refund"], 2)
    [run] = runs(store)
    assert run.state == "done"
    assert [outcome["says"] for outcome in run.outcomes] == [
        "Tag “refund” added",
        "Priority is high",
    ]
    with store_scope(store.pk):
        signed = Entry.objects.filter(kind="activity").values_list("sender_name", flat=True)
        assert set(signed) == {"rule “Refunds first”"}


def test_what_does_not_fit_is_left_alone(store: Store) -> None:
    rule(store, "Refunds", ("add_tag", {"tag": "refund"}), asks=[REFUND])
    rule(store, "Off", ("add_tag", {"tag": "off"}), on=False)
    customer_writes(store, "Where is my order?")
    assert conversation(store).tags == []
    assert runs(store) == []


def test_rules_run_in_their_order_until_one_says_stop(store: Store) -> None:
    first = rule(store, "First", ("set_priority", {"priority": "0"}), ("stop", {}))
    second = rule(store, "Second", ("set_priority", {"priority": "3"}))
    customer_writes(store, "Hello")
    assert conversation(store).priority == 0
    with store_scope(store.pk):
        order_rules(ids=[second.pk, first.pk])
    customer_writes(store, "Hello again")
    assert [run.rule.name for run in runs(store)] == ["First", "Second", "First"]


def test_a_later_rule_sees_what_an_earlier_one_did(store: Store) -> None:
    rule(store, "Tags", ("add_tag", {"tag": "vip"}))
    rule(
        store,
        "Looks at tags",
        ("set_priority", {"priority": "3"}),
        asks=[{"key": "tags", "op": "has", "value": "VIP"}],
    )
    customer_writes(store, "Hello")
    assert conversation(store).priority == 3


def test_an_action_that_fails_is_told_and_the_rest_goes_on(store: Store, ada: User) -> None:
    row = rule(
        store,
        "To Ada",
        ("assign", {"owner": str(ada.pk)}),
        ("add_tag", {"tag": "seen"}),
    )
    with store_scope(store.pk):
        row.actions[0]["values"]["owner"] = "999999"
        row.save()
    customer_writes(store, "Hello")
    [run] = runs(store)
    assert run.state == "partly"
    assert run.outcomes[0]["why"] == "This person does not work here any more."
    assert conversation(store).tags == ["seen"]


def test_an_event_that_is_delivered_twice_runs_a_rule_once(store: Store) -> None:
    from shopbell.events.models import Delivery, Event

    rule(store, "Notes", ("note", {"text": "Look at the photos."}))
    customer_writes(store, "It is broken")
    with store_scope(store.pk):
        event = Event.objects.get(name="conversation.customer_wrote")
        Delivery.objects.create(event=event, handler=_handler())
    settle()
    assert len(runs(store)) == 1
    with store_scope(store.pk):
        assert Entry.objects.filter(kind="note").count() == 1


def _handler() -> str:
    from shopbell.events.registry import LISTENERS

    return next(key for key in LISTENERS if key.startswith("automations.run_rules:conversation.cu"))


def test_rules_that_start_each_other_are_cut(store: Store) -> None:
    rule(store, "Closes", ("set_status", {"status": "resolved"}), when="customer_wrote")
    rule(store, "Opens", ("set_status", {"status": "open"}), when="resolved")
    rule(store, "Closes again", ("set_status", {"status": "resolved"}), when="reopened")
    customer_writes(store, "Hello")
    states = [(run.rule.name, run.state) for run in runs(store)]
    assert states == [
        ("Closes", "done"),
        ("Opens", "done"),
        ("Closes again", "done"),
        ("Opens", "cut"),
    ]


def test_a_rule_that_answers_leaves_the_customer_waiting_for_a_person(store: Store) -> None:
    rule(store, "Hello", ("reply", {"text": "Hi {{customer.first_name}}, we look into it."}))
    entry = customer_writes(store, "It is broken")
    with store_scope(store.pk):
        reply = Entry.objects.get(kind="reply")
        assert reply.text == "Hi Mara, we look into it."
        assert reply.sender_name == ""  # the rule's name is not for the customer
        message = Message.objects.get()
        assert message.data["automatic"] is True
    found = conversation(store)
    assert (found.status, found.first_reply_at) == ("open", None)
    assert found.waiting_since == entry.created_at


def test_a_rule_never_answers_machines_or_too_often(store: Store) -> None:
    rule(store, "Hello", ("reply", {"text": "We look into it."}))
    customer_writes(store, "One")
    customer_writes(store, "Two")
    assert [run.state for run in runs(store)] == ["done", "failed"]
    assert "last ten minutes" in runs(store)[1].outcomes[0]["why"]
    customer_writes(
        store, "I am on holiday", by_mail=True, nature="auto_reply", email="t@x.example"
    )
    assert len(runs(store)) == 2
    customer_writes(store, "Buy now", by_mail=True, email="noreply@x.example")
    assert "not a person's address" in runs(store)[2].outcomes[0]["why"]
    customer_writes(store, "Who am I?", by_mail=True, email="stranger@x.example")
    assert "Nothing proves" in runs(store)[3].outcomes[0]["why"]


def test_an_answer_with_a_gap_is_not_sent(store: Store) -> None:
    rule(store, "Track", ("reply", {"text": "Your parcel: {{order.tracking_link}}"}))
    customer_writes(store, "Where is it?")
    [run] = runs(store)
    assert run.outcomes[0]["done"] is False
    assert "tracking page" in run.outcomes[0]["why"]


def test_what_cannot_work_is_not_saved(store: Store, scoped: None) -> None:
    wrong = [
        {"key": "said", "op": "contains", "value": " , "},
        {"key": "status", "op": "is", "value": "gone"},
        {"key": "orders", "op": "least", "value": "many"},
    ]
    actions = [
        {"key": "add_tag", "values": {}},
        {"key": "reply", "values": {"text": "{{customer.shoe_size}}"}},
        {"key": "assign", "values": {"owner": "me"}},
    ]
    with pytest.raises(Invalid) as refused:
        save_rule(
            draft=Draft("", "unanswered", 1, [{"mode": "all", "of": wrong}], actions), by=None
        )
    assert set(refused.value.fields) == {
        "name", "after", "g0.0", "g0.1", "g0.2", "a0", "a1", "a2"
    }  # fmt: skip


def come_due(store: Store, **ago: float) -> None:
    """Let time pass for all that waits, and run the pumps."""
    with store_scope(store.pk):
        Conversation.objects.exclude(waiting_since=None).update(
            waiting_since=clock.now() - timedelta(**ago)
        )
        Wait.objects.update(due_at=clock.now() - timedelta(seconds=1))
    PUMPS["rule_waits"].run()
    settle()


def test_a_time_rule_runs_once_for_each_time_somebody_waits(store: Store, ada: User) -> None:
    rule(store, "Two hours", ("add_tag", {"tag": "late"}), when="unanswered", after=120)
    customer_writes(store, "Hello?")
    come_due(store, hours=1)  # too early: the row was only a guess
    assert runs(store) == []
    come_due(store, hours=3)
    come_due(store, hours=3)
    assert [run.state for run in runs(store)] == ["done"]
    assert conversation(store).tags == ["late"]

    with store_scope(store.pk):
        row = Conversation.objects.get()
        send_reply(store=store, conversation=row, author=ada, reply=Reply("Here I am."))
    settle()
    customer_writes(store, "And now?")
    come_due(store, hours=3)
    assert len(runs(store)) == 2


def test_a_time_rule_forgets_what_was_answered(store: Store, ada: User) -> None:
    rule(store, "Two hours", ("add_tag", {"tag": "late"}), when="unanswered", after=120)
    customer_writes(store, "Hello?")
    with store_scope(store.pk):
        set_status(conversation=Conversation.objects.get(), status="resolved", by=ada)
    settle()
    come_due(store, hours=3)
    assert runs(store) == []
    with store_scope(store.pk):
        assert Wait.objects.count() == 0


def test_a_time_rule_that_is_switched_on_leaves_what_is_overdue_alone(store: Store) -> None:
    customer_writes(store, "Hello?")
    with store_scope(store.pk):
        Conversation.objects.update(waiting_since=clock.now() - timedelta(days=9))
    rule(store, "Two hours", ("add_tag", {"tag": "late"}), when="unanswered", after=120)
    settle()
    PUMPS["rule_waits"].run()
    settle()
    assert runs(store) == []


def test_any_of_several_conditions_is_enough_if_the_rule_says_so(store: Store) -> None:
    rule(
        store,
        "Either",
        ("add_tag", {"tag": "look"}),
        asks=[
            {"key": "text", "op": "begins", "value": "urgent"},
            {"key": "medium", "op": "is", "value": "chat"},
        ],
        mode="any",
    )
    customer_writes(store, "Hello")
    assert conversation(store).tags == ["look"]
    with store_scope(store.pk):
        set_tags(conversation=Conversation.objects.get(), tags=[], by=None)
