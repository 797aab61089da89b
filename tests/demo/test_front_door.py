"""The whole way: simulated shop, real HTTP, real front door, intake, and the facts it leaves."""

from datetime import timedelta

import pytest

from shopbell.connections.actions import save_connection
from shopbell.connections.models import Intake
from shopbell.customers.models import Customer
from shopbell.demo.catalogue import PRODUCTS
from shopbell.demo.people import CUSTOMERS
from shopbell.demo.poster import Poster
from shopbell.demo.posts import Doors
from shopbell.demo.scenario import Simulator
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Order, Product, Shipment
from tests.support.shop import make_store
from tests.support.web import WebProcess


@pytest.mark.usefixtures("committed_db")
def test_what_the_demo_posts_becomes_the_same_orders_and_parcels(web: WebProcess) -> None:
    # given a store whose shop and carrier are connected with the demo's secrets
    store = make_store("larder")
    doors = Doors(store="larder", shop_secret="one secret", carrier_secret="another secret, long")
    with store_scope(store.pk):
        save_connection(
            store=store,
            family="shop",
            connector="shopify",
            slug=doors.shop_account,
            settings={"domain": doors.domain, "webhook_secret": doors.shop_secret},
        )
        save_connection(
            store=store,
            family="carrier",
            connector="generic_carrier",
            slug=doors.carrier_account,
            settings={"webhook_secret": doors.carrier_secret},
        )
    # when four simulated days pass in 35 seconds of the demo's clock
    seconds = 35
    start = clock.now() - timedelta(seconds=seconds)
    simulator = Simulator(doors, at=start, seed=4, speed=10_080, orders_per_day=8)
    poster = Poster(f"http://127.0.0.1:{web.port}")
    posts = simulator.open_shop(start)
    for second in range(1, seconds + 1):
        posts += simulator.advance(start + timedelta(seconds=second))
    poster.send(posts)
    while PUMPS["intake"].run():
        pass
    # then every post was taken, and the facts are what the simulated shop knows
    assert (poster.tally.sent, poster.tally.refused) == (len(posts), 0), poster.tally.last_error
    with store_scope(store.pk):
        left = set(Intake.objects.values_list("state", "topic")) - {
            ("done", p.topic) for p in posts
        }
        assert left <= {("unused", "order_transactions/create")}
        assert Product.objects.count() == len(PRODUCTS)
        assert Customer.objects.count() == len(CUSTOMERS)
        told = {order.number: order for order in Order.objects.all()}
        assert set(told) == {order.name for order in simulator.orders.values()}
        parcels = {row.tracking_number: row for row in Shipment.objects.select_related("order")}
    for order in simulator.orders.values():
        assert told[order.name].total == order.total or order.story == "edited", order
        refused = order.story == "payment_problem" and order.financial_status == "pending"
        paid = {"pending", "failed"} if refused else {order.financial_status}
        assert told[order.name].payment in paid, order
        for parcel in order.parcels:
            row = parcels[parcel.number]
            assert row.order is not None
            assert row.order.number == order.name
            if parcel.status != "pending":
                assert (row.status, row.sub_status) == (parcel.status, parcel.sub_status), order
    assert len(parcels) >= 10
