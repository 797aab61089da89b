"""One web process for the tests that only ask."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.web import WebProcess
    from tests.widget.ground import ChatShop, Guest


@pytest.fixture(scope="session")
def web() -> Iterator["WebProcess"]:
    from tests.support.web import web_process

    with web_process() as process:
        yield process


@pytest.fixture
def lark(committed_db: None) -> "ChatShop":
    from tests.widget.ground import make_chat_shop

    return make_chat_shop("lark")


@pytest.fixture
def mara(web: "WebProcess", lark: "ChatShop") -> "Guest":
    from tests.widget.ground import Guest

    return Guest(web, lark.store.slug).meet()
