"""Reasons and custom fields: set up on pages, noted beside conversations, wanted before the end."""

import json

import pytest
from django.test import Client

from shopbell.conversations.actions import (
    ask_for_reasons,
    drop_reason,
    save_field,
    save_reason,
    set_fields,
    set_reason,
    set_status,
)
from shopbell.conversations.details import reason_named, reasons
from shopbell.conversations.models import Conversation, CustomField, Reason
from shopbell.conversations.queries import Filters, matching
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from tests.automations.test_rules import conversation, customer_writes, rule, runs
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, open_inbox

HTMX = {"HX-Request": "true"}
PAGES = "/s/lark/inbox/"


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


@pytest.fixture
def owner(inbox: Inbox) -> Client:
    return inbox.market.person()


def paths(inbox: Inbox, kind: str = "contact") -> list[str]:
    with store_scope(inbox.market.bench.store.pk):
        return [place.path for place in reasons(kind)]


def test_a_tree_of_reasons_is_made_on_its_page(inbox: Inbox, owner: Client) -> None:
    page = f"{PAGES}setup/reasons/"
    owner.post(page, {"do": "add", "kind": "contact", "name": "Delivery"})
    owner.post(page, {"do": "add", "kind": "contact", "name": "Payment"})
    with store_scope(inbox.market.bench.store.pk):
        top = Reason.objects.get(name="Delivery")
    owner.post(page, {"do": "add", "reason": str(top.pk), "name": "Late"})
    assert paths(inbox) == ["Delivery", "Delivery › Late", "Payment"]
    owner.post(page, {"do": "down", "reason": str(top.pk)})
    owner.post(page, {"do": "rename", "reason": str(top.pk), "name": "Parcel"})
    assert paths(inbox) == ["Payment", "Parcel", "Parcel › Late"]
    said = text_of(owner, page)
    assert "Parcel" in said
    owner.post(page, {"do": "add", "kind": "contact", "name": "payment"})
    assert "already" in text_of(owner, page)


def test_a_reason_and_a_field_are_noted_beside_the_conversation(
    inbox: Inbox, owner: Client
) -> None:
    with store_scope(inbox.market.bench.store.pk):
        top = save_reason(kind="contact", name="Delivery")
        save_reason(kind="contact", name="Late", parent=top)
        save_field(name="Serial number", kind="text")
        save_field(name="Photo there?", kind="yes_no")
    inbox.write("Where is it?")
    page = text_of(owner, f"{PAGES}1/")
    assert 'value="Delivery › Late"' in page
    assert "Serial number" in page
    told = {"contact": "late", "field-serial_number": "X-1", "field-photo_there": "yes"}
    answer = owner.post(f"{PAGES}1/details/", told, headers=HTMX)
    assert answer.status_code == 204, answer.content
    with store_scope(inbox.market.bench.store.pk):
        row = Conversation.objects.get(number=1)
        assert row.reason == reason_named("Delivery › Late", "contact")
        assert row.fields == {"serial_number": "X-1", "photo_there": True}
    assert "Contact reason: Delivery › Late" in text_of(owner, f"{PAGES}1/")
    answer = owner.post(f"{PAGES}1/details/", {"contact": "Nonsense"}, headers=HTMX)
    assert (
        "There is no contact reason" in json.loads(answer.headers["HX-Trigger"])["toast"]["message"]
    )


def test_the_list_goes_by_reason_and_field(inbox: Inbox, owner: Client) -> None:
    store = inbox.market.bench.store
    with store_scope(store.pk):
        top = save_reason(kind="contact", name="Delivery")
        late = save_reason(kind="contact", name="Late", parent=top)
        save_field(name="Size", kind="choice", choices=["small", "large"])
    first = inbox.write("Where is it?")
    inbox.write("Hello", email="b@example.com")
    with store_scope(store.pk):
        row = Conversation.objects.get(pk=first.conversation_id)
        set_reason(conversation=row, kind="contact", reason=late, by=None)
        set_fields(conversation=row, values={"size": "small"}, by=None)
        assert matching(Filters(reason_id=top.pk)).count() == 1
        assert matching(Filters(told=("size", "large"))).count() == 0
    page = text_of(owner, f"{PAGES}?reason={top.pk}&field=size:small")
    assert "Where is it?" in page
    assert "b@example.com" not in page
    assert "Size: small" in page
    assert owner.get(f"{PAGES}?reason=nonsense&field=size:nonsense").status_code == 200


