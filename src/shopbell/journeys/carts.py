"""What may be printed and told of the cart that a run is about, as it is now.

A newcomer's mistake: keeping it with the run. A cart changes while a reminder waits.
"""

from typing import Any

from shopbell.journeys.models import Enrolment


def cart_context(row: Enrolment) -> dict[str, Any]:
    """Return what a text may print of the cart, as it is now."""
    cart = row.cart
    assert cart is not None
    return {
        "url": cart.recover_url,
        "total": cart.total,
        "currency": cart.currency,
        "lines": [
            {
                "title": line.get("title", ""),
                "variant": line.get("variant_title", ""),
                "quantity": line.get("quantity", 1),
                "total": line.get("total", 0),
                "image_url": line.get("image_url", ""),
            }
            for line in cart.lines
        ],
    }
