"""Journeys that ask who somebody is: ways by segment, and segments that start and end them."""

from typing import Any

import pytest

from shopbell.accounts.models import Store
from shopbell.events.pump import PUMPS
from shopbell.journeys import actions
from shopbell.journeys.definition import read_definition
from shopbell.journeys.models import Enrolment, EnrolmentState, Journey
from shopbell.journeys.naming import names_now
from shopbell.journeys.words import ended_by, lines_of, started_by
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.segments.actions import delete_segment, save_segment
from shopbell.segments.models import Segment
from shopbell.segments.shipped import add_shipped
from tests.journeys.ground import Shop, pass_time, work

ADA, BEA = "ada@example.com", "bea@example.com"
BUYERS = {"all": [{"is": "orders", "compare": "least", "number": 1}]}
HELLO = {"do": "send", "text": "welcome_first", "topic": "tips"}
ORDERING = {"do": "send", "text": "welcome_order", "topic": "tips"}
SUBSCRIBED = {"event": "consent.changed", "where": {"purpose": "marketing", "action": "granted"}}


def add_segment(store: Store, name: str = "Buyers", definition: Any = BUYERS) -> Segment:
    with store_scope(store.pk):
        return save_segment(name=name, definition=definition, by=None)


def keep_up() -> None:
    """Let segments follow, and journeys what they tell."""
    for _ in range(20):
        work()
        if not PUMPS["segments"].run():
            return
    raise AssertionError("segments do not come to rest")


def sent(shop: Shop) -> dict[str, list[str]]:
    with store_scope(shop.store.pk):
        rows = Enrolment.objects.select_related("customer").order_by("entered_at")
        return {
            row.customer.email: [each.text for each in row.passages.order_by("at", "id")]
            for row in rows
        }


@pytest.mark.parametrize("by", ["key", "id", "conditions"])
def test_each_goes_the_way_that_is_true_of_them_when_they_come_there(shop: Shop, by: str) -> None:
    with store_scope(shop.store.pk):
        add_shipped()
    asked: dict[str, Any] = {"segment": "new_buyer"}
    if by == "id":
        asked = {"segment": str(add_segment(shop.store).pk)}
    if by == "conditions":
        asked = BUYERS
    question = {"do": "if", **asked, "then": [ORDERING], "else": [HELLO]}
    shop.own({"trigger": SUBSCRIBED, "steps": [{"do": "wait", "days": 1}, question]})
    for email in (ADA, BEA):
        shop.subscribe(email)
    work()
    # when one of them orders while both wait
    shop.order(ADA)
    pass_time(days=1, minutes=1)
    # then what counts is the truth of that moment
    said = sent(shop)
    assert said[ADA][1].endswith(": yes")
    assert said[BEA][1].endswith(": no")
    with store_scope(shop.store.pk):
        rows = Enrolment.objects.order_by("customer__email").values_list("customer__email", "state")
        assert [state for _, state in rows] == [EnrolmentState.DONE] * 2
    assert sorted(kind for kind, _, _ in shop.told()) == ["welcome_first", "welcome_order"]


def test_a_condition_after_a_condition_is_asked_only_of_those_who_come_there(shop: Shop) -> None:
    inner = {"do": "if", "all": [{"is": "email"}], "then": [ORDERING], "else": [HELLO]}
    outer = {"do": "if", **BUYERS, "then": [], "else": [inner]}
    shop.own({"trigger": SUBSCRIBED, "steps": [outer]})
    shop.order(BEA)
    for email in (ADA, BEA):
        shop.subscribe(email)
    work()
    assert len(sent(shop)[ADA]) == 3
    assert len(sent(shop)[BEA]) == 1
    assert [kind for kind, _, _ in shop.told()] == ["welcome_order"]


def test_where_a_segment_is_gone_nobody_goes_on_and_the_page_says_why(shop: Shop) -> None:
    segment = add_segment(shop.store)
    asks = {"do": "if", "segment": str(segment.pk), "then": [], "else": [HELLO]}
    shop.own({"trigger": SUBSCRIBED, "steps": [{"do": "wait", "days": 1}, asks]})
    shop.subscribe(ADA)
    work()
    with store_scope(shop.store.pk):
        # one that is in use cannot be thrown away
        with pytest.raises(Conflict, match="the journey “My own”"):
            delete_segment(segment=segment)
        Segment.objects.filter(pk=segment.pk).delete()  # by hand, in the database
    pass_time(days=1, minutes=1)
    assert (shop.run().state, shop.run().reason) == (
        EnrolmentState.STUCK, "The segment that is asked about is gone.",
    )  # fmt: skip
    assert shop.told() == []


