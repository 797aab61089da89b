"""Accounts and messages for channel tests."""

import uuid
from typing import Any

from shopbell.connections.ports import Account, Settings
from shopbell.kit.ids import uuid7
from shopbell.messaging.ports import OutgoingMessage


def make_account(connector: str, settings: Settings, **changes: Any) -> Account:
    """Return a connected account of the store `lark`."""
    values: dict[str, Any] = {
        "id": uuid.UUID(int=1),
        "store_id": 1,
        "store_slug": "lark",
        "slug": "orders",
        "connector": connector,
        "settings": settings,
        "address": "orders@lark.example",
        "webhook_url": f"https://shop.example/hooks/{connector}/lark/orders",
    }
    return Account(**{**values, **changes})


def make_message(to: str = "mia@mail.example", **changes: Any) -> OutgoingMessage:
    """Return a rendered message with an id of its own."""
    identity = uuid7()
    values: dict[str, Any] = {
        "id": identity,
        "to": to,
        "to_name": "Mia",
        "subject": "Your order #1001",
        "text": "Hello Mia,\n\nyour order is on its way.\n",
        "html": "<p>Hello Mia, your order is on its way.</p>",
        "from_address": "orders@lark.example",
        "from_name": "Lark & Larder",
        "message_id": f"<{identity}@lark.example>",
    }
    return OutgoingMessage(**{**values, **changes})
