"""A store with a mailbox and people who allowed offers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.smtp_sink import SmtpSink

if TYPE_CHECKING:  # nothing of Django may be read before it is set up
    from tests.campaigns.ground import Shop


@pytest.fixture
def shop(db: None) -> "Iterator[Shop]":
    """Return a store with twelve people who allowed offers, and one who did not."""
    from tests.campaigns.ground import add_people_who_agree, know_people, open_shop

    with SmtpSink() as sink:
        made = open_shop(sink)
        add_people_who_agree(made.store, 12)
        add_people_who_agree(made.store, 1, first=12, agree=False)
        know_people(made.store)
        yield made
