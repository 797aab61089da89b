"""A store in scope.

A newcomer's mistake: importing product code at the top. Django is not set up yet.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.shop import Bench


@pytest.fixture
def bench(db: None) -> Iterator["Bench"]:
    """Return a store with a Shopify shop; the test runs inside its scope."""
    from shopbell.kit.db.scope import store_scope
    from tests.support.shop import make_bench

    made = make_bench()
    with store_scope(made.store.pk):
        yield made
