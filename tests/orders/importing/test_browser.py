"""The import pages in Chromium: a file from choosing it to its orders, and access for all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.orders.importing.test_pages import BAD, run_jobs
from tests.support.browser import axe_faults, open_window
from tests.support.people import client_of, people_of
from tests.support.web import WebProcess

pytestmark = pytest.mark.browser


@pytest.fixture
def window(committed_db: None, web: WebProcess, chromium: Browser) -> Iterator[BrowserContext]:
    cookies = client_of(people_of("lark").user("owner")).cookies
    with open_window(chromium, web.address, cookies, reduced_motion="reduce") as window:
        yield window


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
