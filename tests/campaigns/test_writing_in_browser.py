"""Composing in Chromium by keyboard: typed is kept, and what readers get is beside it."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from shopbell.campaigns import actions
from shopbell.campaigns.models import Campaign, Variant
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market
from tests.support.browser import axe_faults, open_window, opened
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHOPBELL_PICTURES", "")
ENDS = "2031-01-01T00:00:00+01:00"
EVERYTHING = {
    "subject": "The last week of autumn",
    "preheader": "Coats and scarves",
    "blocks": [
        {"kind": "heading", "text": "The last week of autumn"},
        {"kind": "text", "text": "Hello {{ customer.first_name }},\n\nthe coats are here."},
        {"kind": "columns", "left": [{"kind": "product", "name": "Coat", "price": "€90",
                                      "url": "https://lark.example/coat"}],
         "right": [{"kind": "button", "label": "See all", "url": "https://lark.example/"}]},
        {"kind": "coupon", "text": "For you", "code": "AUTUMN", "until": ENDS},
        {"kind": "countdown", "text": "Until", "ends": ENDS},
        {"kind": "divider"},
    ],
}  # fmt: skip


@pytest.fixture
def market(committed_db: None) -> Market:
    return Market.open(postal_address="1 High Street\n10115 Berlin")


def draft(market: Market, *, says: object = None) -> Campaign:
    with store_scope(market.bench.store.pk):
        row = actions.start_campaign(name="Autumn", by=None, by_name="Ada")
        if says:
            actions.write_variant(campaign=row, variant="A", texts={"en": EVERYTHING})
        return row


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def kept(market: Market) -> list[dict[str, str]]:
    with store_scope(market.bench.store.pk):
        found: list[dict[str, str]] = Variant.objects.get().texts["en"]["blocks"]
        return found


def test_a_mail_is_composed_by_keyboard_and_seen_beside(
    market: Market, web: WebProcess, chromium: Browser
) -> None:
    row = draft(market)
    with open_window(chromium, web.address, market.person().cookies) as window:
        page = opened(window, f"/s/lark/campaigns/{row.pk}/write/")
        # given a heading and a text, added by pressing keys
        page.get_by_label("Subject").fill("Warm coats")
        page.get_by_role("button", name="Heading", exact=True).press("Enter")
        page.locator("[name='1.text']").fill("Coats")
        page.get_by_role("button", name="Text", exact=True).press("Enter")
        page.locator("[name='2.text']").fill("They are warm.")
        # then what readers get follows, without pressing anything
        frame = page.frame_locator("iframe[title='The mail on a desk']")
        expect(frame.get_by_text("They are warm.")).to_be_visible()
        # when the text is moved up, the same button can be pressed on
        page.get_by_role("group", name="Text 2").get_by_role("button", name="Move up").press(
            "Enter"
        )
        expect(page.locator("[name='1.text']")).to_have_value("They are warm.")
        expect(page.locator("#b-1 button[value='down:1']")).to_be_focused()
        assert [each["kind"] for each in kept(market)] == ["text", "heading"]
        # and the check says what else there is
        expect(page.get_by_text("things are fine")).to_be_visible()
        # and a test goes out by the sandbox
        page.get_by_role("button", name="Send a test").click()
        page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("dialog").get_by_text("owner@lark.example")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_it_fits_a_small_phone(
    market: Market, web: WebProcess, chromium: Browser, scheme: str
) -> None:
    row = draft(market, says=True)
    cookies = market.person().cookies
    with open_window(chromium, web.address, cookies, color_scheme=scheme) as window:
        page = opened(window, f"/s/lark/campaigns/{row.pk}/write/")
        expect(page.get_by_text("Mails go to the sandbox")).to_be_visible()
        if scheme == "dark":
            page.get_by_role("radio", name="Dark").check()
        assert axe_faults(page) == []
        picture(page, f"write-{scheme}")
        page.get_by_role("radio", name="Phone").check()
        about = "The mail on a phone" + (", dark" if scheme == "dark" else "")
        frame = page.frame_locator(f"iframe[title='{about}']")
        expect(frame.get_by_text("AUTUMN", exact=True)).to_be_visible()
        expect(page.locator("iframe:visible")).to_have_count(1)
    small = {"width": 320, "height": 640}
    with open_window(chromium, web.address, cookies, viewport=small) as window:
        page = opened(window, f"/s/lark/campaigns/{row.pk}/write/")
        picture(page, f"write-phone-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
