"""Macros and checklists: put together, looked at, run on one and on many, ticked step by step."""

import json
import uuid

import pytest
from django.test import Client

from shopbell.automations.actions import save_checklist, save_macro
from shopbell.automations.models import CaseChecklist, Macro, Step
from shopbell.conversations.actions import merge_conversations
from shopbell.conversations.models import Conversation, Entry
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from tests.automations.test_rules import conversation, customer_writes, rule, runs
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, open_inbox
from tests.support.shop import settle

HTMX = {"HX-Request": "true"}
PAGES = "/s/lark/inbox/"
SORRY = [
    {"key": "reply", "values": {"text": "Sorry {{customer.first_name}}, {{agent.name}} is at it."}},
    {"key": "add_tag", "values": {"tag": "sorry"}},
    {"key": "assign", "values": {"owner": "me"}},
    {"key": "set_status", "values": {"status": "resolved"}},
]


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


@pytest.fixture
def owner(inbox: Inbox) -> Client:
    return inbox.market.person()


def macro(inbox: Inbox, name: str = "Sorry", after: str = "next", **fields: object) -> Macro:
    with store_scope(inbox.market.bench.store.pk):
        return save_macro(name=name, actions=SORRY, after=after, by=None, **fields)  # type: ignore[arg-type]


def test_a_macro_is_put_together_on_its_page(inbox: Inbox, owner: Client) -> None:
    page = f"{PAGES}setup/macros/new/"
    assert "No macro yet" in text_of(owner, f"{PAGES}setup/macros/")
    told = {"name": "Close it", "after": "close", "actions": "1", "a0.key": "set_status"}
    answer = owner.post(page, told | {"do": "act"}, headers=HTMX)
    assert "a1.key" in answer.content.decode()
    answer = owner.post(page, told | {"do": "save", "a0.key": "add_tag"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Tag is missing." in answer.content.decode()
    answer = owner.post(page, told | {"do": "save", "a0.status": "resolved"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"{PAGES}setup/macros/"
    assert "Set the status to “resolved”." in text_of(owner, f"{PAGES}setup/macros/")


def test_a_macro_shows_what_it_will_do_and_does_it(inbox: Inbox, owner: Client) -> None:
    row = macro(inbox)
    inbox.write("It is broken")
    page = text_of(owner, f"{PAGES}1/macros/")
    assert "Sorry" in page
    page = text_of(owner, f"{PAGES}1/macros/{row.pk}/")
    assert "Sorry Mara, Owner is at it." in page
    assert conversation(inbox.market.bench.store).tags == []

    answer = owner.post(f"{PAGES}1/macros/{row.pk}/run/", headers=HTMX)
    told = json.loads(answer.headers["HX-Trigger"])
    assert told["desk:after"] == {"go": "next"}
    found = conversation(inbox.market.bench.store)
    assert (found.tags, found.status, found.owner) == (["sorry"], "resolved", inbox.ada)
    with store_scope(inbox.market.bench.store.pk):
        reply = Entry.objects.get(kind="reply")
        assert (reply.text, reply.author) == ("Sorry Mara, Owner is at it.", inbox.ada)
        assert Macro.objects.get().used_count == 1
    assert "Macro “Sorry” run" in text_of(owner, f"{PAGES}1/")


def test_a_macro_says_what_it_could_not_do_and_stays(inbox: Inbox, owner: Client) -> None:
    with store_scope(inbox.market.bench.store.pk):
        row = save_macro(
            name="Track",
            actions=[
                {"key": "reply", "values": {"text": "Here: {{order.tracking_link}}"}},
                {"key": "add_tag", "values": {"tag": "asked"}},
            ],
            after="next",
            by=None,
        )
    inbox.write("Where is it?")
    assert "Not known here" in text_of(owner, f"{PAGES}1/macros/{row.pk}/")
    answer = owner.post(f"{PAGES}1/macros/{row.pk}/run/", headers=HTMX)
    told = json.loads(answer.headers["HX-Trigger"])
    assert "not all done" in told["toast"]["message"]
    assert "desk:after" not in told
    assert conversation(inbox.market.bench.store).tags == ["asked"]


def test_a_macro_runs_on_many(inbox: Inbox, owner: Client) -> None:
    row = macro(inbox)
    for number in range(3):
        inbox.write("Hello", email=f"p{number}@example.com")
    assert "Run a macro" in text_of(owner, f"{PAGES}bulk/menu/")
    told = {"numbers": ["1", "3"], "do": f"macro:{row.pk}"}
    answer = owner.post(f"{PAGES}bulk/", told, headers=HTMX)
    said = json.loads(answer.headers["HX-Trigger"])["toast"]["message"]
    assert said == "“Sorry” run: 2 conversations."
    states = [conversation(inbox.market.bench.store, n).status for n in (1, 2, 3)]
    assert states == ["resolved", "open", "resolved"]
    told["do"] = f"macro:{uuid.uuid4()}"
    assert owner.post(f"{PAGES}bulk/", told, headers=HTMX).status_code == 404
    assert inbox.market.person("light").post(f"{PAGES}bulk/", told).status_code == 403


def test_a_rule_runs_a_macro_and_adds_a_checklist(inbox: Inbox) -> None:
    store = inbox.market.bench.store
    with store_scope(store.pk):
        tags = save_macro(
            name="Tags", actions=[{"key": "add_tag", "values": {"tag": "new"}}], by=None
        )
        steps = save_checklist(name="Damage", steps=["Ask for photos", "", "Tell the carrier"])
    rule(
        store,
        "Begins",
        ("run_macro", {"macro": str(tags.pk)}),
        ("add_checklist", {"checklist": str(steps.pk)}),
    )
    customer_writes(store, "Broken")
    assert [run.state for run in runs(store)] == ["done"]
    assert conversation(store).tags == ["new"]
    with store_scope(store.pk):
        assert list(Step.objects.order_by("position").values_list("text", flat=True)) == [
            "Ask for photos",
            "Tell the carrier",
        ]


def test_steps_are_ticked_with_who_and_when(inbox: Inbox, owner: Client) -> None:
    page = f"{PAGES}setup/checklists/"
    owner.post(page, {"name": "Damage", "steps": "Ask for photos\nTell the carrier"})
    assert "Ask for photos" in text_of(owner, page)
    inbox.write("Broken")
    store = inbox.market.bench.store
    with store_scope(store.pk):
        from shopbell.automations.models import Checklist

        template = Checklist.objects.get()
    owner.post(f"{PAGES}1/checklists/", {"checklist": str(template.pk)}, headers=HTMX)
    assert "0 of 2" in text_of(owner, f"{PAGES}1/")
    with store_scope(store.pk):
        steps = list(Step.objects.order_by("position"))
    owner.post(f"{PAGES}1/steps/{steps[0].pk}/", {"done": "on"}, headers=HTMX)
    page = text_of(owner, f"{PAGES}1/")
    assert "1 of 2" in page
    assert "Owner, " in page
    owner.post(f"{PAGES}1/steps/{steps[1].pk}/", {"done": "on"}, headers=HTMX)
    assert "Checklist “Damage” done" in text_of(owner, f"{PAGES}1/")
    owner.post(f"{PAGES}1/steps/{steps[1].pk}/", {}, headers=HTMX)
    assert "1 of 2" in text_of(owner, f"{PAGES}1/")
    with store_scope(store.pk):
        on_case = CaseChecklist.objects.get()
    owner.post(f"{PAGES}1/checklists/{on_case.pk}/take/", headers=HTMX)
    with store_scope(store.pk):
        assert not Step.objects.exists()


def test_a_checklist_goes_where_its_conversation_goes(inbox: Inbox) -> None:
    from shopbell.automations.actions import add_to_conversation

    first = inbox.write("One")
    second = inbox.write("Two", by_mail=True, external_key="m1")
    with store_scope(inbox.market.bench.store.pk):
        template = save_checklist(name="Damage", steps=["Ask"])
        gone = Conversation.objects.get(pk=first.conversation_id)
        kept = Conversation.objects.get(pk=second.conversation_id)
        Conversation.objects.filter(pk=kept.pk).update(customer=gone.customer)
        add_to_conversation(checklist=template, conversation=gone, by=None)
        merge_conversations(conversation=gone, into=kept, by=inbox.ada)
    settle()
    with store_scope(inbox.market.bench.store.pk):
        assert CaseChecklist.objects.get().conversation == kept


def test_a_macro_cannot_do_what_only_rules_do(inbox: Inbox) -> None:
    with store_scope(inbox.market.bench.store.pk), pytest.raises(Invalid):
        save_macro(name="Stops", actions=[{"key": "stop", "values": {}}], by=None)
