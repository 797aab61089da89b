"""The editor of segments in Chromium: put together by keyboard, counted live, on a phone too."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from shopbell.accounts.models import User
from shopbell.kit.db.scope import store_scope
from shopbell.segments.models import Segment
from tests.segments.ground import Shop, keep_up, known, make_shop
from tests.support.browser import axe_faults, open_window, opened
from tests.support.people import client_of
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser
PAGES = "/s/lark/segments/"
PICTURES = os.environ.get("SHOPBELL_TEST_PICTURES", "")


@pytest.fixture
def shop(committed_db: None) -> Shop:
    shop = make_shop()
    with store_scope(shop.store.pk):
        for number, name in enumerate(("mia", "ben", "ida", "zoe")):
            person = shop.customer(name, country="DE" if number % 2 else "AT")
            for _ in range(number):
                shop.order(person, days_ago=5 + number, what=["Candle"], total=4000)
    known(shop)
    keep_up()
    return shop


@pytest.fixture
def window(shop: Shop, web: WebProcess, chromium: Browser) -> Iterator[BrowserContext]:
    cookies = client_of(User.objects.get(email="owner@lark.example")).cookies
    with open_window(
        chromium, web.address, cookies, reduced_motion="reduce",
        viewport={"width": 1400, "height": 900},
    ) as window:  # fmt: skip
        yield window


def picture(page: Page, name: str) -> None:
    """Look at the page in light, in dark and on the narrowest phone, where asked to."""
    if not PICTURES:
        return
    Path(PICTURES).mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        page.screenshot(path=f"{PICTURES}/{name}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 800})
    page.screenshot(path=f"{PICTURES}/{name}-phone.png", full_page=True)
    page.set_viewport_size({"width": 1400, "height": 900})


def is_narrow_enough(page: Page) -> bool:
    """Return whether nothing sticks out at 320 pixels."""
    page.set_viewport_size({"width": 320, "height": 800})
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1400, "height": 900})
    return bool(fits)


def test_a_segment_is_put_together_by_keyboard(shop: Shop, window: BrowserContext) -> None:
    page = opened(window, PAGES)
    assert axe_faults(page) == []
    assert is_narrow_enough(page)
    picture(page, "list")
    page.get_by_role("link", name="New segment").press("Enter")
    seen = page.locator("#segment-seen")
    expect(seen).to_contain_text("3 customers now")
    page.wait_for_selector("html[data-ready]", state="attached")

    # another condition is chosen with the keyboard: its fields follow, and what is missing
    page.get_by_label("What is asked").select_option("bought")
    expect(seen).to_contain_text("Product is missing.")
    # while a product is typed the count follows, and the field keeps the focus
    product = page.get_by_label("Product", exact=True)
    product.press_sequentially("cand")
    expect(seen).to_contain_text("Everybody who bought “cand”")
    expect(seen).to_contain_text("3 customers now")
    expect(product).to_be_focused()
    page.get_by_label("Times", exact=True).fill("2")
    page.keyboard.press("Tab")
    expect(seen).to_contain_text("2 customers now")

    # a second condition: it gets the focus
    page.get_by_role("button", name="and …").press("Enter")
    second = page.get_by_label("What is asked").nth(1)
    expect(second).to_be_focused()
    second.select_option("country")
    page.get_by_label("Countries").fill("de")
    expect(seen).to_contain_text("lives in DE")
    expect(seen).to_contain_text("1 customer now")
    assert axe_faults(page) == []
    assert is_narrow_enough(page)
    picture(page, "editor")

    # saved without a name: it says so and keeps everything
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Give it a name.").first).to_be_visible()
    page.get_by_label("Name", exact=True).fill("German candle lovers")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("German candle lovers")
    with store_scope(shop.store.pk):
        assert Segment.objects.get(key="").name == "German candle lovers"

    # its member appears by itself
    page.wait_for_selector("html[data-ready]", state="attached")
    page.wait_for_timeout(500)  # the stream opens after the page is ready
    keep_up()
    expect(page.get_by_role("link", name="Zoe")).to_be_visible()
    assert axe_faults(page) == []
    assert is_narrow_enough(page)
    picture(page, "shown")
    page.get_by_role("link", name="Segments", exact=True).first.click()
    expect(page.get_by_role("row", name="German candle lovers")).to_contain_text("1")
    picture(page, "list-filled")
