"""The notification and template pages in Chromium: preview, keyboard, access for everybody."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from shopbell.accounts.models import User
from shopbell.kit.db.scope import store_scope
from shopbell.notifications.queries import settings_of_store
from tests.support.browser import axe_faults, open_window, opened
from tests.support.people import client_of
from tests.support.shop import Bench, add_smtp, make_bench, order_payload, receive, settle
from tests.support.smtp_sink import SmtpSink
from tests.support.web import WebProcess

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("committed_db")]

PICTURES = os.environ.get("SHOPBELL_PICTURES", "")


@pytest.fixture
def bench(committed_db: None) -> Iterator[Bench]:
    made = make_bench()
    with SmtpSink() as sink:
        add_smtp(made.store, sink.port)
        receive(made, "orders/create", order_payload(), "e1")
        settle()
        yield made


@pytest.fixture
def window(chromium: Browser, web: WebProcess, bench: Bench) -> Iterator[BrowserContext]:
    session = client_of(User.objects.get(email="owner@lark.example")).cookies
    size = {"width": 1440, "height": 1000}
    with open_window(chromium, web.address, session, viewport=size) as made:
        yield made


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


PAGES = (
    "notifications/",
    "notifications/delivered/",
    "notifications/quiet-hours",
    "notifications/dispatched/plan",
    "templates/",
    "templates/dispatched/email/en/",
    "templates/dispatched/sms/de/",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_for_everybody_and_fit_a_phone(window: BrowserContext, scheme: Any) -> None:
    found = {address: _faults(window.new_page(), address, scheme) for address in PAGES}
    assert found == {address: [] for address in PAGES}


def _faults(page: Page, address: str, scheme: Any) -> list[str]:
    print(address)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"/s/lark/{address}")
    page.wait_for_selector("html[data-ready]", state="attached")
    if address.count("/") > 2:
        page.wait_for_selector("#preview .card")
    found = axe_faults(page)
    name = address.strip("/").replace("/", "-")
    _picture(page, f"{name}-{scheme}")
    page.set_viewport_size({"width": 360, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    _picture(page, f"{name}-{scheme}-phone")
    page.close()
    return found if wide <= 360 else [*found, f"it is {wide} wide on a phone"]


def test_what_is_typed_is_seen_beside_it_as_the_mail_it_becomes(window: BrowserContext) -> None:
    page = opened(window, "/s/lark/templates/order_confirmed/email/en/")
    frame = page.frame_locator("iframe[name='mail-preview']")
    expect(frame.locator("body")).to_contain_text("#4833")
    history = page.evaluate("history.length")
    page.get_by_label("Text", exact=True).fill("<mj-text>Dear {{ customer.first_name }}</mj-text>")
    expect(frame.locator("body")).to_contain_text("Dear Nora")
    page.get_by_label("Preview with").select_option(index=1)
    expect(frame.locator("body")).to_contain_text("Dear Mara")
    expect(page.locator("#preview")).to_contain_text("Would be sent by e-mail to mara1001")
    page.get_by_label("Subject").fill("{{ order.numer }}")
    expect(page.locator("#preview")).to_contain_text("Nobody fills in order.numer")
    assert page.evaluate("history.length") == history


def test_a_test_send_shows_how_it_goes(window: BrowserContext) -> None:
    page = opened(window, "/s/lark/templates/order_confirmed/email/en/")
    page.get_by_role("button", name="Send a test").click()
    dialog = page.get_by_role("dialog", name="Send a test")
    expect(dialog.get_by_label("E-mail address")).to_have_value("owner@lark.example")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.locator("#test-state")).to_contain_text("waiting")
    settle()
    expect(dialog.locator("#test-state")).to_contain_text("sent")


def test_the_matrix_is_changed_by_keyboard(window: BrowserContext, bench: Bench) -> None:
    page = opened(window, "/s/lark/notifications/")
    switch = page.locator("#kind-dispatched").get_by_role("switch")
    switch.focus()
    with page.expect_response("**/dispatched/switch"):
        page.keyboard.press("Space")
    expect(switch).not_to_be_checked()
    expect(switch).to_be_focused()
    chip = page.locator("#kind-delivered").get_by_role("button", name="E-mail")
    chip.focus()
    with page.expect_response("**/delivered/earlier"):
        page.keyboard.press("Enter")
    expect(page.locator("#kind-delivered")).to_contain_text("Try earlier: SMS")
    with store_scope(bench.store.pk):
        chosen = settings_of_store()
    assert not chosen["dispatched"].enabled
    assert chosen["delivered"].media == ("whatsapp", "email", "sms")
