"""Fixtures for pages of staff. Imports of the product wait until Django is set up."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def lark(db: None) -> Any:
    from tests.support.people import people_of

    return people_of("lark")


@pytest.fixture
def wren(db: None) -> Any:
    from tests.support.people import people_of

    return people_of("wren")


@pytest.fixture
def signed_in() -> Any:
    from tests.support.people import client_of

    return client_of


@pytest.fixture(autouse=True)
def no_open_lines() -> Iterator[None]:
    """Hang up after each test: the next one has another server."""
    yield
    from shopbell.messaging.sessions import SESSIONS

    SESSIONS.close()
