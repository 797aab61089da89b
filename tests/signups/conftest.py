"""Lines to the mail server are hung up after each test: the next one has another server."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_open_lines() -> Iterator[None]:
    """Hang up."""
    yield
    from shopbell.messaging.sessions import SESSIONS

    SESSIONS.close()
