"""The simulated shop: plausible, repeatable, obedient, and readable by the real connectors."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopbell.demo.happenings import Moment
from shopbell.demo.people import CUSTOMERS, DemoCustomer
from shopbell.demo.posts import Doors, Post
from shopbell.demo.scenario import MAX_STEP, SPEEDS, Simulator
from shopbell.demo.stories import STORIES, market_day
from shopbell.kit.errors import Conflict, Invalid, NotFound
from shopbell.orders.ports import (
    OrderFacts,
    OrderStatus,
    PaymentStatus,
    RefundFacts,
    ReturnFacts,
    ShipmentFacts,
)
from tests.demo.conftest import START

type Understand = Callable[[Post, datetime], list[Any]]
SECOND = timedelta(seconds=1)


def run(simulator: Simulator, seconds: int, start: datetime = START) -> list[Post]:
    posts: list[Post] = []
    for second in range(1, seconds + 1):
        posts += simulator.advance(start + second * SECOND)
    return posts


def run_order(doors: Doors, story: str, **options: Any) -> tuple[Simulator, list[Post]]:
    """One order from beginning to end, and nobody else in the shop."""
    simulator = Simulator(doors, at=START, seed=3, speed=10_080, orders_per_day=0.000_01)
    customer = options.pop("customer", CUSTOMERS[7])
    lines = options.pop("lines", {"honey": 2, "enamel-mug": 1})
    posts = simulator.place_order(customer, lines, START, story)
    return simulator, posts + run(simulator, 240)


def test_a_week_in_a_minute_is_about_as_busy_as_a_week(simulator: Simulator) -> None:
    posts = run(simulator, 60)
    topics = Counter(post.topic for post in posts)
    assert 180 < topics["orders/create"] < 320
    assert topics["checkouts/create"] > 10
    assert topics["tracking"] > 2 * topics["orders/create"]


def test_the_same_seed_tells_the_same_story(doors: Doors) -> None:
    first = run(Simulator(doors, at=START, seed=5, speed=1440), 40)
    again = run(Simulator(doors, at=START, seed=5, speed=1440), 40)
    other = run(Simulator(doors, at=START, seed=6, speed=1440), 40)
    assert first
    assert first == again
    assert [post.body for post in first] != [post.body for post in other]


def test_every_post_is_accepted_and_understood_by_its_connector(
    simulator: Simulator, understand: Understand
) -> None:
    posts = simulator.open_shop(START)
    for second in range(1, 41):
        now = START + second * SECOND
        for post in [*posts, *simulator.advance(now)]:
            facts = understand(post, now)
            silent = post.topic == "order_transactions/create"
            assert facts or silent, post.topic
        posts = []


def test_no_two_posts_share_an_event_id(simulator: Simulator) -> None:
    ids = [
        post.headers.get("X-Shopify-Event-Id") or post.headers["webhook-id"]
        for post in simulator.open_shop(START) + run(simulator, 30)
    ]
    assert len(ids) == len(set(ids))


def test_payload_times_are_real_times_however_fast_it_runs(simulator: Simulator) -> None:
    before = START
    for second in range(1, 31):
        now = START + second * SECOND
        for post in simulator.advance(now):
            assert before <= post.at <= now
            body = json.loads(post.body)
            if "happened_at" in body:
                assert before <= datetime.fromisoformat(body["happened_at"]) <= now
        before = now


def test_the_story_of_an_order_ends_as_its_name_says(doors: Doors, understand: Understand) -> None:
    endings = {
        "smooth": "delivered", "delayed": "delivered", "nobody_home": "delivered",
        "pickup": "delivered", "neighbour": "delivered", "returned": "delivered",
        "split": "delivered", "edited": "delivered", "payment_problem": "delivered",
        "lost": "exception", "refused": "exception", "wrong_address": "exception",
    }  # fmt: skip
    assert set(endings) | {"cancelled"} == set(STORIES)
    for story, ending in endings.items():
        simulator, posts = run_order(doors, story)
        order = next(iter(simulator.orders.values()))
        assert {parcel.status for parcel in order.parcels} == {ending}, story
        assert not simulator.under_way(), story
        assert len(order.parcels) == (2 if story == "split" else 1), story
        told = [fact for post in posts for fact in understand(post, post.at)]
        scans = [fact for fact in told if isinstance(fact, ShipmentFacts) and fact.events]
        assert scans[-1].status == ending, story
        assert scans[-1].tracking_number in {parcel.number for parcel in order.parcels}


def test_a_cancelled_order_is_paid_back_and_never_sent(
    doors: Doors, understand: Understand
) -> None:
    _, posts = run_order(doors, "cancelled")
    told = [fact for post in posts for fact in understand(post, post.at)]
    orders = [fact for fact in told if isinstance(fact, OrderFacts)]
    assert orders[-1].status is OrderStatus.CANCELLED
    assert orders[-1].payment is PaymentStatus.REFUNDED
    assert "fulfillments/create" not in {post.topic for post in posts}
    refund = next(fact for fact in told if isinstance(fact, RefundFacts))
    assert refund.amount == orders[0].total == 3_360 + 490


def test_an_edit_takes_a_unit_out_and_gives_its_price_back(
    doors: Doors, understand: Understand
) -> None:
    _, posts = run_order(doors, "edited")
    told = [fact for post in posts for fact in understand(post, post.at)]
    orders = [fact for fact in told if isinstance(fact, OrderFacts) and fact.lines]
    assert sum(line.quantity for line in orders[0].lines or ()) == 3
    assert sum(line.quantity for line in orders[-1].lines or ()) == 2
    assert next(fact for fact in told if isinstance(fact, RefundFacts)).amount == 980


def test_a_payment_problem_is_told_before_the_payment(doors: Doors, understand: Understand) -> None:
    _, posts = run_order(doors, "payment_problem")
    told = [fact for post in posts for fact in understand(post, post.at)]
    payments = [fact.payment for fact in told if isinstance(fact, OrderFacts) and fact.payment]
    assert payments[:2] == [PaymentStatus.PENDING, PaymentStatus.FAILED]
    assert payments[-1] is PaymentStatus.PAID


def test_a_return_is_asked_for_agreed_received_and_paid_back(
    doors: Doors, understand: Understand
) -> None:
    _, posts = run_order(doors, "returned")
    told = [fact for post in posts for fact in understand(post, post.at)]
    returns = [fact.status.value for fact in told if isinstance(fact, ReturnFacts)]
    assert returns == ["requested", "registered", "closed"]
    assert any(isinstance(fact, RefundFacts) for fact in told)


def test_a_paused_shop_is_silent_and_loses_nothing(simulator: Simulator) -> None:
    run(simulator, 5)
    simulated = simulator.simulated_at
    simulator.pause(START + 5 * SECOND)
    assert run(simulator, 30, START + 5 * SECOND) == []
    simulator.play(START + 35 * SECOND)
    assert simulator.simulated_at == simulated
    assert run(simulator, 5, START + 35 * SECOND)


def test_after_a_long_silence_only_a_minute_counts(simulator: Simulator) -> None:
    simulator.set_speed(1.0, START)
    simulator.advance(START + timedelta(days=3))
    assert simulator.simulated_at == START + MAX_STEP


def test_a_saved_state_goes_on_as_if_nothing_had_happened(
    simulator: Simulator, doors: Doors
) -> None:
    run(simulator, 20)
    state = json.loads(json.dumps(simulator.dump()))
    loaded = Simulator.load(doors, state)
    now = START + 20 * SECOND
    assert "secret" not in json.dumps(state)
    assert run(loaded, 20, now) == run(simulator, 20, now)
    assert loaded.dump() == simulator.dump()


def test_a_clock_that_runs_backwards_does_no_harm(simulator: Simulator) -> None:
    run(simulator, 10)
    assert simulator.advance(START) == []


def test_a_visitor_can_order(doors: Doors, understand: Understand) -> None:
    visitor = DemoCustomer(
        0, "Ada", "Visitor", "ada@example.com", "de", "DE", "Berlin", "10115", "Weg 1"
    )
    simulator, posts = run_order(doors, "smooth", customer=visitor, lines={"fig-jam": 1})
    fact = understand(posts[0], START)[0]
    assert fact.customer.email == "ada@example.com"
    assert fact.number == "#1001"
    assert fact.total == 690 + 490
    assert list(simulator.orders.values())[-1].customer == visitor


@pytest.mark.parametrize("lines", [{}, {"honey": 0}, {"gold": 1}, {"honey": 100}])
def test_an_order_of_nothing_or_of_something_else_is_refused(
    simulator: Simulator, lines: dict[str, int]
) -> None:
    with pytest.raises(Invalid):
        simulator.place_order(CUSTOMERS[0], lines, START)
    with pytest.raises(Invalid):
        simulator.place_order(CUSTOMERS[0], {"honey": 1}, START, "no such story")


def under_way(doors: Doors, status: str) -> tuple[Simulator, int, datetime]:
    """An order whose parcel has just got `status`."""
    simulator = Simulator(doors, at=START, seed=3, speed=1440, orders_per_day=0.000_01)
    simulator.place_order(CUSTOMERS[7], {"honey": 1}, START, "smooth")
    order = next(iter(simulator.orders.values()))
    for second in range(1, 600):
        now = START + second * SECOND
        simulator.advance(now)
        if order.parcels and order.parcels[0].status == status:
            return simulator, order.id, now
    raise AssertionError(status)


def test_a_delayed_parcel_says_so_and_comes_later(doors: Doors, understand: Understand) -> None:
    simulator, order_id, now = under_way(doors, "in_transit")
    order = simulator.find(order_id)
    promised = order.parcels[0].expected_until
    told = understand(simulator.delay(order_id, now)[-1], now)[0]
    assert (told.status, told.sub_status) == ("in_transit", "delayed")
    assert promised is not None
    assert order.parcels[0].expected_until > promised + timedelta(hours=20)  # type: ignore[operator]
    run(simulator, 400, now)
    assert order.parcels[0].status == "delivered"


def test_an_order_not_yet_packed_is_only_packed_later(doors: Doors) -> None:
    simulator = Simulator(doors, at=START, seed=3, speed=1440, orders_per_day=0.000_01)
    simulator.place_order(CUSTOMERS[7], {"honey": 1}, START, "smooth")
    order_id = next(iter(simulator.orders))
    assert simulator.delay(order_id, START) == []
    assert simulator.under_way()


def test_a_lost_parcel_stays_lost_and_is_paid_back(doors: Doors, understand: Understand) -> None:
    simulator, order_id, now = under_way(doors, "in_transit")
    told = understand(simulator.lose(order_id, now)[-1], now)[0]
    assert (told.status, told.sub_status) == ("exception", "lost")
    rest = run(simulator, 300, now)
    assert {post.topic for post in rest} == {"refunds/create", "orders/updated"}
    assert simulator.find(order_id).financial_status == "refunded"


def test_what_is_too_late_is_refused(doors: Doors) -> None:
    simulator, order_id, now = under_way(doors, "delivered")
    for meddle in (simulator.delay, simulator.lose, simulator.cancel):
        with pytest.raises(Conflict):
            meddle(order_id, now)
    with pytest.raises(NotFound):
        simulator.lose(1, now)


def test_an_order_can_be_cancelled_before_dispatch(doors: Doors) -> None:
    simulator = Simulator(doors, at=START, seed=3, speed=1440, orders_per_day=0.000_01)
    simulator.place_order(CUSTOMERS[7], {"honey": 1}, START, "smooth")
    posts = simulator.cancel(next(iter(simulator.orders)), START + SECOND)
    assert [post.topic for post in posts] == [
        "refunds/create",
        "orders/cancelled",
        "orders/updated",
    ]
    assert not simulator.under_way()


def test_the_past_can_be_told_before_the_present(doors: Doors, understand: Understand) -> None:
    simulator = Simulator(doors, at=START, seed=2)
    history = simulator.live_through(5, START)
    assert len([post for post in history if post.topic == "orders/create"]) > 100
    assert min(post.at for post in history) > START - timedelta(days=5)
    assert [post.at for post in history] == sorted(post.at for post in history)
    assert all(understand(post, START) for post in history if post.topic == "tracking")
    assert simulator.under_way()
    assert simulator.real_at == START


def test_the_state_does_not_grow_for_ever(simulator: Simulator) -> None:
    run(simulator, 180)
    assert len(simulator.orders) < 600
    assert len(json.dumps(simulator.dump())) < 2_000_000


def test_nobody_packs_at_night_or_on_sunday(doors: Doors) -> None:
    simulator = Simulator(doors, at=START, seed=9, speed=1.0)
    history = simulator.live_through(14, START)
    packed = [post.at for post in history if post.topic == "fulfillments/create"]
    hours = {moment.astimezone(UTC).hour for moment in packed}
    assert packed
    assert hours <= set(range(6, 16))
    assert {moment.weekday() for moment in packed} <= {0, 1, 2, 3, 4}


def test_a_pace_outside_the_bounds_is_refused(simulator: Simulator) -> None:
    for speed in (0, -1, 10**9):
        with pytest.raises(Invalid):
            simulator.set_speed(speed, START)
    assert SPEEDS["a week in a minute"] == 7 * 24 * 60


def test_a_promise_keeps_its_distance(doors: Doors) -> None:
    now = Moment(START, START + 5 * SECOND, START)
    assert now.estimate(START + timedelta(days=2)) == START + timedelta(days=2)
    assert now.estimate(START - timedelta(days=2)) == START + 5 * SECOND


@pytest.mark.parametrize("weekday", range(7))
def test_within_two_minutes_a_visitor_sees_everything_on_any_day(
    doors: Doors, weekday: int
) -> None:
    now = START + timedelta(days=weekday, hours=13)
    simulator = Simulator(
        doors, at=now, simulated_at=market_day(now), speed=SPEEDS["a day in a minute"]
    )
    posts: list[Post] = []
    seen: dict[str, int] = {}
    for second in range(1, 121):
        for post in simulator.advance(now + second * SECOND):
            posts.append(post)
            status = json.loads(post.body).get("status") if post.topic == "tracking" else post.topic
            seen.setdefault(str(status), second)
    assert seen["orders/create"] < 15
    assert seen["fulfillments/create"] < 30
    assert seen["out_for_delivery"] < 75
    assert seen["delivered"] < 90
    assert all(now <= post.at <= now + 120 * SECOND for post in posts)
