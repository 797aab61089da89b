"""Conditions about orders: how many, how much, when, what was in them, where they are now."""

from collections.abc import Callable
from datetime import timedelta

from shopbell.segments.conditions.history import orders_clause, since
from shopbell.segments.conditions.phrases import days, hours, times, within
from shopbell.segments.vocabulary import (
    Asked,
    Choices,
    Clause,
    Kind,
    Param,
    Values,
    register_condition,
)

_GROUP = "Orders"
_ORDERS = frozenset({"orders"})
_PARCELS = frozenset({"orders", "parcels"})
_COMPARED = {"least": ">=", "most": "<=", "exactly": "="}
QUIET_CART = timedelta(hours=1)  # so long a cart is only being filled


def _compare() -> Choices:
    return [("least", "at least"), ("most", "at most"), ("exactly", "exactly")]


def _times(default: int = 1) -> Param:
    return Param(
        "times", "Times", "number", default=default, least=1, most=10_000, unit="times",
        optional=True,
    )  # fmt: skip


def _days(default: int = 30, *, least: int = 1, optional: bool = False) -> Param:
    return Param(
        "days", "Days", "number", default=0 if optional else default, least=least, most=3650,
        unit="days", optional=optional, example="any time" if optional else "",
    )  # fmt: skip


def _orders(values: Values, asked: Asked) -> Clause:
    return Clause(f"p.orders {_COMPARED[values['compare']]} %s", (values["number"],))


def _spent(values: Values, asked: Asked) -> Clause:
    amount = values["amount"] * asked.minor
    return Clause(f"p.spent {_COMPARED[values['compare']]} %s", (amount,))


def _moment(column: str) -> Callable[[Values, Asked], Clause]:
    """Return a condition on one moment of the profile: it lies within the last days."""

    def sql(values: Values, asked: Asked) -> Clause:
        begin = since(asked, values["days"])
        if begin is None:
            return Clause(f"p.{column} IS NOT NULL")
        return Clause(f"p.{column} >= %s", (begin,))

    return sql


def _rfm(values: Values, asked: Asked) -> Clause:
    return Clause(
        "p.last_order_at >= %s AND p.orders >= %s AND p.spent >= %s",
        (since(asked, values["days"]), values["orders"], values["amount"] * asked.minor),
    )


def _ordered(values: Values, asked: Asked) -> Clause:
    return orders_clause(asked, days=values["days"], times=values["times"])


def _bought(values: Values, asked: Asked) -> Clause:
    lines = _MATCHES[values["by"]](values["what"], asked)
    return orders_clause(asked, days=values["days"], times=values["times"], lines=lines)


def _by_title(what: str, asked: Asked) -> Clause:
    plain = what.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Clause(" AND l.title ILIKE %s", (f"%{plain}%",))


def _by_sku(what: str, asked: Asked) -> Clause:
    return Clause(" AND upper(l.sku) = upper(%s)", (what,))


def _by_category(what: str, asked: Asked) -> Clause:
    return Clause(
        " AND (o.source, l.product_id) IN (SELECT c.source, c.source_id FROM orders_product c"
        " WHERE c.store_id = %s AND lower(c.product_type) = lower(%s))",
        (asked.store_id, what),
    )


_MATCHES = {"title": _by_title, "sku": _by_sku, "category": _by_category}


def _by() -> Choices:
    return [("title", "words of its name"), ("sku", "article number"), ("category", "category")]


def _says_bought(values: Values, negated: bool) -> str:
    often = f" {times(values['times'])} or more" if values["times"] > 1 else ""
    verb = "has not bought" if negated else "bought"
    kinds = {"article number": "the article ", "category": "something of the category "}
    return f"{verb} {kinds.get(values['by'], '')}“{values['what']}”{often}{within(values)}"


def _says_ordered(values: Values, negated: bool) -> str:
    number, span = values["times"], within(values)
    if number == 1:
        return f"has not bought anything{span}" if negated else f"bought something{span}"
    if negated:
        return f"bought less than {number} times{span}"
    return f"bought {times(number)} or more{span}"


def _cart(values: Values, asked: Asked) -> Clause:
    return Clause(
        "p.cart_at >= %s AND p.cart_at <= %s AND (p.last_order_at IS NULL"
        " OR p.last_order_at < p.cart_at)",
        (asked.now - timedelta(hours=values["hours"]), asked.now - QUIET_CART),
    )


