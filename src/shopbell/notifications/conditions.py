"""Filters of a notification: plain data, checked against the order when the message is queued.

All given conditions must hold. Times of day and channels are not conditions; the gate knows those.
"""

from typing import Any

from shopbell.kit.errors import Invalid
from shopbell.kit.money import minor
from shopbell.orders.models import Order

KEYS = {
    "countries": "Only orders to these countries (two-letter codes)",
    "not_countries": "Not orders to these countries",
    "tags": "Only orders with one of these tags",
    "not_tags": "Not orders with one of these tags",
    "min_total": "Only orders of at least this amount, in the order's currency",
    "shipping_methods": "Only orders whose shipping method contains one of these words",
}


def check_conditions(conditions: dict[str, Any]) -> dict[str, Any]:
    """Return usable conditions or raise `Invalid` naming the key."""
    for key, value in conditions.items():
        if key not in KEYS:
            raise Invalid(
                f"There is no condition {key!r}.", fields={key: f"Known: {', '.join(KEYS)}."}
            )
        if key == "min_total":
            minor(value, "EUR")
        elif not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise Invalid(
                f"The condition {key!r} needs a list of words.", fields={key: "Give a list."}
            )
    return conditions


def objection(conditions: dict[str, Any], order: Order) -> str:
    """Return why the order does not fit, in a sentence; empty when it fits."""
    country = str(order.address.get("country", "")).upper()
    tags = {tag.lower() for tag in order.tags}

    def words(key: str) -> set[str]:
        return {word.lower() for word in conditions.get(key, [])}

    if words("countries") and country.lower() not in words("countries"):
        return f"This notice is not sent to {country or 'orders without a country'}."
    if country.lower() in words("not_countries"):
        return f"This notice is not sent to {country}."
    if words("tags") and not tags & words("tags"):
        return "The order has none of the tags this notice asks for."
    if tags & words("not_tags"):
        return f"The order has the tag {sorted(tags & words('not_tags'))[0]}."
    if conditions.get("min_total") and order.total < minor(
        conditions["min_total"], order.currency or "EUR"
    ):
        return "The order is smaller than this notice asks for."
    method = order.shipping_method.lower()
    if words("shipping_methods") and not any(word in method for word in words("shipping_methods")):
        return "The shipping method is not one of those this notice is for."
    return ""
