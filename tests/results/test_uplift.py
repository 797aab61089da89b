"""What a campaign or a way brought beyond what would have happened anyway, and how sure that is."""

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from shopbell.campaigns.models import Campaign, Place, Recipient, Stage
from shopbell.customers.models import Customer
from shopbell.journeys.definition import read_definition
from shopbell.journeys.models import Passage
from shopbell.journeys.steps import Split
from shopbell.journeys.walking import way_of
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Order
from shopbell.results.comparing import campaign_compared, journey_compared, quiet_way
from shopbell.results.uplift import (
    TOO_FEW,
    Side,
    more_orders,
    more_revenue,
    orders_in_words,
)
from tests.journeys.ground import Shop, work
from tests.results.ground import count, hours_ago, told
from tests.support.people import add_people, client_of

ASKED = {
    "trigger": {"event": "consent.changed", "where": {"action": "granted", "channel": "email"}},
    "steps": [
        {
            "id": "chance",
            "do": "split",
            "ways": [
                {"name": "A mail", "share": 50, "steps": [{"do": "send", "text": "win_back"}]},
                {"name": "Nothing", "share": 50, "steps": []},
            ],
        }
    ],
}


def test_the_interval_is_that_of_newcombes_paper() -> None:
    """Statistics in Medicine 17 (1998), 873-890, table II, method 10: 56 of 70 and 48 of 80."""
    found = more_orders(Side(70, 56), Side(80, 48))

    assert found is not None
    assert found.low == pytest.approx(0.0524, abs=1e-4)
    assert found.high == pytest.approx(0.3339, abs=1e-4)


def test_the_interval_holds_what_is_true_as_often_as_it_says() -> None:
    # given many trials in which 6 and 4 of 100 order
    dice, held = random.Random(7), 0
    for _ in range(400):
        with_it = Side(600, sum(dice.random() < 0.06 for _ in range(600)))
        without = Side(400, sum(dice.random() < 0.04 for _ in range(400)))
        found = more_orders(with_it, without)
        assert found is not None
        held += found.low <= 0.02 <= found.high

    # then the truth lies within in about 95 of 100
    assert 0.92 <= held / 400 <= 0.98


def test_it_is_said_in_words_and_few_people_are_said_to_be_few() -> None:
    assert orders_in_words(more_orders(Side(29, 20), Side(1000, 0))) == TOO_FEW
    clear = orders_in_words(more_orders(Side(9000, 540), Side(1000, 40)))
    assert clear == "Between 0.5 and 3.2 more orders in 100 people than without it."
    unclear = orders_in_words(more_orders(Side(90, 5), Side(40, 2)))
    assert unclear.startswith(TOO_FEW)
    worse = orders_in_words(more_orders(Side(1000, 20), Side(1000, 60)))
    assert "fewer orders in 100 people than without it" in worse


def test_revenue_needs_some_orders() -> None:
    assert more_revenue(Side(500, 5, 5e4, 6e8), Side(500, 2, 2e4, 3e8)) is None
    found = more_revenue(Side(1000, 100, 1e6, 1e10), Side(1000, 50, 5e5, 5e9))
    assert found is not None
    assert found.difference == 500
    assert 200 < found.low < found.high < 800


def people(shop: Shop, many: int) -> list[Customer]:
    with store_scope(shop.store.pk):
        return Customer.objects.bulk_create(
            [Customer(email=f"p{n}@example.org", first_name=f"No {n}") for n in range(many)]
        )


def buys(customer: Customer, hours: float, **about: Any) -> Order:
    values = {"currency": "EUR", "total": 5000, "placed_at": hours_ago(hours), **about}
    return Order(source="shopify/main", source_id=str(customer.pk), customer=customer, **values)


