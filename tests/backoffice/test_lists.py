"""The lists: filters, search, paging, and no more questions to the database for more rows."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from tests.backoffice.market import Market, ago, text_of
from tests.support.shop import settle


def numbers(page: str) -> list[str]:
    """Return which of the orders 1001 to 1009 a page lists."""
    return [number for number in map(str, range(1001, 1010)) if f">#{number}</a>" in page]


def fill(market: Market, count: int) -> None:
    """Copy the first order and its message often enough for several pages."""
    with store_scope(market.bench.store.pk):
        order, message = Order.objects.get(number="#1001"), Message.objects.earliest("id")
        Order.objects.bulk_create(
            Order(**values_of(order) | {"source_id": f"copy-{n}", "number": f"#C{n:04}"})
            for n in range(count)
        )
        Message.objects.bulk_create(
            Message(**values_of(message) | {"business_key": f"copy-{n}", "message_id": ""})
            for n in range(count)
        )


def values_of(row: Model) -> dict[str, Any]:
    """Return the columns of a row but for its id."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    return {field.attname: getattr(row, field.attname) for field in fields}


def test_orders_are_filtered_by_where_they_are(market: Market) -> None:
    # given one order to be sent, one on its way, one in trouble, one delivered, one cancelled
    for number in (1001, 1002, 1003, 1004):
        market.order(number)
    market.order(1005, cancelled_at=ago(minutes=1), cancel_reason="customer")
    for number in (1002, 1003, 1004):
        market.dispatch(number)
    market.scan(1003, "attempted_delivery")
    market.scan(1004, "delivered")
    client = market.person()

    # then
    def shown(query: str) -> list[str]:
        return numbers(text_of(client, f"/s/lark/orders/{query}"))

    assert shown("") == ["1001", "1002", "1003", "1004", "1005"]
    assert shown("?show=waiting") == ["1001"]
    assert shown("?show=moving") == ["1002"]
    assert shown("?show=trouble") == ["1003"]
    assert shown("?show=delivered") == ["1004"]
    assert shown("?show=cancelled") == ["1005"]
    assert shown("?show=nonsense") == ["1001", "1002", "1003", "1004", "1005"]
    assert shown("?show=moving&q=1004") == []


def test_an_order_with_two_parcels_is_listed_once(market: Market) -> None:
    market.order(1001)
    market.dispatch(1001)
    market.dispatch(1001, id=9, tracking_number="0034043416109429999")
    page = text_of(market.person(), "/s/lark/orders/?show=moving")
    assert page.count(">#1001</a>") == 1
    assert "2 parcels" in page


def test_orders_stand_in_the_order_in_which_they_were_placed(market: Market) -> None:
    """An import of old orders must not bury the new ones."""
    market.order(1001)
    market.order(1002, created_at=ago(days=300), updated_at=ago(days=300))
    page = text_of(market.person(), "/s/lark/orders/")
    assert page.index(">#1001</a>") < page.index(">#1002</a>")


def test_nothing_that_fits_is_not_nothing_at_all(market: Market) -> None:
    market.order(1001)
    client = market.person()
    assert "No order fits" in text_of(client, "/s/lark/orders/?q=9999")
    assert "Nobody fits" in text_of(client, "/s/lark/customers/?q=nobody")
    assert "No message fits" in text_of(client, "/s/lark/messages/?channel=sms")


def test_messages_are_filtered_by_state_channel_reason_and_words(market: Market) -> None:
    # given one told, one that bounced, one without an address
    market.order(1001)
    market.order(1002, email="bounce@example.com", customer=None)
    market.order(1003, email="", customer=None)
    client = market.person()

    # then
    def shown(query: str) -> list[str]:
        page = text_of(client, f"/s/lark/messages/{query}")
        return [n for n in ("1001", "1002", "1003") if f"#{n}</" in page]

    assert shown("") == ["1001", "1002", "1003"]
    assert shown("?show=told&when=today") == ["1001"]
    assert shown("?show=person") == ["1002"]
    assert shown("?show=failed") == ["1002"]
    assert shown("?show=not_told") == ["1003"]
    assert shown("?reason=no_address") == ["1003"]
    assert shown("?channel=email") == ["1001", "1002", "1003"]
    assert shown("?channel=sms") == []
    assert shown("?q=mara1001") == ["1001"]
    assert shown("?q=%231002") == ["1002"]


