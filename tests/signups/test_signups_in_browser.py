"""Signing up in Chromium on a small phone without scripts, with real mail; all pages by axe."""

import os
import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from procrastinate.contrib.django import app

from shopbell.accounts.models import Store
from shopbell.accounts.stamps import stamp_of
from shopbell.consent.models import Preference
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.signups.mails import confirm_url
from shopbell.signups.models import Signup
from tests.backoffice.market import Market
from tests.signups.ground import MARA, add_form, standing
from tests.support.browser import axe_faults, open_window, opened
from tests.support.shop import add_smtp, settle
from tests.support.smtp_sink import SinkMessage, SmtpSink
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHOPBELL_PICTURES", "")


@pytest.fixture
def market(committed_db: None) -> Market:
    return Market.open()


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def let_time_pass(store: Store, page: Page) -> None:
    """Make the page older than the time a person needs to fill it in; it runs no scripts."""
    mark = uuid.UUID(page.locator("[name=client_id]").get_attribute("value") or "")
    with clock.at(clock.now() - timedelta(minutes=1)):
        stamp = stamp_of(store, mark)
    page.locator("[name=stamp]").evaluate("(field, stamp) => { field.value = stamp }", stamp)


def link_in(mail: SinkMessage, path: str) -> str:
    body = mail.parsed.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://[^/\s]+(/{path}/[\w.-]+)", body.get_content())
    assert found is not None, body.get_content()
    return found[1]


def test_from_the_form_by_mail_to_the_choices(
    market: Market, web: WebProcess, chromium: Browser
) -> None:
    store = market.bench.store
    add_form(store)
    phone = {"width": 320, "height": 640}
    with (
        SmtpSink() as sink,
        open_window(chromium, web.address, java_script_enabled=False, viewport=phone) as window,
    ):
        add_smtp(store, sink.port)
        page = window.new_page()
        # given Mara signs up for tea
        page.goto("/join/lark/news")
        page.get_by_label("Sale").uncheck()
        page.get_by_label("E-mail address").fill("mara")
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_text("This is not an e-mail address")).to_be_visible()
        expect(page.get_by_label("Sale")).not_to_be_checked()
        picture(page, "join-wrong")
        page.get_by_label("E-mail address").fill(MARA)
        let_time_pass(store, page)
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_role("heading", name="Please look into your mailbox")).to_be_visible()
        settle()
        [mail] = sink.wait_for(1)
        assert mail.recipients == (MARA,)
        assert "Please confirm" in mail.subject

        # when she presses the button behind the link of the mail
        page.goto(link_in(mail, "j"))
        picture(page, "confirm")
        page.get_by_role("button", name="Yes, sign me up").click()
        expect(page.get_by_role("heading", name="You are signed up")).to_be_visible()
        assert standing(store)["marketing", "tea"] == "granted"

        # and later, without a mail at hand, asks for the link to her choices
        page.goto("/preferences/lark")
        page.get_by_label("E-mail address").fill(MARA)
        picture(page, "link")
        page.get_by_role("button", name="Send me my link").click()
        expect(page.get_by_role("heading", name="Please look into your mailbox")).to_be_visible()
        app.tasks["signups.mail_preferences_link"](store.pk, MARA, "en")
        settle()
        [_, mail] = sink.wait_for(2)
        page.goto(link_in(mail, "u"))
        expect(page.get_by_label("Tea")).to_be_checked()
        expect(page.get_by_label("Sale")).not_to_be_checked()
        page.get_by_label("At most once a week").check()
        page.get_by_role("region", name="Offers and news").get_by_role(
            "button", name="Save"
        ).click()
        expect(page.get_by_text("Saved. It counts from now on.")).to_be_visible()
        picture(page, "choices")

        # then leaves with one tap, says why, and hears less instead
        page.get_by_role("button", name="Stop all offers and news").click()
        page.get_by_role("button", name="Too often").click()
        picture(page, "left")
        page.get_by_role("button", name="Start again in a month").click()
        expect(page.get_by_text("You get none until")).to_be_visible()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320
    with store_scope(store.pk):
        wish = Preference.objects.get()
        assert wish.frequency == "weekly"
        assert wish.paused_until is not None
    assert standing(store)["marketing", ""] == "granted"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(market: Market, web: WebProcess, chromium: Browser, scheme: str) -> None:
    store = market.bench.store
    with open_window(chromium, web.address, market.person().cookies, color_scheme=scheme) as window:
        page = opened(window, "/s/lark/signups/")
        assert axe_faults(page) == []
        page = opened(window, "/s/lark/signups/rules/")
        picture(page, f"rules-{scheme}")
        assert axe_faults(page) == []
        picture(page, f"manage-empty-{scheme}")
        add_form(store)
        page = window.new_page()
        page.goto("/join/lark/news")
        assert axe_faults(page) == []
        picture(page, f"join-{scheme}")
        page.get_by_label("E-mail address").fill(MARA)
        let_time_pass(store, page)
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_role("heading", name="Please look into your mailbox")).to_be_visible()
        assert axe_faults(page) == []
        with store_scope(store.pk):
            url = confirm_url(store, Signup.objects.get())
        page.goto(url[url.index("/j/") :])
        assert axe_faults(page) == []
        page.get_by_role("button", name="Yes, sign me up").click()
        expect(page.get_by_role("heading", name="You are signed up")).to_be_visible()
        page.goto("/preferences/lark?lang=de")
        assert axe_faults(page) == []
        page.goto(_choices(store))
        assert axe_faults(page) == []
        picture(page, f"choices-{scheme}")
        page.get_by_role("button", name="Stop all offers and news").click()
        assert axe_faults(page) == []
        picture(page, f"why-{scheme}")
        page.get_by_role("button", name="Not interesting").click()
        assert axe_faults(page) == []
        picture(page, f"dull-{scheme}")
        for name in ("", "new/", "forms/news/"):
            page = opened(window, f"/s/lark/signups/{name}")
            assert axe_faults(page) == []
            picture(page, f"manage-{name[:5].strip('/') or 'list'}-{scheme}")
        with store_scope(store.pk):
            person = Signup.objects.get().customer_id
        page = opened(window, f"/s/lark/customers/{person}/")
        assert axe_faults(page) == []
        picture(page, f"customer-{scheme}")


