"""The merchant pages in Chromium, served by the real process: access, live news, the frame."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from shopbell.connections.models import Connection
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market
from tests.conversations.ground import add_widget
from tests.support.browser import axe_faults, open_window, opened
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser


@pytest.fixture
def window(market: Market, web: WebProcess, chromium: Browser) -> Iterator[BrowserContext]:
    """Return a window of the owner on the real pages; any script error fails the test."""
    cookies = market.person().cookies
    with open_window(chromium, web.address, cookies, reduced_motion="reduce") as window:
        yield window


def test_axe_finds_nothing_and_nothing_sticks_out(market: Market, window: BrowserContext) -> None:
    # given
    order = market.order(1001)
    market.dispatch(1001)
    market.scan(1001)
    market.order(1002, email="bounce@example.com", customer=None)
    message = market.messages()[0]
    pages = [
        "", "orders/", "orders/?q=nothing", f"orders/{order.pk}/", f"orders/{order.pk}/payload/",
        "customers/", f"customers/{order.customer_id}/", "messages/", f"messages/{message.pk}/",
        "problems/",
    ]  # fmt: skip

    # then
    for address in pages:
        page = opened(window, f"/s/lark/{address}")
        page.evaluate("document.querySelectorAll('main details').forEach((it) => it.open = true)")
        assert axe_faults(page) == [], address
        for width in (320, 390, 768):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        page.close()


def test_an_order_appears_while_one_looks(market: Market, window: BrowserContext) -> None:
    # given open pages of an empty store
    orders = opened(window, "/s/lark/orders/")
    expect(orders.get_by_text("No orders yet")).to_be_visible()
    orders.mouse.move(0, 0)
    orders.wait_for_timeout(500)  # the stream opens after the page is ready

    # when somebody orders
    market.order(1001)

    # then it stands there without a reload
    expect(orders.get_by_role("link", name="#1001")).to_be_visible()


def test_the_mail_is_shown_in_a_frame_that_runs_nothing(
    market: Market, window: BrowserContext
) -> None:
    # given
    market.order(1001)
    [message] = market.messages()

    # when
    page = opened(window, f"/s/lark/messages/{message.pk}/")

    # then
    frame = page.frame_locator("iframe.frame")
    expect(frame.get_by_text("Speckled cup")).to_be_visible()
    address = f"/s/lark/messages/{message.pk}/body/"
    alone = window.new_page()
    alone.goto(address)
    assert alone.evaluate("window.origin") == "null"


def test_sending_again_is_asked_first(market: Market, window: BrowserContext) -> None:
    # given
    market.order(1001)
    [message] = market.messages()
    page = opened(window, f"/s/lark/messages/{message.pk}/")

    # when
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert len(market.messages()) == 1
    page.get_by_role("alertdialog").get_by_role("button", name="Send again").click()

    # then
    expect(page.get_by_text("It is on its way again.")).to_be_visible()
    assert len(market.messages()) == 2


def test_what_the_chat_asks_and_says_is_edited_in_rows(
    market: Market, window: BrowserContext
) -> None:
    # given a chat that says one thing by itself already
    store = market.bench.store
    add_widget(store, speak_first=["/kettles* 20s open de: Fragen zu Kesseln?"])
    with store_scope(store.pk):
        chat = Connection.objects.get(connector="widget")
    page = opened(window, f"/s/lark/connections/{chat.pk}/")
    asked = page.get_by_role("group", name="Ask before")
    spoken = page.get_by_role("group", name="Speak first")
    expect(spoken.get_by_label("What it says")).to_have_value("Fragen zu Kesseln?")
    expect(spoken.get_by_label("Only in opening hours")).to_be_checked()

    # when a field to ask for and a second sentence are added
    asked.get_by_role("button", name="Ask for something").click()
    asked.get_by_label("What").fill("email")
    asked.get_by_label("Must be given").check()
    spoken.get_by_role("button", name="Say something").click()
    spoken.get_by_label("What it says").nth(1).fill("Can we help?")
    assert axe_faults(page) == []
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("html[data-ready]", state="attached")

    # then they are kept as lines, and shown in rows again
    expect(page.get_by_role("group", name="Ask before").get_by_label("What")).to_have_value("email")
    with store_scope(store.pk):
        chat.refresh_from_db()
    assert chat.settings["ask_before"] == ["email*"]
    assert chat.settings["speak_first"] == [
        "/kettles* 20s open de: Fragen zu Kesseln?",
        "/* 30s: Can we help?",
    ]
    for width in (320, 768):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
