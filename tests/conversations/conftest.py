"""The inbox of a market, and a window on it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # nothing of Django may be read before it is set up
    from playwright.sync_api import Browser, BrowserContext

    from tests.conversations.inbox_ground import Inbox
    from tests.support.web import WebProcess


@pytest.fixture
def inbox(committed_db: None) -> "Inbox":
    """Return the inbox of a market with a mailbox and a chat."""
    from tests.backoffice.market import Market
    from tests.conversations.inbox_ground import open_inbox

    return open_inbox(Market.open())


@pytest.fixture
def window(inbox: "Inbox", web: "WebProcess", chromium: "Browser") -> "Iterator[BrowserContext]":
    """Return a window of the agent on the real pages; any script error fails the test."""
    from tests.support.browser import open_window

    with open_window(
        chromium,
        web.address,
        inbox.market.person().cookies,
        reduced_motion="reduce",
        viewport={"width": 1400, "height": 900},
    ) as window:
        yield window
