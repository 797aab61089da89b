"""One running Shopbell for all stories, and a browser.

A newcomer's mistake: importing product code at the top. Django is not set up yet.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

if TYPE_CHECKING:
    from tests.flows.ground import Town


@pytest.fixture(scope="session")
def town() -> Iterator["Town"]:
    """Return the running town."""
    from tests.flows.ground import Town
    from tests.support.imap_server import ImapServer
    from tests.support.processes import installation
    from tests.support.shopify_admin import shopify_admin
    from tests.support.site import site
    from tests.support.smtp_sink import SmtpSink

    taken = json.dumps({"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1"}).encode()
    answer = (200, {"content-type": "application/json"}, taken)
    with (
        SmtpSink() as post,
        SmtpSink() as frail,
        site(answer) as postmark,
        ImapServer() as imap,
        shopify_admin() as admin,
        installation("flows") as bell,
    ):
        made = Town(bell, post, frail, postmark, imap, admin)
        made.build()
        worker = bell.start_worker(wait=False)
        bell.start_web()
        bell.wait_until(lambda: "worker.started" in worker.said(), seconds=60)
        yield made


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return a page that fails the test on script errors and breaches of the content policy."""
    from tests.support.browser import open_window

    size = {"width": 1100, "height": 900}
    with open_window(chromium, noisy=True, viewport=size) as window:
        yield window.new_page()


@pytest.fixture(scope="session")
def merchant(chromium: Browser, town: "Town") -> Iterator[Page]:
    """Return a page on which the owner of `lark` is signed in by the link that `apply` printed."""
    window = chromium.new_context(base_url=town.bell.url, viewport={"width": 1280, "height": 900})
    window.set_default_timeout(20_000)
    opened = window.new_page()
    sign_in(opened, town.links["lark"])
    yield opened
    window.close()


def sign_in(page: Page, link: str) -> None:
    """Follow a sign-in link, press its button and choose a password."""
    page.goto(link)
    page.locator("main form button").first.click()
    page.wait_for_url("**/account/password/set/**")
    for field in page.locator("input[type=password]").all():
        field.fill("a fine long phrase for Robin")
    page.locator("main form button[type=submit], main form button").first.click()
    page.wait_for_url("**/s/*/")