def test_the_number_that_needs_a_person_stands_beside_messages(market: Market) -> None:
    client = market.person()
    assert 'class="count hot"' not in text_of(client, "/s/lark/")
    market.order(1002, email="bounce@example.com", customer=None)
    assert '<span class="count hot">1</span>' in text_of(client, "/s/lark/orders/")
    assert "1 failed" in text_of(client, "/s/lark/")


@pytest.mark.parametrize("page", ["orders", "messages"])
def test_paging_shows_every_row_once(market: Market, page: str) -> None:
    # given 121 rows
    market.order(1001)
    fill(market, 120)
    client = market.person()

    # when
    seen: list[str] = []
    address = f"/s/lark/{page}/"
    for _ in range(3):
        html = text_of(client, address)
        seen += [part.split('"')[0] for part in html.split('<tr id="')[1:]]
        if 'rel="next"' not in html:
            break
        link = html.split('rel="next" href="')[1].split('"')[0]
        address = f"/s/lark/{page}/{link}"

    # then
    assert len(seen) == 121
    assert len(set(seen)) == 121


def test_a_cursor_that_is_not_ours_is_refused_in_words(market: Market) -> None:
    answer = market.person().get("/s/lark/orders/?at=nonsense")
    assert answer.status_code == 422
    assert b"cannot be found" in answer.content


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        text_of(client, address)
    return len(asked)


@pytest.mark.parametrize(
    "address", ["/s/lark/", "/s/lark/orders/", "/s/lark/customers/", "/s/lark/messages/"]
)
def test_many_rows_ask_the_database_as_little_as_few(market: Market, address: str) -> None:
    # given
    market.order(1001)
    market.dispatch(1001)
    client = market.person()
    few = queries_of(client, address)

    # when
    for number in range(1002, 1007):
        market.order(number)
        market.dispatch(number)
    settle()

    # then
    assert queries_of(client, address) == few
    assert few <= 40


def test_an_order_with_a_long_history_asks_as_little(market: Market) -> None:
    # given
    order = market.order(1001)
    market.dispatch(1001)
    client = market.person()
    address = f"/s/lark/orders/{order.pk}/"
    few = queries_of(client, address)

    # when
    for n, status in enumerate(("in_transit", "out_for_delivery", "delivered")):
        market.scan(1001, status, happened_at=ago(minutes=2 - n / 2))

    # then
    assert queries_of(client, address) == few


def test_the_reasons_there_are_can_be_chosen(market: Market) -> None:
    # given one without an address, and one that bounced
    market.order(1001)
    market.order(1002, email="bounce@example.com", customer=None)
    market.order(1003, email="", customer=None)
    client = market.person()

    # when
    choices = text_of(client, "/s/lark/messages/reasons/")
    of_skipped = text_of(client, "/s/lark/messages/reasons/?show=not_told")

    # then
    assert "?reason=no_address" in choices
    assert "No address" in choices
    assert "unknown_address" in choices
    assert "?show=not_told&amp;reason=no_address" in of_skipped
    assert "unknown_address" not in of_skipped
    chosen = text_of(client, "/s/lark/messages/?reason=no_address")
    assert "No address" in chosen
    assert "Another reason" in chosen


def test_what_was_sent_again_needs_nobody_unless_it_fails_again(market: Market) -> None:
    # given a message that failed
    market.order(1002, email="bounce@example.com", customer=None)
    [first] = market.messages()
    client = market.person()
    assert ">#1002<" not in text_of(client, "/s/lark/messages/?show=person")
    assert str(first.pk) in text_of(client, "/s/lark/messages/?show=person")

    # when it is sent again, which fails again or is refused before
    client.post(f"/s/lark/messages/{first.pk}/resend/")
    settle()

    # then only the newest can wait for a person
    [_, second] = market.messages()
    page = text_of(client, "/s/lark/messages/?show=person")
    assert str(first.pk) not in page
    assert (str(second.pk) in page) == (second.state == "failed")
