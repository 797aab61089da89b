"""A store with orders, for those who come by a link."""

from typing import Any

import pytest


@pytest.fixture
def market(committed_db: None) -> Any:
    from tests.backoffice.market import Market

    return Market.open()