def test_what_the_store_asks_for_must_be_there_before_a_person_resolves(
    inbox: Inbox, owner: Client
) -> None:
    store = inbox.market.bench.store
    entry = inbox.write("Where is it?")
    with store_scope(store.pk):
        reason = save_reason(kind="contact", name="Delivery")
        save_field(name="Order checked", kind="yes_no", required=True)
        ask_for_reasons(store=store, reason=True, resolution=False)
    answer = owner.post(f"{PAGES}1/status/", {"status": "resolved"}, headers=HTMX)
    said = json.loads(answer.headers["HX-Trigger"])["toast"]["message"]
    assert "Missing: contact reason, Order checked" in said
    with store_scope(store.pk):
        row = Conversation.objects.get(pk=entry.conversation_id)
        set_reason(conversation=row, kind="contact", reason=reason, by=None)
        set_fields(conversation=row, values={"order_checked": "no"}, by=None)
        assert set_status(conversation=row, status="resolved", by=inbox.ada).status == "resolved"


def test_a_rule_may_resolve_what_a_person_may_not(inbox: Inbox) -> None:
    store = inbox.market.bench.store
    with store_scope(store.pk):
        ask_for_reasons(store=store, reason=True, resolution=True)
    rule(store, "Closes", ("set_status", {"status": "resolved"}))
    customer_writes(store, "Hello")
    assert conversation(store).status == "resolved"


def test_rules_ask_for_reasons_and_fields_and_set_them(inbox: Inbox) -> None:
    store = inbox.market.bench.store
    with store_scope(store.pk):
        top = save_reason(kind="contact", name="Delivery")
        late = save_reason(kind="contact", name="Late", parent=top)
        save_field(name="Weight", kind="number")
    rule(
        store,
        "Notes",
        ("set_reason", {"reason": str(late.pk)}),
        ("set_field", {"field": "weight", "value": "3,5"}),
    )
    rule(
        store,
        "Heavy deliveries",
        ("add_tag", {"tag": "heavy"}),
        asks=[
            {"key": "reason", "op": "is", "value": str(top.pk)},
            {"key": "field:weight", "op": "least", "value": "3"},
        ],
    )
    customer_writes(store, "Hello")
    assert [run.state for run in runs(store)] == ["done", "done"]
    found = conversation(store)
    assert (found.tags, found.fields) == (["heavy"], {"weight": 3.5})


@pytest.mark.parametrize(
    ("kind", "text"),
    [("number", "many"), ("number", "1e999"), ("date", "tomorrow"), ("yes_no", "perhaps")],
)
def test_a_field_refuses_what_it_cannot_take(inbox: Inbox, kind: str, text: str) -> None:
    entry = inbox.write("Hello")
    with store_scope(inbox.market.bench.store.pk):
        field = save_field(name="It", kind=kind)
        with pytest.raises(Invalid, match="“It” takes"):
            set_fields(conversation=entry.conversation, values={field.key: text}, by=None)


def test_a_used_reason_is_put_away_and_an_unused_one_goes(inbox: Inbox) -> None:
    entry = inbox.write("Hello")
    with store_scope(inbox.market.bench.store.pk):
        used, unused = (save_reason(kind="contact", name=name) for name in ("A", "B"))
        set_reason(conversation=entry.conversation, kind="contact", reason=used, by=None)
        assert drop_reason(reason=used) is True
        assert drop_reason(reason=unused) is False
        assert reasons("contact") == []
        assert Conversation.objects.get().reason == used
        assert save_reason(kind="contact", name="a") == used  # offered again


def test_fields_are_set_up_on_their_page(inbox: Inbox, owner: Client) -> None:
    page = f"{PAGES}setup/fields/"
    assert "No field yet" in text_of(owner, page)
    assert owner.post(page, {"name": "Größe", "kind": "choice", "choices": "S"}).status_code == 422
    owner.post(page, {"name": "Größe", "kind": "choice", "choices": "S\nL\nL\n"})
    with store_scope(inbox.market.bench.store.pk):
        field = CustomField.objects.get()
        assert (field.key, field.choices) == ("grosse", ["S", "L"])
        with pytest.raises(Conflict):
            save_field(name="größe", kind="text")
    owner.post(f"{page}grosse/", {"name": "Size", "choices": "S\nM", "required": "on"})
    assert "must be filled in" in text_of(owner, page)
    owner.post(f"{page}grosse/drop/")
    assert "No field yet" in text_of(owner, page)
    light = inbox.market.person("light")
    assert light.get(page).status_code == 403