def test_a_campaign_is_compared_with_those_who_were_kept_back(shop: Shop) -> None:
    # given a campaign of which 100 were kept back, and some who could not be reached at all
    crowd = people(shop, 450)
    with store_scope(shop.store.pk):
        row = Campaign.objects.create(
            name="Spring", stage=Stage.DONE, holdout=20, began_at=hours_ago(100)
        )
        rows = [Recipient(campaign_id=row.pk, customer_id=each.pk) for each in crowd]
        for number, each in enumerate(rows):
            each.state = Place.SENT if number < 290 else Place.FAILED
            if 300 <= number < 400:
                each.state = Place.HOLDOUT
            if number >= 400:
                each.state, each.reason = Place.LEFT_OUT, "no_consent"
        Recipient.objects.bulk_create(rows)

        # when some of both order, one too early, and one of those who could not be reached
        bought = [buys(each, 50) for each in crowd[:60]] + [
            buys(each, 99) for each in crowd[300:305]
        ]
        bought += [buys(crowd[305], 101), buys(crowd[420], 50)]
        bought += [buys(crowd[306], 50, is_test=True)]
        Order.objects.bulk_create(bought)
        found = campaign_compared(shop.store, row)

    # then both sides have whom chance put there
    assert found is not None
    assert (found.with_it.people, found.with_it.ordered) == (300, 60)
    assert (found.without.people, found.without.ordered) == (100, 5)
    assert found.with_it.mean == 1000
    assert found.says.startswith("Between ")
    owner = client_of(add_people(shop.store).user("owner"))
    told(
        shop.store, crowd[0], timedelta(hours=99), kind="campaign", clicked_at=hours_ago(60),
        data={"campaign": str(row.pk), "variant": "A"},
    )  # fmt: skip
    count(shop.store)
    page = owner.get(f"/s/lark/results/campaigns/{row.pk}/").content.decode()
    assert "Kept back by chance" in page
    assert "€50.00" in page  # of the one order that follows on the message
    # and each number leads to the rows it counts
    assert len(behind(owner, page, "true")) == 50  # of 60, the first page
    assert sorted(behind(owner, page, "false")) == sorted(str(one.pk) for one in bought[60:65])
    assert "Spring" in owner.get("/s/lark/results/?by=campaign").content.decode()


def test_the_ways_of_a_journey_are_compared_with_the_one_that_sends_nothing(shop: Shop) -> None:
    # given people who went one way or the other eight days ago
    journey = shop.own(ASKED)
    for number in range(40):
        shop.subscribe(f"p{number}@example.org")
    work()
    with store_scope(shop.store.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE journeys_passage SET at = at - interval '8 days'")
        assert Passage.objects.filter(step="chance").count() == 40

        # when all of one way order
        definition = read_definition(ASKED)
        split = definition.steps["chance"]
        assert isinstance(split, Split)
        went = {each: way_of(split, each.pk)[0] for each in Customer.objects.all()}
        Order.objects.bulk_create([buys(x, 100) for x, way in went.items() if way == "A mail"])
        [found] = journey_compared(shop.store, journey, definition)

    # then it says so
    mailed = sum(way == "A mail" for way in went.values())
    assert (found.with_it.people, found.with_it.ordered) == (mailed, mailed)
    assert (found.without.people, found.without.ordered) == (40 - mailed, 0)
    owner = client_of(add_people(shop.store).user("owner"))
    orders = owner.get(found.with_orders).content.decode()
    assert len(re.findall(r"/s/lark/orders/[0-9a-f-]{36}/", orders)) == mailed
    stayed = owner.get(found.without_href).content.decode()
    assert len(re.findall(r"/s/lark/customers/[0-9a-f-]{36}/", stayed)) == 40 - mailed
    assert owner.get(found.with_orders.replace("chance", "elsewhere")).status_code == 404


def behind(client: Client, page: str, side: str) -> list[str]:
    """Follow the number of a side and return the orders listed there."""
    [address] = set(re.findall(rf'href="([^"]+/beside/\?side={side})"', page))
    listed = client.get(address).content.decode()
    return re.findall(r"/s/lark/orders/([0-9a-f-]{36})/", listed)


def test_two_quiet_ways_are_no_comparison() -> None:
    def split_of(*ways: list[dict[str, Any]]) -> str:
        listed = [{"name": str(n), "share": 50, "steps": way} for n, way in enumerate(ways)]
        after = [{"do": "send", "text": "win_back"}]
        definition = read_definition(
            {**ASKED, "steps": [{"id": "chance", "do": "split", "ways": listed}, *after]}
        )
        step = definition.steps["chance"]
        assert isinstance(step, Split)
        return quiet_way(definition, step)

    send: dict[str, Any] = {"do": "send", "text": "win_back"}
    nested = {"do": "wait_for", "event": "order.placed", "days": 1, "then": [], "else": [send]}
    assert split_of([send], []) == "1"  # what comes after both counts for neither
    assert split_of([nested], [{"do": "wait", "days": 1}]) == "1"
    assert split_of([], []) == ""
    assert split_of([send], [{**send}]) == ""