def test_coming_into_a_segment_starts_a_journey_and_leaving_ends_it(shop: Shop) -> None:
    segment = add_segment(shop.store, "Away", {"none": BUYERS["all"]})
    other = add_segment(shop.store, "Buyers")
    keep_up()
    inside = {"where": {"segment": str(segment.pk)}}
    shop.own(
        {
            "trigger": {"event": "segment.entered", **inside},
            "exits": [{"event": "segment.left", **inside}],
            "steps": [{"do": "wait", "days": 1}, HELLO],
        }
    )
    # given one person who comes in and stays, and one who leaves by ordering
    shop.subscribe(ADA)
    shop.subscribe(BEA)
    keep_up()
    assert len(shop.runs()) == 2
    shop.order(BEA)
    keep_up()
    pass_time(days=1, minutes=1)
    with store_scope(shop.store.pk):
        rows = dict(Enrolment.objects.values_list("customer__email", "state"))
        journey = Journey.objects.get()
        definition = read_definition(journey.versions.get().definition)
        assert started_by(definition, names_now()) == "Somebody comes into “Away”"
        assert ended_by(definition, names_now()) == ["they left “Away”"]
    assert rows == {ADA: EnrolmentState.DONE, BEA: EnrolmentState.LEFT}
    assert [kind for kind, _, _ in shop.told()] == ["welcome_first"]
    assert other.pk != segment.pk


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"do": "if"}, "steps.1"),
        ({"do": "if", "segment": "lapsed", "all": []}, "steps.1"),
        ({"do": "if", "segment": ["lapsed"]}, "steps.1.segment"),
        ({"do": "if", "all": [{"is": "nothing"}]}, "steps.1.all.0"),
        ({"do": "if", "segment": "lapsed", "maybe": []}, "steps.1.maybe"),
        ({"do": "if", "segment": "lapsed", "else": [{"do": "fly"}]}, "steps.1.else.1.do"),
    ],
)
def test_a_condition_that_cannot_be_asked_is_refused_with_its_place(
    wrong: dict[str, Any], place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_definition({"trigger": "customer.added", "steps": [wrong]})
    assert list(refused.value.fields) == [place]


def test_a_segment_that_is_not_there_is_refused_when_it_is_saved(shop: Shop) -> None:
    with store_scope(shop.store.pk):
        add_shipped()
        row = Journey.objects.create(key="own", name="My own")
        entered = {"event": "segment.entered", "where": {"segment": "nowhere"}}
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"trigger": entered, "steps": [HELLO]}, "trigger.where.segment"),
            (
                {"trigger": "customer.added", "steps": [{"do": "if", "segment": "nowhere"}]},
                "steps.1.segment",
            ),
        ]
        for definition, place in wrong:
            with pytest.raises(Invalid) as refused:
                actions.save_version(journey=row, definition=definition, by=None)
            assert list(refused.value.fields) == [place]
        with pytest.raises(Invalid, match=r"trigger\.where\.segment"):
            read_definition({"trigger": "segment.entered", "steps": [HELLO]})


def test_a_condition_reads_as_a_question(shop: Shop) -> None:
    with store_scope(shop.store.pk):
        add_shipped()
        asks = {"do": "if", "segment": "lapsed", "then": [HELLO]}
        own = {"do": "if", **BUYERS, "else": [ORDERING]}
        definition = read_definition({"trigger": "customer.added", "steps": [asks, own]})
        lines = [(line.depth, line.text) for line in lines_of(definition, names_now())]
    assert lines[:3] == [
        (0, "Look whether the customer is in “Lapsed”"),
        (1, "If so"),
        (1, "Welcome"),
    ]
    assert [text for _, text in lines[3:5]] == [
        "Look whether the customer has at least 1 order",
        "If not",
    ]
