"""Who gets a notification by which channel: the plan of everybody and of stages of customers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopbell.accounts.models import Store
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message
from shopbell.notifications.actions import Notice, save_rule, tell
from shopbell.notifications.kinds import Stage
from shopbell.notifications.queries import settings_of_store
from shopbell.notifications.stages import Standing, standings
from shopbell.orders.models import Order
from tests.support.shop import make_store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def store(db: None) -> Store:
    return make_store()


def _order(number: str, customer: Customer | None, days_ago: float = 0) -> Order:
    placed = NOW - timedelta(days=days_ago)
    return Order.objects.create(
        source="x", source_id=number, number=number, customer=customer, placed_at=placed
    )


def _talk(customer: Customer, medium: str = "sms", **fields: Any) -> Conversation:
    values = {"created_at": NOW - timedelta(days=1), "number": Conversation.objects.count() + 1}
    return Conversation.objects.create(customer=customer, medium=medium, **(values | fields))


def _told(order: Order, kind: str = "dispatched") -> Message:
    with clock.at(NOW):
        tell(notices=[Notice(kind, order.pk, str(order.pk), NOW)])
    return Message.objects.get(business_key=f"{kind}:{order.pk}")


def test_stages_are_told_by_orders_and_open_conversations(store: Store) -> None:
    with store_scope(store.pk):
        mara, ben, eve = (Customer.objects.create(email=f"{n}@shop.example") for n in "mbe")
        orders = [
            _order("1", mara),
            _order("2", ben, 30),
            _order("3", ben),
            _order("4", eve),
            _order("5", None),
        ]
        _talk(eve, "whatsapp")
        found = standings([(order, NOW) for order in orders])
    assert [each.stage for each in found] == ["new", "new", "returning", "complaining", "new"]
    assert found[3].used == "whatsapp"


def test_a_stage_is_asked_for_its_moment(store: Store) -> None:
    with store_scope(store.pk):
        mara = Customer.objects.create(email="m@shop.example")
        order = _order("1", mara, 20)
        _talk(
            mara,
            created_at=NOW - timedelta(days=10),
            resolved_at=NOW - timedelta(days=5),
            status="resolved",
        )
        _talk(mara, status="spam")
        moments = [NOW - timedelta(days=days) for days in (15, 7, 1)]
        found = standings([(order, at) for at in moments])
    assert [each.stage for each in found] == ["new", "complaining", "new"]


def test_who_complains_is_told_first_by_the_channel_they_use(store: Store) -> None:
    with store_scope(store.pk):
        mara = Customer.objects.create(email="m@shop.example", phone="+4915112345678")
        _talk(mara, "email")
        told = _told(_order("1", mara))
        essential = _told(_order("2", mara), "order_confirmed")
    assert told.media == ["email", "whatsapp", "sms"]
    assert essential.media == ["email"]


def test_a_channel_that_cannot_tell_changes_nothing(store: Store) -> None:
    with store_scope(store.pk):
        mara = Customer.objects.create(email="m@shop.example")
        _talk(mara, "chat")
        assert _told(_order("1", mara)).media == ["whatsapp", "sms", "email"]


def test_a_stage_with_a_list_of_its_own_takes_that(store: Store) -> None:
    stages = {
        "new": {"media": ["email", "sms"], "waits": {"email": 120}},
        "complaining": {"media": ["used", "email"], "waits": {"used": 30}},
    }
    with store_scope(store.pk):
        save_rule(kind="dispatched", stages=stages, media=["sms"], waits={"sms": 5})
        mara, ben, eve = (Customer.objects.create(email=f"{n}@shop.example") for n in "mbe")
        _order("0", ben, 30)
        _talk(eve, "whatsapp")
        new, returning, talking = (
            _told(_order(number, person))
            for number, person in (("1", mara), ("2", ben), ("3", eve))
        )
        again = settings_of_store()["dispatched"]
    assert (new.media, new.waits) == (["email", "sms"], {"email": 120})
    assert (returning.media, returning.waits) == (["sms"], {"sms": 5})
    assert (talking.media, talking.waits) == (["whatsapp", "email"], {"whatsapp": 30})
    assert again.plan.steps_for(Standing(Stage.NEW)).media == ("email", "sms")


def test_what_is_changed_elsewhere_keeps_the_stages(store: Store) -> None:
    stages = {"new": {"media": ["email"], "waits": {}}}
    with store_scope(store.pk):
        save_rule(kind="dispatched", stages=stages)
        save_rule(kind="dispatched", delay_minutes=5)
        assert settings_of_store()["dispatched"].stages["new"].media == ("email",)


@pytest.mark.parametrize(
    "stages",
    [
        {"angry": {"media": ["email"]}},
        {"new": {"media": []}},
        {"new": {"media": ["pigeon"]}},
        {"new": {"media": ["used"]}},  # only who talks uses a channel
        {"new": {"media": ["email"], "waits": {"email": 0}}},
        {"new": {"media": ["email"], "waits": {"email": "soon"}}},
    ],
)
def test_what_cannot_be_is_refused(store: Store, stages: dict[str, Any]) -> None:
    with store_scope(store.pk), pytest.raises(Invalid):
        save_rule(kind="dispatched", stages=stages)
