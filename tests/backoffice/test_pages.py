"""Each merchant page shows what really happened, told and not told."""

import pytest

from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Order
from tests.backoffice.market import Market, text_of


def test_an_empty_store_is_shown_what_to_do_next(market: Market) -> None:
    client = market.person()
    home = text_of(client, "/s/lark/")
    assert "Set up" in home
    assert "Connect your mail server" in home
    assert "No order yet today" in home
    assert "No orders yet" in text_of(client, "/s/lark/orders/")
    assert "No customers yet" in text_of(client, "/s/lark/customers/")
    assert "Nothing told yet" in text_of(client, "/s/lark/messages/")
    assert "Nothing waits for you" in text_of(client, "/s/lark/problems/")


def test_home_counts_what_happened_today(market: Market) -> None:
    # given an order that was confirmed by mail
    market.order(1001)

    # when
    home = text_of(market.person(), "/s/lark/")

    # then
    assert "#1001" in home
    assert "Order confirmed" in home
    assert home.count('<span class="value">1</span>') == 2  # orders today, told today


def test_an_order_shows_parcel_scans_and_everything_told(market: Market) -> None:
    # given
    order = market.order(1001)
    market.dispatch(1001)
    market.scan(1001)

    # when
    page = text_of(market.person(), f"/s/lark/orders/{order.pk}/")

    # then
    assert "https://carrier.example/track/1001" in page
    assert "2 × Speckled cup, Ochre" in page
    assert "Carrier: out for delivery" in page
    assert "Told “Order confirmed” by e-mail" in page
    assert "Told “On its way” by e-mail" in page
    assert "Told “Out for delivery” by e-mail" in page
    assert "€49.90" in page
    assert "Weidenweg 3" in page
    assert "/t/" in page  # the customer's page


def test_what_was_not_told_stands_there_with_the_reason(market: Market) -> None:
    # given an order without any address
    order = market.order(1002, email="", customer=None, phone=None)

    # then
    client = market.person()
    page = text_of(client, f"/s/lark/orders/{order.pk}/")
    assert "“Order confirmed” not told" in page
    assert "There is no e-mail address for this customer." in page
    ledger = text_of(client, "/s/lark/messages/")
    assert "There is no e-mail address for this customer." in ledger


def test_the_payload_is_shown_as_the_shop_sent_it(market: Market) -> None:
    order = market.order(1001, note="<b>ring twice</b>")
    page = text_of(market.person(), f"/s/lark/orders/{order.pk}/payload/")
    assert "financial_status" in page
    assert "<b>ring" not in page


def test_a_customer_shows_addresses_permissions_orders_and_messages(market: Market) -> None:
    # given
    order = market.order(
        1001,
        customer={
            "id": 7, "email": "mara1001@example.com", "first_name": "Mara", "last_name": "Kern",
            "verified_email": True,
            "email_marketing_consent": {
                "state": "subscribed", "opt_in_level": "single_opt_in",
                "consent_updated_at": "2026-10-01T10:00:00Z",
            },
        },
    )  # fmt: skip

    # when
    page = text_of(market.person(), f"/s/lark/customers/{order.customer_id}/")

    # then
    assert "Mara Kern" in page
    assert "mara1001@example.com" in page
    assert "Offers and news" in page
    assert "granted" in page
    assert "#1001" in page
    assert "Order confirmed" in page
    assert "Europe/Berlin" in page


def test_a_message_shows_its_text_its_way_and_its_headers(market: Market) -> None:
    # given
    market.order(1001)
    [message] = market.messages()

    # when
    page = text_of(market.person(), f"/s/lark/messages/{message.pk}/")

    # then
    assert f"/s/lark/messages/{message.pk}/body/" in page
    assert message.message_id.strip("<>") in page
    assert "An order comes in" in page
    assert "Handed over" in page
    assert message.subject in page.replace("&#x27;", "'")


def test_a_mail_is_shown_in_a_document_that_can_do_nothing(market: Market) -> None:
    # given
    market.order(1001)
    [message] = market.messages()

    # when
    answer = market.person().get(f"/s/lark/messages/{message.pk}/body/")

    # then
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert b'<base target="_blank">' in answer.content


def test_looking_at_a_mail_never_counts_as_the_customer_reading_it(market: Market) -> None:
    # given a mail with a counted link
    market.order(1001)
    [message] = market.messages()
    assert "/c/" in message.html

    # when staff see it
    shown = market.person().get(f"/s/lark/messages/{message.pk}/body/").content.decode()

    # then its links lead to the page without counting
    assert "/c/" not in shown
    assert "/o/" not in shown
    assert "/t/" in shown


def test_a_stub_says_that_the_order_itself_is_missing(market: Market) -> None:
    market.dispatch(1009)
    with store_scope(market.bench.store.pk):
        order = Order.objects.get(is_stub=True)
    page = text_of(market.person(), f"/s/lark/orders/{order.pk}/")
    assert "has spoken of this order but not sent it yet" in page


@pytest.mark.parametrize("words", ["1001", "#1001", "mara1001@", "kern", "00340434161094251001"])
def test_search_finds_an_order_by_what_people_know(market: Market, words: str) -> None:
    market.order(1001)
    market.dispatch(1001)
    market.order(1002, customer=None, email="else@example.com")
    found = market.person().get("/s/lark/search", {"q": words}).json()["results"]
    orders = [hit["title"] for hit in found if hit["group"] == "Orders"]
    assert orders == ["#1001"]


def test_search_offers_customers_and_messages_too(market: Market) -> None:
    market.order(1001)
    found = market.person().get("/s/lark/search", {"q": "mara"}).json()["results"]
    assert {hit["group"] for hit in found} == {"Orders", "Customers", "Messages"}


@pytest.mark.parametrize("words", ["", "a", "\0\0", "%", "x" * 5000])
def test_odd_searches_find_nothing_and_break_nothing(market: Market, words: str) -> None:
    market.order(1001)
    client = market.person()
    assert client.get("/s/lark/search", {"q": words}).status_code == 200
    for page in ("orders", "customers", "messages"):
        assert client.get(f"/s/lark/{page}/", {"q": words}).status_code == 200
