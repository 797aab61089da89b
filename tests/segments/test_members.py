"""Members follow what happens and the time that passes, and each change is news once."""

from datetime import timedelta
from typing import Any

import pytest

from shopbell.consent.actions import record_consent, suppress_address
from shopbell.conversations.models import Conversation
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer
from shopbell.customers.ports import Person
from shopbell.events.models import Delivery, Event
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict
from shopbell.orders.actions import record_orders
from shopbell.orders.ports import CustomerFacts, LineFacts, OrderFacts
from shopbell.segments.actions import delete_segment
from shopbell.segments.models import Segment
from shopbell.segments.profiles import refresh
from shopbell.segments.queries import ids_of, is_in, members_among, segment_by_key
from shopbell.segments.uses import _TOLD, tell_uses
from tests.segments.ground import Shop, ago, keep_up, known, make_shop, members_of, segment

pytestmark = pytest.mark.django_db

BUYERS = {"is": "orders", "compare": "least", "number": 1}


def news_of(shop: Shop, row: Segment) -> list[tuple[str, str]]:
    """Return who came into a segment and who left, in order."""
    with store_scope(shop.store.pk):
        names = dict(Customer.objects.values_list("pk", "first_name"))
        rows = Event.objects.filter(name__startswith="segment.", data__segment_id=str(row.pk))
        told = rows.order_by("id").values_list("name", "subject_id")
        return [(name.removeprefix("segment."), names[key].lower()) for name, key in told if key]


def order_facts(name: str, key: str = "1", **fields: Any) -> OrderFacts:
    """Return an order as a shop reports it."""
    values: dict[str, Any] = {
        "source_id": key,
        "number": key,
        "placed_at": clock.now(),
        "updated_at": clock.now(),
        "currency": "EUR",
        "total": 5000,
        "customer": CustomerFacts(email=f"{name}@mail.example", first_name=name.title()),
        "lines": [LineFacts(source_id="1", title="Candle", quantity=1)],
    }
    return OrderFacts(**(values | fields))


def test_who_is_there_when_a_segment_is_made_becomes_a_member_and_is_no_news() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        shop.order(shop.customer("mia"))
        shop.customer("ben")
    known(shop)
    with store_scope(shop.store.pk):
        row = segment("Buyers", BUYERS)
    keep_up()
    assert members_of(shop, row) == {"mia"}
    assert news_of(shop, row) == []
    with store_scope(shop.store.pk):
        row.refresh_from_db()
        assert (row.size, row.built, row.version) == (1, 1, 1)
        assert row.due_at > clock.now() + timedelta(hours=5)


def test_an_order_brings_its_customer_in_and_its_end_takes_them_out() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        row = segment("Buyers", BUYERS)
    keep_up()
    # when somebody new orders
    with store_scope(shop.store.pk):
        record_orders(source="t", facts=[order_facts("mia")])
    keep_up()
    assert members_of(shop, row) == {"mia"}
    # and the only order is cancelled
    later = clock.now() + timedelta(minutes=1)
    with store_scope(shop.store.pk):
        record_orders(source="t", facts=[order_facts("mia", status="cancelled", updated_at=later)])
    keep_up()
    assert members_of(shop, row) == set()
    assert news_of(shop, row) == [("entered", "mia"), ("left", "mia")]


def test_the_same_news_twice_changes_nothing() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        row = segment("Buyers", BUYERS)
        record_orders(source="t", facts=[order_facts("mia")])
    keep_up()
    with store_scope(shop.store.pk):
        event = Event.objects.get(name="order.placed")
        Delivery.objects.create(event=event, handler="segments.mark_buyers:order.placed")
    keep_up()
    assert members_of(shop, row) == {"mia"}
    assert len(news_of(shop, row)) <= 1


def test_an_import_of_old_orders_makes_members_and_no_news() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        row = segment("Buyers", BUYERS)
    keep_up()
    with store_scope(shop.store.pk):
        old = order_facts("mia", placed_at=ago(400), updated_at=ago(400))
        record_orders(source="t", facts=[old], historic=True)
    keep_up()
    assert members_of(shop, row) == {"mia"}
    assert news_of(shop, row) == []


def test_permission_a_block_and_another_country_are_followed() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        both = {"all": [
            {"is": "consent", "purpose": "marketing", "channel": "email"},
            {"is": "reachable", "channel": "email"},
            {"is": "country", "countries": ["DE"]},
        ]}  # fmt: skip
        row = segment("Newsletter", both)
        person = Person(source="t", email="mia@mail.example", first_name="Mia", country="AT")
        [mia] = record_people(people=[person])
        assert mia is not None
        told: dict[str, Any] = {
            "customer": mia,
            "purpose": "marketing",
            "channel": "email",
            "source": "t",
        }
        record_consent(action="granted", **told)
    keep_up()
    assert members_of(shop, row) == set()
    with store_scope(shop.store.pk):  # she moves
        record_people(people=[Person(source="t", email="mia@mail.example", country="DE")])
    keep_up()
    assert members_of(shop, row) == {"mia"}
    with store_scope(shop.store.pk):
        suppress_address(
            store=shop.store, medium="email", address="mia@mail.example", reason="complaint"
        )
    keep_up()
    assert members_of(shop, row) == set()


