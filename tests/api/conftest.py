"""A store with a key for everything, and a client that speaks JSON.

A newcomer's mistake: importing product code at the top. Django is not set up yet.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.api.callers import Caller
    from tests.support.web import WebProcess


@pytest.fixture
def lark(db: None) -> "Caller":
    from tests.api.callers import make_caller

    return make_caller("lark")


@pytest.fixture
def wren(db: None) -> "Caller":
    from tests.api.callers import make_caller

    return make_caller("wren")


@pytest.fixture(scope="session")
def web() -> Iterator["WebProcess"]:
    """Serve the product, front door and all, in a process of its own."""
    from tests.support.web import web_process

    with web_process() as process:
        yield process
