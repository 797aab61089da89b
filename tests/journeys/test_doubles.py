"""Journeys that write to the same people about the same thing are told of, and not forbidden."""

from typing import Any

from shopbell.journeys.definition import read_definition
from shopbell.journeys.doubles import doubles_of, first_message, journeys_on
from shopbell.journeys.presets import presets
from shopbell.kit.db.scope import store_scope
from tests.journeys.ground import Shop
from tests.support.people import add_people, client_of

CART = {"event": "cart.changed", "where": {"completed": False}}


def send(text: str) -> dict[str, Any]:
    return {"do": "send", "text": text, "media": ["email"]}


def test_two_cart_recoveries_are_told_in_the_list_and_at_each(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    mine = {"trigger": CART, "steps": [{"do": "wait", "hours": 1}, send("welcome_order")]}
    shop.own(mine)
    owner = client_of(add_people(shop.store).user("owner"))
    for page in ("", "own/", "own/edit/", "own/publish/", "cart_recovery/"):
        answer: Any = owner.get(f"/s/lark/journeys/{page}", follow=True)
        assert "starts when the same happens" in answer.content.decode(), page
    # with the same text that is said
    with store_scope(shop.store.pk):
        same = read_definition({"trigger": CART, "steps": [send("cart_reminder")]})
        [said] = doubles_of("other", same, [row for row in journeys_on() if row[0] != "own"])
    assert "sends the same: “Cart: your things are still here”." in said


def test_what_is_far_apart_or_starts_otherwise_is_no_double(shop: Shop) -> None:
    for preset in presets():
        shop.switch_on(preset.key)
    with store_scope(shop.store.pk):
        on = journeys_on()
        assert len(on) == len(presets())
        # nothing that comes with Shopbell is in the way of another
        assert [doubles_of(key, definition, on) for key, _, definition in on] == [[]] * len(on)
        done = {"event": "cart.changed", "where": {"completed": True}}
        other = read_definition({"trigger": done, "steps": [send("cart_reminder")]})
        assert doubles_of("own", other, on) == []


def test_a_text_that_a_notification_sends_by_itself_is_told(shop: Shop) -> None:
    with store_scope(shop.store.pk):
        told = read_definition({"trigger": "order.placed", "steps": [send("order_confirmed")]})
        [said] = doubles_of("own", told, [])
    assert said.endswith("is on, and sends the same text.")


def test_the_first_message_is_the_earliest_on_any_way() -> None:
    late = {"do": "wait_for", "event": "order.placed", "days": 2, "then": [{"do": "end"}]}
    steps = [{"do": "wait", "hours": 3}, late, send("welcome_first")]
    definition = {"trigger": "customer.added", "steps": steps}
    assert first_message(read_definition(definition)) == 3 * 60 + 2 * 24 * 60
    assert first_message(read_definition({**definition, "steps": [{"do": "end"}]})) is None
