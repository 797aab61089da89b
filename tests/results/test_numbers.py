"""The numbers of a journey that really ran, its pages, and the rows behind each number."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.portal.preferences import leave_by_one_click
from shopbell.results.models import Source
from shopbell.results.queries import Part
from tests.journeys.ground import Shop, pass_time
from tests.journeys.ground import work as work_journeys
from tests.results.ground import count, hours_ago, numbers, told, work
from tests.support.people import add_people, client_of

PAGE = "/s/lark/results/"


@pytest.fixture
def owner(shop: Shop) -> Client:
    return client_of(add_people(shop.store).user("owner"))


def test_nothing_sent_yet_teaches_what_comes(shop: Shop, owner: Client) -> None:
    page = owner.get(PAGE).content.decode()

    assert "Nothing to count yet" in page
    assert "within 5 days of a click in a message" in page


def test_a_journey_is_counted_step_by_step_and_each_number_leads_to_its_rows(
    shop: Shop, owner: Client
) -> None:
    # given a cart that was left, and the reminder of it that was clicked
    ida = shop.subscribe("ida@example.org", first_name="Ida", last_name="Lind")
    journey = shop.switch_on("cart_recovery")
    shop.leave_cart("ida@example.org")
    work_journeys()
    pass_time(days=1)
    with store_scope(shop.store.pk):
        sent = Message.objects.filter(customer=ida, state="sent")
        first = sent.earliest("handed_at")
        assert sent.update(clicked_at=hours_ago(1), read_at=hours_ago(1)) >= 1

    # when she orders, and leaves after that
    shop.order("ida@example.org")
    work()
    with store_scope(shop.store.pk):
        leave_by_one_click(store=shop.store, message=first)
    work()
    count(shop.store)

    # then the journey has it all
    found = numbers(shop.store, Part(source=Source.JOURNEY, source_id=journey.pk))
    assert (found.orders, found.revenue, found.left) == (1, 3700, 1)
    assert found.sent == found.read == found.clicked

    # and its pages say so
    for address in (PAGE, f"{PAGE}?by=medium", f"{PAGE}?by=journey"):
        page = owner.get(address).content.decode()
        assert "€37.00" in page, address
    page = owner.get(f"{PAGE}journeys/cart_recovery/").content.decode()
    assert "Step by step" in page
    links = re.findall(r'href="(/s/lark/results/rows/\?[^"]*what=(\w+)[^"]*)"', page)
    assert {"sent", "clicked", "orders", "left"} <= {what for _, what in links}
    for href, _ in links:
        rows = owner.get(href.replace("&amp;", "&")).content.decode()
        assert "Ida Lind" in rows, href


def test_what_is_no_offer_is_counted_without_revenue(shop: Shop) -> None:
    # given a message about a parcel that was read
    ida = shop.subscribe("ida@example.org")
    told(
        shop.store, ida, timedelta(days=2), kind="dispatched", purpose="order_updates",
        read_at=hours_ago(1), state="read",
    )  # fmt: skip

    # when she orders
    shop.order("ida@example.org")
    work()
    count(shop.store)

    # then it was read, and brought nothing
    found = numbers(shop.store, Part(kind="dispatched"))
    assert (found.sent, found.read, found.orders) == (1, 1, 0)


def test_the_rules_are_changed_by_those_who_may_only(shop: Shop, owner: Client) -> None:
    told(shop.store, shop.subscribe("ida@example.org"), timedelta(days=2))

    refused = owner.post(f"{PAGE}rules/", {"click": "9999", "read": "", "arrived": "1"})
    assert refused.status_code == 422
    given = {"click": "48", "read": "0", "arrived": "0", "mail_arrived": "0"}
    supervisor = client_of(add_people(shop.store).user("supervisor"))
    assert supervisor.get(PAGE).status_code == 200
    assert supervisor.post(f"{PAGE}rules/", given).status_code == 403
    assert owner.post(f"{PAGE}rules/", given).status_code == 302

    page = owner.get(PAGE).content.decode()
    assert "within 2 days of a click" in page
    assert "of reading one" not in page