def test_time_takes_people_out_and_in() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        shop.order(shop.customer("mia"), days_ago=29)
    known(shop)
    with store_scope(shop.store.pk):
        lately = segment("Lately", {"is": "last_order", "days": 30})
        lapsed = segment("Gone", {"all": [BUYERS, {"not": "last_order", "days": 30}]})
    keep_up()
    assert members_of(shop, lately) == {"mia"}
    with store_scope(shop.store.pk):
        lately.refresh_from_db()
        assert lately.due_at <= clock.now() + timedelta(seconds=61)  # asked once a minute
    with clock.at(clock.now() + timedelta(days=1, minutes=2)):
        keep_up()
        assert members_of(shop, lately) == set()
        assert members_of(shop, lapsed) == {"mia"}
    assert news_of(shop, lately) == [("left", "mia")]
    assert news_of(shop, lapsed) == [("entered", "mia")]


def test_other_conditions_are_followed_without_news_of_who_matched_them() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        shop.order(shop.customer("mia"))
        shop.customer("ben")
    known(shop)
    with store_scope(shop.store.pk):
        row = segment("Some", BUYERS)
        around = segment("Around", {"is": "segment", "segment": str(row.pk)})
    keep_up()
    with store_scope(shop.store.pk):
        row = segment("Some", {"none": [BUYERS]}, segment=row)
        assert row.version == 2
    keep_up()
    assert members_of(shop, row) == {"ben"}
    assert members_of(shop, around) == {"ben"}  # it refers to the one that changed
    assert news_of(shop, row) == news_of(shop, around) == []


def test_the_eight_stages_are_there_and_follow() -> None:
    shop = make_shop()
    keep_up()
    with store_scope(shop.store.pk):
        assert Segment.objects.exclude(key="").count() == 8
        record_orders(source="t", facts=[order_facts("mia")])
        lapsed = shop.customer("ben")
        shop.order(lapsed, days_ago=300)
        refresh(customers=[lapsed.pk])
    keep_up()
    with store_scope(shop.store.pk):
        mia = Customer.objects.get(first_name="Mia")
        stages = {
            key: is_in(segment_by_key(key), mia.pk)
            for key in Segment.objects.values_list("key", flat=True)
        }
        assert [key for key, inside in stages.items() if inside] == ["new_buyer"]
        assert is_in(segment_by_key("lapsed"), lapsed.pk)
        Conversation.objects.create(customer=mia, number=1)
        assert is_in(segment_by_key("complaining"), mia.pk)


def test_before_sending_the_truth_is_asked_not_the_members() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        mia, ben = shop.customer("mia"), shop.customer("ben")
        row = segment("Buyers", BUYERS)
    keep_up()
    with store_scope(shop.store.pk):
        shop.order(mia)  # no news of it
        assert members_among(row, [mia.pk, ben.pk]) == {mia.pk}
        assert list(ids_of(row)) == []  # the whole list is of the profiles that are kept
        refresh(customers=[mia.pk])
        assert list(ids_of(row)) == [mia.pk]
    assert members_of(shop, row) == set()


def test_a_segment_whose_conditions_are_gone_says_so_and_keeps_its_members() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        shop.order(shop.customer("mia"))
    known(shop)
    with store_scope(shop.store.pk):
        row = segment("Buyers", BUYERS)
    keep_up()
    with store_scope(shop.store.pk):
        Segment.objects.filter(pk=row.pk).update(
            definition={"is": "of a package that was deleted"}, due_at=clock.now()
        )
    keep_up()
    with store_scope(shop.store.pk):
        row.refresh_from_db()
        assert "no condition called" in row.trouble
    assert members_of(shop, row) == {"mia"}


def test_a_segment_in_use_is_not_thrown_away() -> None:
    shop = make_shop()
    keep_up()
    with store_scope(shop.store.pk):
        row = segment("Buyers", BUYERS)
        around = segment("Around", {"is": "segment", "segment": str(row.pk)})
        with pytest.raises(Conflict, match="the segment “Around”"):
            delete_segment(segment=row)
        uses = lambda key: ["the journey Win-back"] if key == around.pk else []  # noqa: E731
        tell_uses(uses)
        try:
            with pytest.raises(Conflict, match="Win-back"):
                delete_segment(segment=around)
        finally:
            _TOLD.remove(uses)
        with pytest.raises(Conflict, match="came with Shopbell"):
            delete_segment(segment=segment_by_key("loyal"))
        delete_segment(segment=around)
        delete_segment(segment=row)
        assert not Segment.objects.filter(key="").exists()


def test_stores_are_worked_off_apart() -> None:
    lark, wren = make_shop("lark"), make_shop("wren")
    with store_scope(lark.store.pk):
        ours = segment("Buyers", BUYERS)
    with store_scope(wren.store.pk):
        theirs = segment("Buyers", BUYERS)
        record_orders(source="t", facts=[order_facts("zoe")])
    keep_up()
    assert members_of(lark, ours) == set()
    assert members_of(wren, theirs) == {"zoe"}
    assert PUMPS["segments"].run() == 0