def _says_orders(values: Values, negated: bool) -> str:
    number, compare = values["number"], values["compare"]
    if (compare, number) in (("exactly", 0), ("at most", 0)):
        return "has ordered before" if negated else "has never ordered"
    verb = "does not have" if negated else "has"
    return f"{verb} {compare} {number} order{'' if number == 1 else 's'}"


def _says_spent(values: Values, negated: bool) -> str:
    verb = "has not spent" if negated else "has spent"
    return f"{verb} {values['compare']} {values['amount']} in all"


def _says_rfm(values: Values, negated: bool) -> str:
    said = (
        f"ordered in {days(values['days'])}, {times(values['orders'])} or more in all, "
        f"and spent {values['amount']} or more"
    )
    return f"is not one who {said}" if negated else said


def _says_moment(yes: str, no: str) -> Callable[[Values, bool], str]:
    return lambda values, negated: f"{no if negated else yes}{within(values)}"


def _add(
    key: str,
    label: str,
    sql: Callable[[Values, Asked], Clause],
    says: Callable[[Values, bool], str],
    *params: Param,
    facts: frozenset[str] = _ORDERS,
    opposite: tuple[str, str] = ("yes", "no"),
) -> None:
    """Register a condition; one with days depends on time unless they are left out."""
    register_condition(
        Kind(
            key=key,
            label=label,
            group=_GROUP,
            facts=facts,
            sql=sql,
            says=says,
            params=params,
            relative=lambda values: bool(values.get("days") or values.get("hours")),
            opposite=opposite,
        )
    )


_COMPARE = Param("compare", "Compared", "choice", default="least", choices=_compare)
_AMOUNT = Param("amount", "Amount", "money", default=100, most=1_000_000_000)

_add(
    "orders", "Number of orders", _orders, _says_orders,
    _COMPARE, Param("number", "Orders", "number", default=1, most=100_000),
    opposite=("is", "is not"),
)  # fmt: skip
_add("spent", "Spent in all", _spent, _says_spent, _COMPARE, _AMOUNT, opposite=("is", "is not"))
_add(
    "last_order", "Last order", _moment("last_order_at"),
    _says_moment("ordered", "has not ordered"), _days(),
    opposite=("in the last", "not in the last"),
)  # fmt: skip
_add(
    "first_order", "First order", _moment("first_order_at"),
    _says_moment("ordered for the first time", "did not order for the first time"), _days(),
    opposite=("in the last", "not in the last"),
)  # fmt: skip
_add(
    "ordered", "Ordered so often", _ordered, _says_ordered, _times(2), _days(90, optional=True),
    opposite=("did", "did not"),
)  # fmt: skip
_add(
    "bought", "Bought a product", _bought, _says_bought,
    Param("what", "Product", "text", example="candle"),
    Param("by", "Found by", "choice", default="title", choices=_by),
    _times(), _days(90, optional=True),
    opposite=("did", "did not"),
)  # fmt: skip
_add(
    "rfm", "Recency, frequency, value", _rfm, _says_rfm,
    _days(90), Param("orders", "Orders", "number", default=3, least=1, most=100_000, unit="orders"),
    _AMOUNT,
    opposite=("is", "is not"),
)  # fmt: skip
_add(
    "open_order", "Order under way", lambda values, asked: Clause("p.open_orders > 0"),
    lambda values, negated: f"has {'no' if negated else 'an'} order under way",
    facts=_PARCELS, opposite=("has one", "has none"),
)  # fmt: skip
_add(
    "delivered", "Parcel delivered", _moment("delivered_at"),
    _says_moment("got a parcel", "got no parcel"), _days(14),
    facts=_PARCELS, opposite=("in the last", "not in the last"),
)  # fmt: skip
_add(
    "returned", "Sent something back", _moment("returned_at"),
    _says_moment("sent something back", "sent nothing back"), _days(optional=True),
    facts=_PARCELS, opposite=("did", "did not"),
)  # fmt: skip
_add(
    "refunded", "Got money back", _moment("refunded_at"),
    _says_moment("got money back", "got no money back"), _days(optional=True),
    facts=_PARCELS, opposite=("did", "did not"),
)  # fmt: skip
_add(
    "cart", "Cart left behind", _cart,
    lambda values, negated: (
        f"{'left no cart' if negated else 'left a cart'} behind in {hours(values['hours'])}"
    ),
    Param("hours", "Hours", "number", default=24, least=1, most=720, unit="hours"),
    facts=frozenset({"carts", "orders"}), opposite=("did", "did not"),
)  # fmt: skip
