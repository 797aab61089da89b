"""From the mail to the inbox in Chromium: tapped, said in words, answered by a person."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from shopbell.messaging.models import Message
from tests.feedback.ground import Asking, link_in
from tests.support.browser import axe_faults, open_window, opened
from tests.support.shop import settle
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHOPBELL_TEST_PICTURES", "")
PHONE = {"width": 320, "height": 640}


@pytest.fixture
def asking(committed_db: None) -> Asking:
    return Asking.begin()


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page for people, where the environment names a folder."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def link_of(page: Page, message: Message, words: str) -> str:
    """Return where a button of a mail leads, as the sandbox's mailbox shows the mail."""
    page.goto(f"/s/lark/sandbox/mail/{message.pk}/")
    address = urlsplit(page.get_by_role("link", name=words).get_attribute("href") or "")
    return f"{address.path}?{address.query}"


def test_a_tap_in_a_mail_becomes_a_conversation_that_is_answered(
    asking: Asking, web: WebProcess, chromium: Browser
) -> None:
    # given a mail in the mailbox
    message = asking.ask()
    staff = asking.market.person().cookies
    with open_window(chromium, web.address, staff) as window:
        mailbox = window.new_page()
        tapped = link_of(mailbox, message, "No, something is not right")
        picture(mailbox, "mail")

    # when the customer taps "no" on a small phone without scripts, and says what is wrong
    with open_window(chromium, web.address, java_script_enabled=False, viewport=PHONE) as window:
        page = window.new_page()
        page.goto(tapped)
        expect(page.get_by_role("radio", name="No, something is not right")).to_be_checked()
        expect(page.get_by_text("Somebody reads it and writes back to you.")).to_be_visible()
        picture(page, "question-phone")
        page.get_by_label("What would you like to tell us?").fill("The handle is broken")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Thank you for telling us.")).to_be_visible()
        expect(page.get_by_text("The handle is broken")).to_be_visible()
        picture(page, "thanks-phone")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"]
    settle()

    # then it stands in the inbox and among the answers, each leading to the other
    with open_window(chromium, web.address, staff, viewport={"width": 1400, "height": 900}) as desk:
        page = opened(desk, "/s/lark/feedback/")
        expect(page.get_by_text("The handle is broken")).to_be_visible()
        page.get_by_role("link", name="#1", exact=True).click()
        expect(page.locator(".bubble").get_by_text("The handle is broken")).to_be_visible()
        expect(page.locator(".desk-facts").get_by_text("delivery check")).to_be_visible()
        picture(page, "inbox")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.get_by_role("textbox", name="Your answer").fill("A new one leaves today.")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".bubble.ours").get_by_text("A new one leaves today.")).to_be_visible()
    settle()
    [reply] = asking.market.messages(kind="reply")
    assert (reply.to_address, reply.state) == ("mara1001@example.com", "sent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_have_no_faults(
    asking: Asking, web: WebProcess, chromium: Browser, scheme: str
) -> None:
    good, bad, blank = (asking.ask(number) for number in (1001, 1002, 1003))
    asking.answer(good, "good", "Lovely mugs, well packed.")
    with open_window(
        chromium, web.address, asking.market.person().cookies, color_scheme=scheme
    ) as window:
        page = window.new_page()
        for name, address in (("question", f"{link_in(blank)}?a=bad"), ("de", "?lang=de")):
            page.goto(address if name == "question" else link_in(blank) + address)
            assert axe_faults(page) == []
            picture(page, f"{name}-{scheme}")
        # an answer without words asks for them; one that is none is asked for again
        page.goto(f"{link_in(bad)}?a=bad")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Tell us what is wrong")).to_be_visible()
        assert axe_faults(page) == []
        picture(page, f"asks-{scheme}")
        page.goto(link_in(blank))
        page.locator("form").evaluate("form => form.noValidate = true")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("Choose one of the two answers.")
        assert axe_faults(page) == []
        picture(page, f"again-{scheme}")
        page.goto(f"{link_in(good)}?done=1")
        picture(page, f"thanks-{scheme}")
        settle()
        for name in ("", "?show=bad&recent=1"):
            page = opened(window, f"/s/lark/feedback/{name}")
            assert axe_faults(page) == []
            picture(page, f"answers{name[6:9]}-{scheme}")
        page.set_viewport_size({"width": 320, "height": 640})
        picture(page, f"answers-phone-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
