"""A store that really works: a shop, sandbox channels, and orders that came in as webhooks."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def market(committed_db: None) -> Iterator[Any]:
    from tests.backoffice.market import Market

    yield Market.open()
