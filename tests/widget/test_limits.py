"""Floods are stopped without closing the shop: windows by visitor and by address."""

import json
import time
import uuid

import pytest
from django.test import Client

from shopbell.accounts.models import Store
from shopbell.conversations.visitors import new_visitor, token_of
from shopbell.web.limits import Window, network_of, width_of
from shopbell.widget.limits import STARTS
from tests.support.people import client_of, people_of
from tests.widget.ground import make_chat_shop

pytestmark = pytest.mark.django_db


def write(store: Store, token: str, address: str) -> int:
    answer = Client(REMOTE_ADDR=address).post(
        f"/widget/{store.slug}/messages",
        json.dumps({"client_id": str(uuid.uuid4()), "text": "Hello"}),
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )
    return answer.status_code


def test_one_address_begins_six_conversations_and_goes_on_with_them() -> None:
    shop = make_chat_shop("lark")
    tokens = [token_of(shop.store, new_visitor(shop.store)) for _ in range(8)]
    address = "2a00:1:2:3::1"
    said = [write(shop.store, token, address) for token in tokens[:7]]
    assert said == [202] * 6 + [429]
    assert write(shop.store, tokens[6], "2a00:1:2:3::2") == 429  # the same network
    assert write(shop.store, tokens[0], address) == 202
    assert write(shop.store, tokens[7], "2a00:1:2:4::1") == 202


def test_a_proxy_that_is_not_declared_does_not_close_the_chat() -> None:
    shop = make_chat_shop("lark")
    for _ in range(20):
        token = token_of(shop.store, new_visitor(shop.store))
        assert write(shop.store, token, "10.0.0.1") == 202
    assert width_of("8.8.8.8") == 1
    assert network_of("not an address") == "not an address"
    assert STARTS.most == 6


def test_a_window_slides() -> None:
    window = Window(2, 0.05)
    assert [window.take("a") for _ in range(3)] == [0, 0, 1]
    assert window.take("b") == 0
    time.sleep(0.06)
    assert window.take("a") == 0


def test_the_connections_page_shows_the_line_and_asks_for_no_address() -> None:
    client = client_of(people_of("lark").user("owner"))
    begin = "/s/lark/connections/new/widget/"
    assert b'name="address"' not in client.get(begin).content
    form = {
        "slug": "chat",
        "set-position": "left",
        "set-theme": "page",
        "set-hours": "nine to five",
    }
    assert client.post(f"{begin}create", form).status_code == 422
    made = client.post(f"{begin}create", form | {"set-theme": "page", "set-hours": "Mon-Fri 9-17"})
    assert made.status_code == 302
    page = client.get(made["location"]).content.decode()
    assert "/widget/lark.js&quot;&gt;&lt;/script&gt;" in page
    assert "Webhook address" not in page
