"""One page tells what will happen to a customer in all journeys, what waits, and what happened."""

from datetime import timedelta
from typing import Any

from django.db.models import F

from shopbell.journeys import actions
from shopbell.journeys.foresight import courses_of
from shopbell.journeys.models import Enrolment, Journey
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from tests.journeys.ground import Shop, pass_time, work
from tests.support.people import add_people, client_of

ADA = "ada@example.com"


def page_of(shop: Shop, role: str = "owner") -> str:
    people = add_people(shop.store)
    with store_scope(shop.store.pk):
        customer = Enrolment.objects.all()[0].customer_id
    answer: Any = client_of(people.user(role)).get(f"/s/lark/journeys/of/{customer}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_what_comes_is_told_with_its_time_and_comes_true(shop: Shop) -> None:
    shop.switch_on("welcome")
    customer = shop.subscribe(ADA)
    work()
    with store_scope(shop.store.pk):
        [course] = courses_of(shop.store, customer)
        foreseen = [(item.at, item.text, item.gate) for item in course.ahead]
    assert [text for _, text, _ in foreseen] == [
        "“Welcome: how ordering works” by e-mail",
        "“Welcome: what interests you” by e-mail",
    ]
    assert [gate for _, _, gate in foreseen] == ["", ""]
    # when the time has come, it is the engine that takes the step then
    run = shop.run()
    assert foreseen[0][0] == run.due_at
    assert foreseen[1][0] - foreseen[0][0] == timedelta(days=6)
    with store_scope(shop.store.pk):
        Enrolment.objects.update(due_at=F("due_at") - (run.due_at - clock.now()))
    work()
    assert [kind for kind, _, _ in shop.told()] == ["welcome_first", "welcome_order"]


def test_the_gate_says_what_it_would_stop_and_what_waits_there(shop: Shop) -> None:
    shop.switch_on("welcome")
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA, first_name="Ada")
    shop.leave_cart(ADA)
    shop.leave_cart("nobody@example.com", "c2")
    work()
    pass_time(minutes=31)
    with store_scope(shop.store.pk):
        Message.objects.filter(kind="cart_reminder", customer__first_name="Ada").update(
            state="held", reason="open_case", reason_text="Waits while conversation #1 is open."
        )
        Enrolment.objects.exclude(customer__first_name="Ada").delete()
        actions.pause(journey=Journey.objects.get(key="welcome"), by=None)
    page = page_of(shop)
    for said in (
        "“Cart: last reminder” by e-mail",
        "Unless they ordered, or the cart was completed before.",
        "Waits while conversation #1 is open.",
        "The journey is paused",
        "Came in with a cart",
        "Waits 30 minutes",
    ):
        assert said in page
    # and without permission each message says that it would not leave
    with store_scope(shop.store.pk):
        from shopbell.consent.models import ConsentEvent

        ConsentEvent.objects.all().delete()
    assert "Today it would not leave: No permission for" in page_of(shop)


def test_what_depends_on_conditions_and_answers_says_so(shop: Shop) -> None:
    asks = {
        "do": "if",
        "all": [{"is": "email"}],
        "then": [{"do": "send", "text": "welcome_order", "topic": "tips"}],
    }
    waits = {"do": "wait_for", "event": "order.placed", "days": 2}
    shop.own({"trigger": "customer.added", "steps": [{"do": "wait", "days": 1}, waits, asks]})
    customer = shop.subscribe(ADA)
    work()
    with store_scope(shop.store.pk):
        [course] = courses_of(shop.store, customer)
        said = [item.text for item in course.ahead]
    assert said[0].startswith("Waits until then for an answer")
    assert said[1].endswith("yes, as things stand today")
    assert said[2] == "“Welcome: how ordering works” by e-mail"


def test_an_ended_run_tells_why(shop: Shop) -> None:
    shop.switch_on("cart_recovery")
    shop.subscribe(ADA)
    shop.leave_cart(ADA)
    work()
    shop.order(ADA)
    work()
    page = page_of(shop, "agent")
    assert "Not in any journey now" in page
    assert "They ordered" in page
    assert "Reached the goal" in page
