"""A store whose customers are asked whether everything is right."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # nothing of Django may be read before it is set up
    from tests.feedback.ground import Asking


@pytest.fixture
def asking(db: None) -> "Asking":
    """Return a store with a mailbox, and what can be asked in it."""
    from tests.feedback.ground import Asking

    return Asking.begin()
