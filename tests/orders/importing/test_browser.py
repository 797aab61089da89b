"""The import pages in Chromium: a file from choosing it to its orders, and access for all.

A newcomer's mistake: a browser that outlives its test. Playwright keeps an event loop running in
this thread, and Django refuses to talk to the database beside one.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.orders.importing.test_pages import BAD, run_jobs
from tests.support.people import client_of, people_of
from tests.support.web import web_process
from tests.web.conftest import CHROMIUM, PATIENCE
from tests.web.test_browser import axe_faults

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed here"),
]


@pytest.fixture
def window(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrowserContext]:
    cookies = client_of(people_of("lark").user("owner")).cookies
    with web_process() as web, sync_playwright() as play:
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = play.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        base = f"http://127.0.0.1:{web.port}"
        window = browser.new_context(base_url=base, reduced_motion="reduce")
        window.set_default_timeout(PATIENCE)
        window.add_cookies(
            [{"name": name, "value": told.value, "url": base} for name, told in cookies.items()]
        )
        yield window
        browser.close()


def fine(page: Page) -> None:
    """Check the page for all, and for a phone."""
    page.wait_for_selector("html[data-ready]", state="attached")
    assert axe_faults(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_file_is_imported_with_the_mouse(window: BrowserContext, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(BAD)
    # when the file is chosen and looked at
    page = window.new_page()
    page.goto("/s/lark/import/")
    fine(page)
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_label("Meaning of the column Email")).to_have_value("customer.email")
    fine(page)
    # and checked, while the page waits by itself
    page.get_by_role("button", name="Check all rows").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    fine(page)
    run_jobs()
    expect(page.get_by_text("order can be imported")).to_be_visible()
    fine(page)
    # and its good rows are wanted
    page.get_by_role("button", name="Import the good rows").click()
    expect(page.get_by_text("Importing the good rows")).to_be_visible()
    run_jobs()
    # then the page says what came of it
    expect(page.get_by_text("Imported: 1 order. Not imported: 4.")).to_be_visible()
    fine(page)
