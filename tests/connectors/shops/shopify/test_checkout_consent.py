"""A ticked box in the cart is a permission for delivery updates by WhatsApp; nothing else is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shopbell.connectors.reading import Doc
from shopbell.connectors.shops.shopify.orders import read_order
from shopbell.orders.ports import ConsentFacts

PLACED = "2026-11-21T10:00:00+01:00"


def consents(attributes: Any) -> tuple[ConsentFacts, ...]:
    order = read_order(
        Doc(
            {
                "id": 5001,
                "email": "mara@mail.example",
                "created_at": PLACED,
                "note_attributes": attributes,
            }
        )
    )
    assert order is not None
    assert order.customer is not None
    return order.customer.consents


@pytest.mark.parametrize("value", ["yes", "Yes ", "true", "1", "on", "ja"])
def test_a_ticked_box_is_a_permission_of_the_orders_time(value: str) -> None:
    (found,) = consents([{"name": "whatsapp_updates", "value": value}])
    assert (found.channel, found.purpose, found.granted) == ("whatsapp", "order_updates", True)
    assert (found.source, found.changed_at) == ("checkout", datetime(2026, 11, 21, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    "attributes",
    [
        [{"name": "whatsapp_updates", "value": "no"}],
        [{"name": "whatsapp_updates", "value": ""}],
        [{"name": "whatsapp_updates"}],
        [{"name": "gift", "value": "yes"}],
        [{"value": "yes"}, "yes", None, 7],
        "whatsapp_updates",
        None,
        [],
    ],
)
def test_everything_else_says_nothing(attributes: Any) -> None:
    assert consents(attributes) == ()
