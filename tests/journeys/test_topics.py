"""What journeys write about: customers stop one topic with one click, and the rest still comes."""

from typing import Any

import pytest
from django.test import Client

from shopbell.consent.choosing import drop_topic, save_topic
from shopbell.consent.models import Topic
from shopbell.journeys.definition import read_definition
from shopbell.journeys.presets import presets
from shopbell.journeys.steps import Send
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from tests.journeys.ground import Shop, pass_time, work

ADA = "ada@example.com"


def test_one_click_in_the_mail_program_stops_the_topic_and_no_other(shop: Shop) -> None:
    # given somebody in two journeys that write about different things
    for key in ("welcome", "cart_recovery"):
        shop.switch_on(key)
    shop.subscribe(ADA)
    work()
    [mail] = shop.sink.messages
    # when her mail program posts to where the header says, as RFC 8058 wants it
    assert mail.parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = str(mail.parsed["List-Unsubscribe"]).strip("<>")
    path = "/u/" + url.partition("/u/")[2]
    assert Client().get(path).status_code == 200  # a scanner that looks changes nothing
    pressed: Any = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200
    # then the welcome is silent, and a cart is still recovered
    shop.leave_cart(ADA)
    work()
    pass_time(days=4)
    assert ("welcome_order", "skipped", "no_topic") in shop.told()
    assert ("cart_reminder", "sent", "") in shop.told()


def test_switching_on_offers_what_it_writes_about_and_leaves_names_alone(shop: Shop) -> None:
    with store_scope(shop.store.pk):
        save_topic(names={"en": "Nudges"}, key="reminders")
    shop.switch_on("cart_recovery")
    shop.switch_on("welcome")
    with store_scope(shop.store.pk):
        found = dict(Topic.objects.values_list("key", "names"))
        assert found["reminders"] == {"en": "Nudges"}
        assert found["tips"]["de"] == "Tipps und Wissenswertes"
        assert set(found) == {"reminders", "tips"}
        drop_topic(topic=Topic.objects.get(key="tips"))


def test_every_offer_of_a_shipped_journey_has_a_topic() -> None:
    for preset in presets():
        for step in read_definition(preset.definition).steps.values():
            if isinstance(step, Send) and step.purpose == "marketing":
                assert step.topic, f"{preset.key}: {step.id}"


@pytest.mark.parametrize(
    "wrong", [{"topic": "Two Words"}, {"topic": 5}, {"topic": "tips", "purpose": "survey"}]
)
def test_a_topic_that_cannot_be_is_refused_with_its_place(wrong: dict[str, Any]) -> None:
    step = {"do": "send", "text": "welcome_first", **wrong}
    with pytest.raises(Invalid) as refused:
        read_definition({"trigger": "customer.added", "steps": [step]})
    assert list(refused.value.fields) == ["steps.1.topic"]
