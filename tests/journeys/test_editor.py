"""A journey is put together on a page: step by step, with and without a script."""

from typing import Any

import pytest
from django.test import Client
from lxml import html

from shopbell.journeys import drafting
from shopbell.journeys.models import Draft, Journey
from shopbell.journeys.presets import presets
from shopbell.journeys.sketch import steps_in, tidy
from shopbell.kit.db.scope import store_scope
from tests.journeys.ground import Shop
from tests.support.people import add_people, client_of

LIST = "/s/lark/journeys/"
HTMX = {"HX-Request": "true"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def owner(shop: Shop) -> Client:
    return client_of(add_people(shop.store).user("owner"))


def begun(shop: Shop, owner: Client, **form: str) -> str:
    """Begin a journey by its page; returns the address of its editor."""
    answer = owner.post(f"{LIST}new/", {"name": "Second order", **form})
    assert answer.status_code == 302
    return str(answer["Location"])


def steps(shop: Shop) -> list[dict[str, Any]]:
    with store_scope(shop.store.pk):
        return list(steps_in(Draft.objects.get().definition["steps"]))


def press(owner: Client, page: str, do: str, **fields: Any) -> str:
    """Press a button as htmx does; returns what comes back."""
    answer = owner.post(page, {"do": do, **fields}, headers=HTMX)
    assert answer.status_code == 200
    return text(answer)


def test_a_journey_is_put_together_from_nothing(shop: Shop, owner: Client) -> None:
    page = begun(shop, owner)
    assert page == f"{LIST}second_order/edit/"
    assert "Put in a step" in text(owner.get(page))
    # when a wait is put in, its form opens and is filled in
    seen = press(owner, page, "add wait top")
    assert 'name="f.days"' in seen
    assert "Put in: Wait some time." in seen
    seen = press(owner, page, "done", open="wait-1", **{"f.days": "2", "f.at": "10:00"})
    assert "Wait 2 days, then until 10:00 where the customer lives" in seen
    # and a message behind it, which says what it still lacks
    seen = press(owner, page, "add send after wait-1")
    assert "Choose which text it sends." in seen
    seen = press(
        owner, page, "add split after send-1", open="send-1",
        **{"f.text": "welcome_order", "f.media.1": "whatsapp", "f.media.2": "email"},
    )  # fmt: skip
    assert "Choose which text it sends." not in seen
    # and steps within the ways of a split
    press(owner, page, "add tag in split-1 2", open="split-1")
    press(owner, page, "done", open="tag-1", **{"f.tag": "regular"})
    # then the draft holds all of it
    found = steps(shop)
    assert [step["id"] for step in found] == ["wait-1", "send-1", "split-1", "tag-1"]
    assert found[0] == {"id": "wait-1", "do": "wait", "days": 2, "at": "10:00"}
    assert found[1]["media"] == ["whatsapp", "email"]
    # and what starts it, its goal and its name can be changed
    press(owner, page, "done", open="start", **{
        "f.trigger": "cart_left", "f.per": "cart", "f.restarts": "yes"})  # fmt: skip
    press(owner, page, "done", open="ends", **{"f.goal": "ordered", "f.exits.1": "cart_done"})
    seen = press(owner, page, "done", open="name", **{"f.name": "Second order, new"})
    with store_scope(shop.store.pk):
        draft = Draft.objects.get()
        assert draft.name == "Second order, new"
        assert draft.definition["goal"] == {"event": "order.placed"}
        assert draft.definition["exits"] == [
            {"event": "cart.changed", "where": {"completed": True}}
        ]
        assert draft.definition["per"] == "cart"
        assert not Journey.objects.exists()
    assert "A cart is left" in seen
    assert "Second order, new" in text(owner.get(LIST))


def test_steps_are_moved_copied_taken_out_and_brought_back(shop: Shop, owner: Client) -> None:
    page = begun(shop, owner, start="delivery_check")
    assert [s["id"] for s in steps(shop)] == ["a-day", "ask", "answer", "answered", "silent"]
    # up, out of a way, to another place, and never within itself
    press(owner, page, "up ask")
    press(owner, page, "up answered")
    assert [s["id"] for s in steps(shop)] == ["ask", "a-day", "answered", "answer", "silent"]
    press(owner, page, "to ask", **{"f.to": "in answer then"})
    assert [s["id"] for s in steps(shop)] == ["a-day", "answered", "answer", "ask", "silent"]
    assert "It cannot stand there." in press(owner, page, "to answer", **{"f.to": "in answer then"})
    # a copy has ids of its own
    press(owner, page, "copy answer")
    ids = [s["id"] for s in steps(shop)]
    assert ids[-3:] == ["wait-for-1", "send-1", "end-1"]
    # taken out with all within, and undone
    seen = press(owner, page, "drop answer")
    assert "Taken out: Wait for something to happen and 2 steps within." in seen
    press(owner, page, "undo")
    assert [s["id"] for s in steps(shop)] == ids
    # what is gone says so
    press(owner, page, "drop ask")
    assert "not there any more" in press(owner, page, "up ask")


def test_it_works_without_a_script(shop: Shop, owner: Client) -> None:
    page = begun(shop, owner)
    answer = owner.post(page, {"do": "add wait top"})
    assert answer.status_code == 302
    assert answer["Location"].endswith("?open=wait-1&at=form+wait-1#n-wait-1")
    seen = text(owner.get(answer["Location"]))
    assert "autofocus" in seen
    assert 'name="f.days"' in seen


def test_looking_at_the_editor_changes_nothing(shop: Shop, owner: Client) -> None:
    for preset in presets():
        answer = owner.get(f"{LIST}{preset.key}/edit/")
        assert answer.status_code == 200
        assert "to mend" not in text(answer), preset.key
        assert owner.get(f"{LIST}{preset.key}/publish/").status_code == 200
    with store_scope(shop.store.pk):
        assert not Draft.objects.exists()
    assert owner.get(f"{LIST}nothing/edit/").status_code == 404
    agent = client_of(add_people(shop.store).user("agent"))
    assert agent.get(f"{LIST}welcome/edit/").status_code == 403


def test_every_form_keeps_what_it_shows(shop: Shop, owner: Client) -> None:
    """Opening each form of each journey and keeping it as it is changes nothing."""
    for preset in presets():
        page = f"{LIST}{preset.key}/edit/"
        before = tidy(preset.definition)
        for key in ["start", "ends", *(step["id"] for step in steps_in(before["steps"]))]:
            form = html.fromstring(text(owner.get(f"{page}?open={key}"))).get_element_by_id(
                "flow-form"
            )
            fields: dict[str, Any] = {}
            for name, value in form.form_values():
                fields.setdefault(name, []).append(value)
            owner.post(page, {**fields, "do": "done"})
        with store_scope(shop.store.pk):
            assert Draft.objects.get(key=preset.key).definition == before, preset.key


def test_two_people_edit_at_once(shop: Shop, owner: Client) -> None:
    page = begun(shop, owner, start="welcome")
    press(owner, page, "drop hello")
    # the other one still sees the step that is gone
    press(owner, page, "done", open="hello", **{"f.text": "win_back"})
    press(owner, page, "add tag after hello")
    assert [s["id"] for s in steps(shop)] == ["three-days", "ordering", "a-week", "choose"]


def test_a_journey_has_its_limits(shop: Shop, owner: Client) -> None:
    with store_scope(shop.store.pk):
        many = {"steps": [{"do": "end"} for _ in range(60)]}
        key = drafting.start_draft(name="Long", definition=many, by=None).key
    page = f"{LIST}{key}/edit/"
    assert "There is no room" in press(owner, page, "add end top")
    assert owner.post(f"{LIST}new/", {"name": "  "}).status_code == 422
    with store_scope(shop.store.pk):
        assert drafting.start_draft(name="Örder!", definition={}, by=None).key == "order"
        assert drafting.start_draft(name="new", definition={}, by=None).key == "new_2"
        assert drafting.start_draft(name="数", definition={}, by=None).key == "journey"


def test_a_day_that_customers_have_starts_it(shop: Shop, owner: Client) -> None:
    page = begun(shop, owner, start="birthday")
    assert 'value="birthday"' in press(owner, page, "open start")
    seen = press(owner, page, "done", open="start", **{
        "f.trigger": "day", "f.trigger.attribute": "renews_on", "f.trigger.days_before": "7, 1",
        "f.per": "event"})  # fmt: skip
    assert "7 and 1 days before the day in “renews_on”" in seen
    seen = press(owner, page, "done", open="start", **{
        "f.trigger": "day", "f.trigger.days_before": "soon", "f.per": "event"})  # fmt: skip
    assert "The name of an attribute that holds a day." in seen
    # what it goes by is said with what is meant of it
    press(owner, page, "add wait_for top")
    seen = press(owner, page, "done", open="wait-for-1", **{"f.when": "check_bad", "f.days": "3"})
    assert "Wait up to 3 days for: somebody answers that something is wrong" in seen
    seen = press(owner, page, "done", open="wait-for-1", **{
        "f.when": "did", "f.when.did": "quiz_done", "f.days": "3"})  # fmt: skip
    assert "for: an event of your own comes in: “quiz_done”" in seen


def test_what_is_true_of_a_customer_is_asked_in_the_form_of_the_step(
    shop: Shop, owner: Client
) -> None:
    page = begun(shop, owner)
    seen = press(owner, page, "add if top")
    assert "Choose a segment, or ask conditions of its own." in seen
    seen = press(owner, page, "conditions", open="if-1")
    assert 'name="g0.0.key"' in seen
    # another condition is chosen: its values are asked at once
    row = {"blocks": "1", "g0.mode": "any", "g0.size": "1", "g0.0.was": "last_order"}
    seen = press(owner, page, "ask g0.0", open="if-1", **row, **{"g0.0.key": "orders"})
    assert 'name="g0.0.number"' in seen
    # a mistake is told at its row, and what was typed stays
    typed = {**row, "g0.0.was": "orders", "g0.0.key": "orders", "g0.0.compare": "least"}
    seen = press(owner, page, "more g0", open="if-1", **typed, **{"g0.0.number": "many"})
    assert "whole number" in seen
    assert 'value="many"' in seen
    assert 'name="g0.1.key"' in seen
    # without a script the same, and the step says what it asks
    typed |= {"g0.0.number": "2", "g0.size": "2", "g0.1.was": "tagged", "g0.1.key": "tagged"}
    answer = owner.post(
        page, {"do": "done", "open": "if-1", **typed, "g0.1.way": "not", "g0.1.tags": "vip, staff"}
    )
    assert answer.status_code == 302
    [step] = steps(shop)
    assert step["any"] == [
        {"is": "orders", "compare": "least", "number": 2},
        {"not": "tagged", "tags": ["vip", "staff"]},
    ]
    assert "Look whether the customer" in text(owner.get(page))
    # rows are taken away, and a segment asked instead
    seen = press(owner, page, "less g0.1", open="if-1")
    assert 'id="g0.0-key" aria-label="What is asked" data-fresh autofocus' in seen
    assert len(steps(shop)[0]["any"]) == 1
    press(owner, page, "block", open="if-1")
    assert [list(each) for each in steps(shop)[0]["all"]] == [["any"], ["all"]]
    press(owner, page, "segment", open="if-1")
    press(owner, page, "done", open="if-1", **{"f.segment": "lapsed"})
    assert steps(shop)[0]["segment"] == "lapsed"
    assert "all" not in steps(shop)[0]
