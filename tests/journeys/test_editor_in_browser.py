"""The editor of journeys in Chromium: put together by keyboard, published, drawn in three sizes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from shopbell.journeys.models import Journey
from shopbell.kit.db.scope import store_scope
from tests.support.browser import axe_faults, open_window, opened
from tests.support.people import client_of, people_of
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser


@pytest.fixture
def window(committed_db: None, web: WebProcess, chromium: Browser) -> Iterator[BrowserContext]:
    cookies = client_of(people_of("lark").user("owner")).cookies
    with open_window(
        chromium, web.address, cookies, reduced_motion="reduce",
        viewport={"width": 1280, "height": 900},
    ) as window:  # fmt: skip
        yield window


def is_narrow_enough(page: Page) -> bool:
    """Return whether nothing sticks out at 320 pixels."""
    page.set_viewport_size({"width": 320, "height": 800})
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    return bool(fits)


def put_in(page: Page, gap: int, kind: str) -> None:
    """Put a step into a gap by keyboard alone."""
    page.get_by_text("Add a step").nth(gap).focus()
    page.keyboard.press("Enter")
    button = page.locator(".flow-add[open]").get_by_role("button", name=kind)
    for _ in range(20):
        page.keyboard.press("Tab")
        if button.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")


def test_a_journey_is_put_together_by_keyboard_and_published(window: BrowserContext) -> None:
    page = opened(window, "/s/lark/journeys/new/")
    page.get_by_label("Name").fill("Second order")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second order")
    page.wait_for_selector("html[data-ready]", state="attached")
    said = page.locator("#flow-said")

    # given a wait: its form has the focus, and Enter keeps it
    put_in(page, 0, "Wait some time")
    expect(page.get_by_label("Days")).to_be_focused()
    expect(said).to_have_text("Put in: Wait some time.")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    wait = page.get_by_role("group", name="Wait 2 days")
    expect(wait.get_by_role("button", name="Edit")).to_be_focused()

    # and a message behind it, which says what it lacks until that is there
    put_in(page, 1, "Send a message")
    text = page.get_by_label("Text", exact=True)
    expect(text).to_be_focused()
    expect(page.get_by_text("1 thing to mend")).to_be_visible()
    expect(page.get_by_text("Choose which text it sends.")).to_be_visible()
    assert axe_faults(page) == []
    assert is_narrow_enough(page)
    text.select_option("welcome_order")
    page.get_by_role("button", name="Keep", exact=True).press("Enter")
    expect(page.get_by_text("thing to mend")).to_have_count(0)

    # what is true of a customer is asked in rows, at 75 %, and the focus is never lost
    page.get_by_label("75 %").check(force=True)
    put_in(page, 2, "Go by what is true")
    page.get_by_role("button", name="Ask conditions of its own").press("Enter")
    asked = page.get_by_label("What is asked")
    expect(asked).to_be_focused()
    page.get_by_role("button", name="and …").press("Enter")
    expect(asked.nth(1)).to_be_focused()
    page.get_by_role("button", name="Take this condition away").nth(1).press("Enter")
    expect(asked).to_have_count(1)
    expect(asked).to_be_focused()
    page.locator("#n-if-1").get_by_role("button", name="Take out").press("Enter")
    expect(page.locator("#n-if-1")).to_have_count(0)

    # a step that is moved keeps the focus on the arrow, and the way it went is said
    mail = page.locator("#n-send-1").first
    mail.get_by_role("button", name="Move up").press("Enter")
    expect(said).to_have_text("Moved up.")
    expect(mail.get_by_role("button", name="Move up")).to_be_focused()
    expect(mail.get_by_role("button", name="Move up")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Moved down.")

    # a way of its own within a split, taken out by mistake and brought back
    put_in(page, 2, "Hold some back")
    expect(page.get_by_label("Name of way 1")).to_be_focused()
    page.keyboard.press("Enter")
    split = page.locator("#n-split-1")
    split.get_by_role("button", name="Take out").press("Enter")
    expect(split).to_have_count(0)
    expect(mail.get_by_role("button", name="Edit")).to_be_focused()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(split).to_be_visible()
    put_in(page, 3, "Add a tag")
    page.get_by_role("textbox", name="Tag").fill("regular")
    page.keyboard.press("Enter")
    held = page.get_by_role("group", name="goes on: 90 %")
    expect(held.get_by_text("Tag “regular” added")).to_be_visible()
    assert axe_faults(page) == []

    # when it is published and switched on
    page.get_by_role("link", name="Publish …").press("Enter")
    assert axe_faults(page) == []
    assert is_narrow_enough(page)
    page.get_by_role("button", name="Publish and switch on").press("Enter")
    expect(page.get_by_text("Version 1 of “Second order” is published.")).to_be_visible()
    expect(held.get_by_text("Tag “regular” added")).to_be_visible()
    with store_scope(_store()):
        assert Journey.objects.get().state == "live"

    # then it is drawn in the size that is chosen by keys, and on paper without the rest
    page.wait_for_selector("html[data-ready]", state="attached")
    flow = page.locator(".flow")
    page.locator("#main").focus()
    page.keyboard.type("z7")
    expect(flow).to_have_css("zoom", "0.75")
    page.keyboard.type("z1")
    expect(flow).to_have_css("zoom", "1")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="People")).to_be_hidden()
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(mail).to_be_visible()
    page.emulate_media(media="screen")

    # and it is changed from a text
    page.get_by_role("link", name="As text").click()
    text = page.get_by_label("Text", exact=True)
    text.fill(text.input_value().replace("days = 2", "days = -2"))
    page.get_by_role("button", name="Make it the draft").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Line 9")
    assert axe_faults(page) == []


def _store() -> int:
    from shopbell.accounts.models import Store

    return Store.objects.get(slug="lark").pk
