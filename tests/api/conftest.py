"""A store with a key for everything, and a client that speaks JSON.

A newcomer's mistake: importing product code at the top. Django is not set up yet.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.api.callers import Caller


@pytest.fixture
def lark(db: None) -> "Caller":
    from tests.api.callers import make_caller

    return make_caller("lark")


@pytest.fixture
def wren(db: None) -> "Caller":
    from tests.api.callers import make_caller

    return make_caller("wren")