def test_the_editor_and_the_list_fit_a_small_phone(
    market: Market, web: WebProcess, chromium: Browser
) -> None:
    add_form(market.bench.store)
    size = {"width": 320, "height": 640}
    with open_window(chromium, web.address, market.person().cookies, viewport=size) as window:
        for name in ("", "forms/news/", "rules/"):
            page = opened(window, f"/s/lark/signups/{name}")
            picture(page, f"phone-{name[:5].strip('/') or 'list'}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_preview_follows_what_is_written_and_countries_are_found_by_keyboard(
    market: Market, web: WebProcess, chromium: Browser
) -> None:
    add_form(market.bench.store)
    with open_window(chromium, web.address, market.person().cookies) as window:
        page = opened(window, "/s/lark/signups/forms/news/")
        shown = page.frame_locator("iframe[title='Preview of the form']")
        expect(shown.get_by_role("heading", name="News from Lark")).to_be_visible()
        page.get_by_label("Title").first.fill("Tea, and more tea")
        expect(shown.get_by_role("heading", name="Tea, and more tea")).to_be_visible()
        page.get_by_role("radio", name="After it").check(force=True)
        expect(shown.get_by_text("Please look into your mailbox")).to_be_visible()

        page = opened(window, "/s/lark/signups/rules/")
        field = page.get_by_label("Narrow down").last
        field.focus()
        page.keyboard.type("spai")
        expect(page.get_by_label("France").last).to_be_hidden()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Spain").last).to_be_checked()
        page.keyboard.press("Escape")
        expect(page.get_by_label("France").last).to_be_visible()


def _choices(store: Store) -> str:
    from shopbell.accounts.links import sign
    from shopbell.messaging.models import Message

    with store_scope(store.pk):
        message = Message.objects.get(kind="confirm_signup")
        message.medium, message.to_address = "email", MARA
        message.save(update_fields=["medium", "to_address"])
    return f"/u/{sign(store, 'preferences', message.pk)}"
