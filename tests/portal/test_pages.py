"""The customer's pages: what they say, in whose language, and whom they let in."""

import re

from django.test import Client

from shopbell.accounts.links import sign
from shopbell.orders.models import Order
from tests.backoffice.market import Market, text_of


def page_of(market: Market, order: Order, query: str = "") -> str:
    return text_of(Client(), f"/t/{sign(market.bench.store, 'track', order.pk)}{query}")


def test_the_first_sentence_answers_where_the_parcel_is(market: Market) -> None:
    order = market.order(1001)
    assert "We are packing your order" in page_of(market, order)
    market.dispatch(1001)
    market.scan(1001, "in_transit", message="Sorted")
    market.scan(1001, "out_for_delivery")
    page = page_of(market, order)
    assert "Arriving today" in page or "Out for delivery" in page
    assert "On the van" in page


def test_one_step_told_by_shop_and_carrier_stands_there_once(market: Market) -> None:
    # given the shop announces the parcel without a word, and the carrier with one
    order = market.order(1001)
    market.dispatch(1001)
    market.scan(1001, "label_purchased", message="", city="", country="")
    market.scan(1001, "label_printed", message="The sender has announced the parcel")

    # then
    steps = re.findall(r"Announced to the carrier", page_of(market, order))
    assert len(steps) == 1


def test_the_page_speaks_the_language_that_is_asked_for(market: Market) -> None:
    order = market.order(1001)
    assert 'lang="en"' in page_of(market, order)
    assert 'lang="de"' in page_of(market, order, "?lang=de")


def test_a_changed_link_leads_nowhere(market: Market) -> None:
    order = market.order(1001)
    token = sign(market.bench.store, "track", order.pk)
    for forged in (token[:-1] + ("0" if token[-1] != "0" else "1"), token[1:], "nothing"):
        answer = Client().get(f"/t/{forged}")
        assert answer.status_code == 404
        assert order.email.encode() not in answer.content


def test_a_link_of_one_kind_opens_no_page_of_another(market: Market) -> None:
    order = market.order(1001)
    token = sign(market.bench.store, "track", order.pk)
    assert Client().get(f"/u/{token}").status_code == 404
    assert Client().get(f"/c/{token}").status_code == 404


def test_looking_at_the_preferences_changes_nothing(market: Market) -> None:
    # given a parcel told by mail
    market.order(1001)
    market.dispatch(1001)
    [message] = market.messages(kind="dispatched")
    address = f"/u/{sign(market.bench.store, 'preferences', message.pk)}"

    # when scanners open the link again and again
    for _ in range(3):
        assert "You get these" in text_of(Client(), address)

    # then the next news is told all the same
    market.scan(1001, "out_for_delivery")
    assert [each.state for each in market.messages(kind="out_for_delivery")] == ["sent"]


def test_one_click_stops_delivery_news_and_order_confirmations_stay(market: Market) -> None:
    # given
    market.order(1001)
    market.dispatch(1001)
    [message] = market.messages(kind="dispatched")
    address = f"/u/{sign(market.bench.store, 'preferences', message.pk)}"

    # when the mailbox posts as RFC 8058 says
    answer = Client().post(address, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200

    # then
    market.scan(1001, "out_for_delivery")
    assert {each.state for each in market.messages(kind="out_for_delivery")} <= {
        "skipped",
        "suppressed",
    }
    market.order(1002, email=message.to_address)
    assert [each.state for each in market.messages(kind="order_confirmed")] == ["sent", "sent"]
