"""Steps that do something besides sending: tags, attributes, conversations for the team."""

from typing import Any

import pytest

from shopbell.conversations.models import Conversation, Entry, EntryKind
from shopbell.customers.marking import MOST, set_attribute, tag_customers
from shopbell.customers.models import Customer
from shopbell.events.pump import PUMPS
from shopbell.journeys import acting
from shopbell.journeys.definition import read_definition
from shopbell.journeys.models import EnrolmentState
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.segments.actions import save_segment
from shopbell.segments.queries import is_in
from tests.journeys.ground import Shop, work
from tests.support.people import add_people, client_of

ADA, BEA = "ada@example.com", "bea@example.com"
STEPS: list[dict[str, Any]] = [
    {"do": "tag", "tag": "welcomed"},
    {"do": "set_attribute", "name": "plan", "value": "gold"},
    {"do": "set_attribute", "name": "visits", "value": 3},
]


def test_everybody_who_comes_there_is_tagged_and_segments_know_it(shop: Shop) -> None:
    shop.own({"trigger": "customer.added", "steps": STEPS})
    people = [shop.subscribe(email) for email in (ADA, BEA)]
    with store_scope(shop.store.pk):
        tagged = save_segment(
            name="Welcomed", definition={"all": [{"is": "tagged", "tags": ["welcomed"]}]}, by=None
        )
        gold = {"is": "attribute", "name": "plan", "value": "Gold"}
        three = {"is": "attribute", "name": "visits", "value": "3"}
        valued = save_segment(name="Gold", definition={"all": [gold, three]}, by=None)
    work()
    while PUMPS["segments"].run():
        work()
    with store_scope(shop.store.pk):
        for row in Customer.objects.all():
            assert (row.tags, row.attributes) == (["welcomed"], {"plan": "gold", "visits": 3})
            assert is_in(tagged, row.pk)
            assert is_in(valued, row.pk)
        tagged.refresh_from_db()
        assert tagged.size == 2
        assert tag_customers(customers=[people[0].pk], tag="welcomed", remove=True) == 1
        assert not is_in(tagged, people[0].pk)
    assert "Tag “welcomed” added" in shop.said()
    assert "Plan set to “gold”" in {said[:1].upper() + said[1:] for said in shop.said()}
    owner = client_of(add_people(shop.store).user("owner"))
    page: Any = owner.get(f"/s/lark/customers/{people[1].pk}/")
    for said in ("welcomed", "plan", "gold", "visits"):
        assert said in page.content.decode()


def test_a_conversation_is_opened_once_with_what_is_to_be_done(shop: Shop) -> None:
    opens = {
        "do": "conversation", "subject": "A regular", "text": "Thank them by hand.",
        "tags": ["thanks"],
    }  # fmt: skip
    definition: dict[str, Any] = {"trigger": "order.placed", "per": "order", "steps": [opens]}
    shop.own(definition)
    shop.order(ADA)
    work()
    with store_scope(shop.store.pk):
        case = Conversation.objects.get()
        assert (case.subject, case.tags, case.status) == ("A regular", ["thanks"], "open")
        assert case.customer is not None
        assert case.customer.email == ADA
        assert case.order is not None
        notes = case.entries.filter(kind=EntryKind.NOTE)
        assert list(notes.values_list("text", flat=True)) == ["Thank them by hand."]
        # the team can write to her from there, and it says where it came from
        assert case.threads.get().address == ADA
        told = case.entries.filter(kind=EntryKind.ACTIVITY).values_list("text", flat=True)
        assert "Opened by the journey “My own”" in told
        # done again it stays one
        [run] = shop.runs()
        [step] = read_definition(definition).steps.values()
        acting.act(step, runs=[run.pk], people=[run.customer_id])
        assert Conversation.objects.count() == 1
        assert Entry.objects.filter(kind=EntryKind.NOTE).count() == 1
    assert shop.run().state == EnrolmentState.DONE
    owner = client_of(add_people(shop.store).user("owner"))
    page: Any = owner.get(f"/s/lark/inbox/{case.number}/")
    assert "Thank them by hand." in page.content.decode()


def test_tags_and_values_have_their_limits(shop: Shop) -> None:
    ada = shop.subscribe(ADA)
    with store_scope(shop.store.pk):
        for number in range(MOST + 5):
            tag_customers(customers=[ada.pk], tag=f"t{number}")
            set_attribute(customers=[ada.pk], name=f"a{number}", value=number)
        ada.refresh_from_db()
        assert len(ada.tags) == len(ada.attributes) == MOST
        # what is there is changed all the same
        assert set_attribute(customers=[ada.pk], name="a0", value=True) == 1
        assert set_attribute(customers=[ada.pk], name="a0", value=True) == 0
        for wrong in ("", "x" * 41, "<b>"):
            with pytest.raises(Invalid):
                tag_customers(customers=[ada.pk], tag=wrong)
        with pytest.raises(Invalid):
            set_attribute(customers=[ada.pk], name="Not so", value=1)


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({"do": "tag"}, "tag"),
        ({"do": "tag", "tag": "<b>"}, "tag"),
        ({"do": "tag", "tag": "a", "remove": 1}, "remove"),
        ({"do": "set_attribute", "name": "Two Words", "value": 1}, "name"),
        ({"do": "set_attribute", "name": "a", "value": None}, "value"),
        ({"do": "conversation", "text": " "}, "text"),
        ({"do": "conversation", "text": "a", "tags": "b"}, "tags"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_place(step: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_definition({"trigger": "customer.added", "steps": [step]})
    assert list(refused.value.fields) == [f"steps.1.{place}"]
