"""Shops with a chat, and a visitor."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.web import WebProcess
    from tests.widget.ground import ChatShop, Guest


@pytest.fixture
def lark(committed_db: None) -> "ChatShop":
    from tests.widget.ground import make_chat_shop

    return make_chat_shop("lark")


@pytest.fixture
def mara(web: "WebProcess", lark: "ChatShop") -> "Guest":
    from tests.widget.ground import Guest

    return Guest(web, lark.store.slug).meet()
