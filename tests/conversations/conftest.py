"""The inbox of a market, and a window on it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.backoffice.market import Market
from tests.conversations.inbox_ground import Inbox, open_inbox
from tests.support.browser import open_window
from tests.support.web import WebProcess


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


@pytest.fixture
def window(inbox: Inbox, web: WebProcess, chromium: Browser) -> Iterator[BrowserContext]:
    """Return a window of the agent on the real pages; any script error fails the test."""
    with open_window(
        chromium,
        web.address,
        inbox.market.person().cookies,
        reduced_motion="reduce",
        viewport={"width": 1400, "height": 900},
    ) as window:
        yield window
