"""Each condition finds whom it says, and its opposite everybody else."""

from datetime import timedelta
from typing import Any

import pytest

from shopbell.consent.actions import lift_suppression, record_consent, suppress_address
from shopbell.conversations.models import Conversation
from shopbell.customers.events import CustomerDid
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.orders.events import ShipmentDelayed
from shopbell.orders.models import Cart, Product, Refund, Return, Shipment
from tests.segments.ground import Shop, ago, found, make_shop, segment

pytestmark = pytest.mark.django_db


def both(condition: dict[str, Any], everybody: set[str]) -> set[str]:
    """Return whom a condition finds; the opposite must find all others."""
    yes = found(condition)
    turned = {"not" if name == "is" else name: value for name, value in condition.items()}
    assert found(turned) == everybody - yes
    assert found({"none": [condition]}) == everybody - yes
    return yes


def test_who_they_are() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        shop.customer("mia", country="DE", locale="de-AT", first_seen_at=ago(3))
        shop.customer("ben", country="AT", locale="en_GB", first_seen_at=ago(300))
        shop.customer("ida", email="", phone="+4930123456", first_seen_at=ago(40))
        people = {"mia", "ben", "ida"}

        assert both({"is": "country", "countries": "de, FR"}, people) == {"mia"}
        assert both({"is": "language", "languages": ["de"]}, people) == {"mia"}
        assert both({"is": "email"}, people) == {"mia", "ben"}
        assert both({"is": "phone"}, people) == {"ida"}
        assert both({"is": "first_seen", "days": 30}, people) == {"mia"}


def test_how_often_and_how_much_they_bought() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        mia, ben, _ida = (shop.customer(name) for name in ("mia", "ben", "ida"))
        for days in (5, 50, 300):
            shop.order(mia, days_ago=days, total=8000, refunded=1000)
        shop.order(ben, days_ago=200, total=2500)
        # what does not count: cancelled, a test, a stub, another currency's money
        shop.order(ben, days_ago=1, total=90000, status="cancelled")
        shop.order(ben, days_ago=1, total=90000, is_test=True)
        shop.order(ben, days_ago=1, total=90000, is_stub=True)
        shop.order(ben, days_ago=201, total=90000, currency="JPY")
        people = {"mia", "ben", "ida"}

        assert both({"is": "orders", "compare": "least", "number": 3}, people) == {"mia"}
        assert both({"is": "orders", "compare": "exactly", "number": 0}, people) == {"ida"}
        assert both({"is": "orders", "compare": "most", "number": 2}, people) == {"ben", "ida"}
        assert both({"is": "spent", "compare": "least", "amount": 210}, people) == {"mia"}
        assert both({"is": "spent", "compare": "exactly", "amount": 25}, people) == {"ben"}
        assert both({"is": "last_order", "days": 30}, people) == {"mia"}
        assert both({"is": "first_order", "days": 250}, people) == {"ben"}
        assert both({"is": "ordered", "times": 2, "days": 90}, people) == {"mia"}
        assert both({"is": "ordered", "times": 2}, people) == {"mia", "ben"}
        assert both({"is": "rfm", "days": 30, "orders": 3, "amount": 200}, people) == {"mia"}


def test_what_they_bought() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        mia, ben, _ida = (shop.customer(name) for name in ("mia", "ben", "ida"))
        shop.order(mia, days_ago=10, what=["Beeswax candle", "Mug"])
        shop.order(mia, days_ago=20, what=["Candle, 100% soy"])
        order = shop.order(ben, days_ago=200, what=["Candle"])
        order.lines.update(product_id="77")
        Product.objects.create(source="t", source_id="77", title="Candle", product_type="Light")
        people = {"mia", "ben", "ida"}

        def bought(**values: Any) -> set[str]:
            return both({"is": "bought", **values}, people)

        assert bought(what="CANDLE", by="title") == {"mia", "ben"}
        assert bought(what="candle", by="title", days=90) == {"mia"}
        assert bought(what="candle", by="title", times=2) == {"mia"}
        assert bought(what="100%", by="title") == {"mia"}
        assert bought(what="%", by="title") == {"mia"}
        assert bought(what="_", by="title") == set()
        assert bought(what="mug", by="sku") == {"mia"}
        assert bought(what="light", by="category") == {"ben"}
        # X, not Y, in 90 days
        cross = {"all": [
            {"is": "bought", "what": "candle", "by": "title", "days": 365},
            {"not": "bought", "what": "mug", "by": "title", "days": 90},
        ]}  # fmt: skip
        assert found(cross) == {"ben"}


