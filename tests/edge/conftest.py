"""One web process for all tests that do not stop it, and two stores.

A newcomer's mistake: importing product code at the top. Django is not set up yet.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.edge.shops import Shop
    from tests.support.web import WebProcess


@pytest.fixture(scope="session")
def web() -> Iterator["WebProcess"]:
    from tests.support.web import web_process

    with web_process("tests.support.bell") as process:
        yield process


@pytest.fixture
def lark(committed_db: None) -> "Shop":
    from tests.edge.shops import make_shop

    return make_shop("lark")


@pytest.fixture
def wren(committed_db: None) -> "Shop":
    from tests.edge.shops import make_shop

    return make_shop("wren")
