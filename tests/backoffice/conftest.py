"""A store that really works: a shop, sandbox channels, and orders that came in as webhooks."""

from typing import Any

import pytest


@pytest.fixture
def market(committed_db: None) -> Any:
    from tests.backoffice.market import Market

    return Market.open()
