"""A store with a mailbox, a phone and a shop."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.smtp_sink import SmtpSink

if TYPE_CHECKING:  # nothing of Django may be read before it is set up
    from tests.journeys.ground import Shop


@pytest.fixture
def shop(db: None) -> "Iterator[Shop]":
    """Return a store whose people can be written to by mail and by SMS."""
    from tests.journeys.ground import open_shop

    with SmtpSink() as sink:
        yield open_shop(sink)