def test_where_their_orders_are() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        mia, ben, ida = (shop.customer(name) for name in ("mia", "ben", "ida"))
        come = shop.order(mia, days_ago=9)
        parcel = {"order": come, "source": "t", "status": "delivered"}
        Shipment.objects.create(source_id="1", delivered_at=ago(2), **parcel)
        Return.objects.create(order=come, source_id="1", status="registered")
        Refund.objects.create(order=come, source_id="1", amount=500, refunded_at=ago(40))
        shop.order(ben, days_ago=2)
        Cart.objects.create(source="t", source_id="1", customer=ben, lines=[{"title": "Mug"}])
        Cart.objects.create(
            source="t", source_id="2", customer=ida, lines=[{"title": "Mug"}],
            source_updated_at=clock.now() - timedelta(hours=3),
        )  # fmt: skip
        people = {"mia", "ben", "ida"}

        assert both({"is": "open_order"}, people) == {"ben"}
        assert both({"is": "delivered", "days": 3}, people) == {"mia"}
        assert both({"is": "delivered", "days": 1}, people) == set()
        assert both({"is": "returned"}, people) == {"mia"}
        assert both({"is": "refunded", "days": 30}, people) == set()
        assert both({"is": "refunded"}, people) == {"mia"}
        # a cart of this minute is only being filled
        assert both({"is": "cart", "hours": 24}, people) == {"ida"}
        assert both({"is": "cart", "hours": 2}, people) == set()


def test_what_they_allow_and_how_they_can_be_reached() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        mia = shop.customer("mia", phone="+4930123456")
        ben = shop.customer("ben")
        people = {"mia", "ben"}
        asks = {"is": "consent", "purpose": "marketing", "channel": "email"}
        told: dict[str, Any] = {"purpose": "marketing", "channel": "email", "source": "t"}

        record_consent(customer=mia, action="granted", **told)
        record_consent(customer=ben, action="pending", **told)
        assert both(asks, people) == {"mia"}
        # one topic is not the whole purpose
        record_consent(customer=mia, action="withdrawn", topic="candles", **told)
        assert both(asks, people) == {"mia"}

        # a block of the address for this purpose outweighs the permission
        row = suppress_address(
            store=shop.store, medium="email", address="Mia@mail.example", reason="unsubscribed",
            scope="marketing",
        )  # fmt: skip
        assert both(asks, people) == set()
        assert both({"is": "reachable", "channel": "email"}, people) == people
        lift_suppression(suppression=row)
        assert both(asks, people) == {"mia"}

        suppress_address(
            store=shop.store, medium="sms", address="+4930123456", reason="hard_bounce"
        )
        assert both({"is": "reachable", "channel": "sms"}, people) == set()
        assert both({"is": "reachable", "channel": "whatsapp"}, people) == {"mia"}
        record_consent(customer=mia, action="withdrawn", **told)
        assert both(asks, people) == set()


def test_what_happened_to_them() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        mia, ben = shop.customer("mia"), shop.customer("ben")
        order = shop.order(mia, days_ago=30)
        late = ShipmentDelayed(
            order_id=order.pk, shipment_id=order.pk, promised_on=None, expected_until=None
        )
        emit(late, occurred_at=ago(10))
        for days in (1, 2, 40):
            deed = CustomerDid(customer_id=ben.pk, did="quiz", data={})
            emit(deed, occurred_at=ago(days))
        Conversation.objects.create(customer=ben, number=1)
        Conversation.objects.create(customer=mia, number=2, status="resolved")
        people = {"mia", "ben"}

        assert both({"is": "happened", "event": "shipment.delayed", "days": 20}, people) == {"mia"}
        assert both({"is": "happened", "event": "shipment.delayed", "days": 5}, people) == set()
        assert both({"is": "did", "what": "quiz", "times": 2, "days": 30}, people) == {"ben"}
        assert both({"is": "did", "what": "quiz", "times": 3, "days": 30}, people) == set()
        assert both({"is": "did", "what": "other"}, people) == set()
        assert both({"is": "open_conversation"}, people) == {"ben"}


def test_groups_within_groups_and_other_segments() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        shop.customer("mia", country="DE")
        shop.customer("ben", country="AT", phone="+431")
        shop.customer("ida", country="FR")
        german = segment("German", {"any": [
            {"is": "country", "countries": ["DE"]}, {"is": "country", "countries": ["AT"]},
        ]})  # fmt: skip

        inside = {"is": "segment", "segment": str(german.pk)}
        assert found({"all": []}) == {"mia", "ben", "ida"}
        assert found({"any": []}) == {"mia", "ben", "ida"}
        assert found(inside) == {"mia", "ben"}
        assert found({"all": [inside, {"not": "phone"}]}) == {"mia"}
        outside = {"not": "segment", "segment": str(german.pk)}
        assert found({"any": [outside, {"all": [{"is": "phone"}, {"is": "email"}]}]}) == {
            "ida", "ben",
        }  # fmt: skip
        assert found({"none": [{"is": "phone"}, inside]}) == {"ida"}


def test_nobody_of_another_store_is_found() -> None:
    lark, wren = make_shop("lark"), make_shop("wren")
    with store_scope(wren.store.pk):
        wren.order(wren.customer("zoe"), what=["Candle"])
        assert found({"is": "email"}) == {"zoe"}
    with store_scope(lark.store.pk):
        lark.customer("mia")
        assert found({"is": "email"}) == {"mia"}
        assert found({"is": "bought", "what": "Candle", "by": "title"}) == set()


def test_erased_people_are_in_no_segment() -> None:
    shop: Shop = make_shop()
    with store_scope(shop.store.pk):
        mia = shop.customer("mia")
        assert found({"is": "email"}) == {"mia"}
        mia.erased_at = clock.now()
        mia.save()
        assert found({"all": []}) == set()
