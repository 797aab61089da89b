"""A store with orders, for those who come by a link; one web process for browsers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.web import WebProcess


@pytest.fixture
def market(committed_db: None) -> Any:
    from tests.backoffice.market import Market

    return Market.open()


@pytest.fixture(scope="session")
def web() -> "Iterator[WebProcess]":
    from tests.support.web import web_process

    with web_process() as process:
        yield process
