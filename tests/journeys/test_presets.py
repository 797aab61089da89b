"""The shipped journeys for people who have bought: review, replenishment, the fifth order."""

from datetime import timedelta

from django.db import connection as database

from shopbell.feedback.actions import answer_check
from shopbell.journeys.models import Enrolment, EnrolmentState
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.models import Message
from shopbell.orders.rhythms import median_days_between_orders
from tests.journeys.ground import Shop, pass_time, work

ADA = "ada@example.com"


def of_journeys(shop: Shop) -> list[tuple[str, str]]:
    kinds = ("review_request", "replenish", "milestone")
    return [(kind, state) for kind, state, _ in shop.told() if kind in kinds]


def order_on(shop: Shop, number: int, days_ago: float) -> None:
    shop.order(ADA, f"#{number}", placed_at=clock.now() - timedelta(days=days_ago))


def test_only_who_says_that_all_is_right_is_asked_for_a_review(shop: Shop) -> None:
    shop.switch_on("delivery_check")
    shop.switch_on("review_request")
    for number, email in enumerate((ADA, "bea@example.com")):
        shop.subscribe(email)
        shop.order(email, f"#{number}", placed_at=clock.now() - timedelta(days=5))
    work()
    for number in range(2):
        shop.deliver(f"#{number}", f"p{number}")
    work()
    pass_time(days=2)
    with store_scope(shop.store.pk):
        for answer, email in (("good", ADA), ("bad", "bea@example.com")):
            message = Message.objects.get(kind="delivery_check", customer__email=email)
            answer_check(message=message, answer=answer)
    work()
    pass_time(days=4)
    with store_scope(shop.store.pk):
        message = Message.objects.get(kind="review_request")
        assert (message.to_address, message.state) == (ADA, "sent")
        assert "Stoneware mug" in message.text


def test_who_has_a_rhythm_is_reminded_when_it_is_over(shop: Shop) -> None:
    shop.switch_on("replenishment")
    customer = shop.subscribe(ADA, first_name="Ada")
    # given orders every thirty days or so, one of them in two parts on one day
    for number, days_ago in enumerate((91, 61, 31, 30.9)):
        order_on(shop, number, days_ago)
    with store_scope(shop.store.pk):
        assert median_days_between_orders([customer.pk]) == {customer.pk: 30}
        Enrolment.objects.all().delete()
    with unscoped("a test clears what happened"), database.cursor() as cursor:
        cursor.execute("DELETE FROM events_delivery")
    # when the next one comes
    order_on(shop, 9, 0)
    work()
    run = shop.run()
    assert timedelta(days=29, hours=23) < run.due_at - clock.now() < timedelta(days=32)
    assert "Waits 30 days, as usual between orders" in shop.said()
    pass_time(days=32)
    assert of_journeys(shop) == [("replenish", "sent")]


def test_who_orders_in_time_is_left_alone_and_one_order_is_no_rhythm(shop: Shop) -> None:
    shop.switch_on("replenishment")
    shop.subscribe(ADA)
    order_on(shop, 1, 0)
    work()
    assert shop.run().reason == "There is only one order, so no rhythm yet."
    with store_scope(shop.store.pk):
        Enrolment.objects.all().delete()
    order_on(shop, 0, 20)  # an old one becomes known
    order_on(shop, 2, 0.1)
    work()
    order_on(shop, 3, 0)
    work()
    with store_scope(shop.store.pk):
        runs = dict(Enrolment.objects.values_list("order__number", "state"))
    assert runs["#2"] == EnrolmentState.GOAL
    assert of_journeys(shop) == []


def test_the_fifth_order_is_thanked_for_and_no_other(shop: Shop) -> None:
    shop.switch_on("milestone")
    shop.subscribe(ADA)
    for number in range(1, 7):
        order_on(shop, number, 1)
        work()
    pass_time(days=5)
    assert of_journeys(shop) == [("milestone", "sent")]
    with store_scope(shop.store.pk):
        message = Message.objects.select_related("order", "customer").get(kind="milestone")
        assert message.order is not None
        assert message.customer is not None
        assert message.order.number == "#5"
        assert message.customer.tags == ["regular"]
