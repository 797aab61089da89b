"""Journeys that go by a day of the customer: birthdays, points that expire."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shopbell.customers.marking import set_attribute
from shopbell.customers.models import Customer
from shopbell.journeys.dates import start_on_days
from shopbell.journeys.definition import read_definition
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message
from tests.api.callers import make_caller
from tests.journeys.ground import Shop, pass_time, work

ADA = "ada@example.com"


def know(shop: Shop, customer: Customer, zone: str = "Europe/Berlin", **values: Any) -> None:
    with store_scope(shop.store.pk):
        Customer.objects.filter(pk=customer.pk).update(timezone=zone)
        for name, value in values.items():
            set_attribute(customers=[customer.pk], name=name, value=value)


def look(moment: str, zone: str = "Europe/Berlin") -> None:
    """Let the worker look at the days, at a moment."""
    with clock.at(datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))):
        start_on_days()


def days(shop: Shop) -> list[str]:
    """Return the days for which people came in."""
    return sorted(row.key.split(":")[2] for row in shop.runs())


def test_a_birthday_is_in_the_morning_where_the_customer_lives_and_once(shop: Shop) -> None:
    shop.switch_on("birthday")
    know(shop, shop.subscribe(ADA), birthday="1990-05-17")
    know(shop, shop.subscribe("bea@example.com"), "Pacific/Auckland", birthday="05-17")
    know(shop, shop.subscribe("cleo@example.com"), birthday="17 May")
    # given the morning of the day before in Berlin: nobody, though it is the 17th in Auckland
    look("2027-05-16T08:00")
    assert days(shop) == []
    look("2027-05-16T23:30")  # 09:30 on the 17th in Auckland
    [run] = shop.runs()
    with store_scope(shop.store.pk):
        assert run.customer.email == "bea@example.com"
    look("2027-05-17T08:59")
    assert len(shop.runs()) == 1
    # when it is nine in Berlin, however often it is looked at
    for _ in range(3):
        look("2027-05-17T09:01")
    assert days(shop) == ["2027-05-17", "2027-05-17"]
    # then it comes again next year
    look("2028-05-17T09:01")
    assert days(shop) == ["2027-05-17", "2027-05-17", "2028-05-17", "2028-05-17"]


def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(shop: Shop) -> None:
    shop.switch_on("birthday")
    know(shop, shop.subscribe(ADA), birthday="1992-02-29")
    for moment in ("2027-02-28T10:00", "2027-03-01T10:00", "2028-02-28T10:00", "2028-02-29T10:00"):
        look(moment)
    assert days(shop) == ["2027-02-28", "2028-02-29"]


def test_the_wish_goes_to_who_agreed_to_news(shop: Shop) -> None:
    shop.switch_on("birthday")
    # given somebody who has a birthday where it is past nine just now, as it always is somewhere
    zones = ("Pacific/Kiritimati", "Europe/Berlin", "America/Los_Angeles")
    today, zone = next(
        (there, name)
        for name in zones
        if (there := clock.now().astimezone(ZoneInfo(name))).hour >= 9
    )
    know(shop, shop.subscribe(ADA, first_name="Ada"), zone, birthday=f"{today:%m-%d}")
    start_on_days()
    work()
    assert [(kind, state) for kind, state, _ in shop.told()] == [("birthday", "sent")]


def test_points_are_told_of_thirty_seven_and_one_day_before_while_there_are_any(
    shop: Shop,
) -> None:
    shop.switch_on("points_expiry")
    ada, bea = shop.subscribe(ADA), shop.subscribe("bea@example.com")
    know(shop, ada, points=120, points_expire_on="2027-01-31")
    know(shop, bea, points=0, points_expire_on="2027-01-31")
    for moment in ("2027-01-01T09:59", "2027-01-01T10:00", "2027-01-10T10:00", "2027-01-24T12:00"):
        look(moment)
    assert len(shop.runs()) == 4  # two people, two rungs
    pass_time(days=100)
    with store_scope(shop.store.pk):
        [*mails] = Message.objects.filter(kind="points_expiring").order_by("created_at")
        assert {mail.customer_id for mail in mails} == {ada.pk}
        assert mails[0].state == "sent"
        assert "Your 120 points expire on January 31" in mails[0].subject
    # when the day moves, the last rung moves with it
    know(shop, ada, points_expire_on="2027-06-30")
    look("2027-01-30T10:00")
    assert [row.key for row in shop.runs() if row.customer_id == ada.pk][2:] == []


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"attribute": "Birth day"},
        {"attribute": "birthday", "at": "9 o'clock"},
        {"attribute": "birthday", "days_before": [400]},
        {"attribute": "birthday", "yearly": "yes"},
        {"attribute": "birthday", "monthly": True},
    ],
)
def test_a_day_that_cannot_be_used_is_refused(where: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"^trigger\.where"):
        read_definition(
            {"trigger": {"event": "date.reached", "where": where}, "steps": [{"do": "end"}]}
        )


def test_a_day_only_starts_a_journey() -> None:
    day = {"event": "date.reached", "where": {"attribute": "birthday"}}
    with pytest.raises(Invalid, match="goal"):
        read_definition({"trigger": "order.placed", "goal": day, "steps": [{"do": "end"}]})


def test_attributes_are_told_by_api_and_taken_away(db: None) -> None:
    lark = make_caller("lark")
    lark.ask("POST", "/customers", {"id": "c1", "email": ADA})
    told = {"birthday": "1990-05-17", "points": 120, "vip": True}
    answer = lark.ask("POST", "/customers/c1/attributes", {"attributes": told})
    assert (answer.status, answer.json["attributes"]) == (200, told)
    answer = lark.ask("POST", f"/customers/{ADA}/attributes", {"attributes": {"points": None}})
    assert answer.json["attributes"] == {"birthday": "1990-05-17", "vip": True}
    wrong = lark.ask("POST", "/customers/c1/attributes", {"attributes": {"Birth Day": "x"}})
    assert wrong.status == 422
    assert lark.ask("POST", "/customers/nobody/attributes", {"attributes": {}}).status == 404
