"""A store in trouble."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.smtp_sink import SmtpSink

if TYPE_CHECKING:  # nothing of Django may be read before it is set up
    from tests.announcements.ground import Strike


@pytest.fixture
def strike(db: None) -> "Iterator[Strike]":
    """Return a store whose parcels in Berlin are stuck, with a mailbox that takes mails."""
    from tests.announcements.ground import begin_strike

    with SmtpSink() as sink:
        yield begin_strike(sink)
