"""Chromium for tests: finding it, starting it, and windows whose script errors fail the test."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookies import Morsel
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# The names that `scripts/chromium` looks for too. The first has no window to draw: a page opens
# and runs in a third of the time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), "")
PATIENCE = 30_000  # milliseconds; only slow machines ever wait this long
expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium_running() -> Iterator[Browser]:
    """Start Chromium; the test is skipped where there is none."""
    if not CHROMIUM:
        pytest.skip("There is no Chromium: `make chromium`")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@contextmanager
def open_window(
    browser: Browser,
    address: str | None = None,
    cookies: Mapping[str, Morsel[str]] | None = None,
    *,
    noisy: bool = False,
    **look: Any,
) -> Iterator[BrowserContext]:
    """Open a fresh window on a site; script errors and breaches of its policy fail the test.

    `noisy` True fails it for whatever the console calls an error, too.
    """
    window = browser.new_context(base_url=address, **look)
    window.set_default_timeout(PATIENCE)
    for name, told in (cookies or {}).items():
        window.add_cookies([{"name": name, "value": told.value, "url": address}])
    faults: list[str] = []
    window.on("weberror", lambda error: faults.append(str(error.error)))
    window.on("console", lambda said: faults.append(said.text) if _is_fault(said, noisy) else None)
    yield window
    window.close()
    assert faults == []


def _is_fault(said: Any, noisy: bool) -> bool:
    return "Content Security Policy" in said.text or (noisy and said.type == "error")


def opened(window: BrowserContext, address: str) -> Page:
    """Return a page once its modules run."""
    page = window.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


# What slides or fades has half its colours until it is done; what turns for ever is not waited for.
STILL = """() => Promise.allSettled(document.getAnimations()
  .filter(each => Number.isFinite(each.effect.getComputedTiming().endTime))
  .map(each => each.finished)).then(() => true)"""


def axe_faults(page: Page) -> list[str]:
    """Return what axe finds, short, once the page has come to rest."""
    page.evaluate(STILL)
    found: dict[str, Any] = Axe().run(page).response
    return [
        f"{each['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
