"""Reading what changed, page by page, oldest change first.

A newcomer's mistake: trusting one long run of pages. Shopify stops after 25,000 objects, so the
cursor starts afresh from the last change every few thousand; the overlap is read twice, which
harms nothing.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from shopbell.connectors.reading import Doc
from shopbell.connectors.shops.shopify import nodes, queries
from shopbell.connectors.shops.shopify.client import TOO_EXPENSIVE, Answer, Client
from shopbell.kit.errors import Invalid, Permanent, Temporary, Unsupported
from shopbell.orders.ports import Facts, Page

QUERIES = {
    "orders": queries.ORDERS,
    "customers": queries.CUSTOMERS,
    "products": queries.PRODUCTS,
}
FIRST = {"orders": 10, "customers": 50, "products": 20}
RESTART_AFTER = 10_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a run of pages stands. Opaque to others, JSON as text."""

    since: str = ""
    after: str = ""
    first: int = 0
    seen: int = 0

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read a cursor of ours."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            raise Invalid("This is not a cursor of the Shopify connector.") from None

    def dump(self) -> str:
        """Write it as text."""
        return json.dumps(asdict(self))


def read_page(client: Client, kind: str, since: datetime | None, cursor: str) -> Page:
    """Read one page of `kind` (see `Shop.changes`)."""
    if kind not in QUERIES:
        raise Unsupported(f"Shopify has no changes of the kind {kind!r}.")
    place = Cursor.parse(cursor) if cursor else Cursor(since=_stamp(since), first=FIRST[kind])
    total = None if cursor else _count(client, kind, place)
    answer, place = _ask(client, kind, place)
    connection = answer.data.doc(kind)
    found = list(connection.docs("nodes"))
    facts: list[Facts] = []
    for node in found:
        facts += _facts(client, kind, node, answer.data)
    return Page(tuple(facts), _next(place, connection, found), answer.throttle, total)


def _stamp(since: datetime | None) -> str:
    return since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if since else ""


def _filter(place: Cursor) -> str | None:
    return f"updated_at:>='{place.since}'" if place.since else None


def _ask(client: Client, kind: str, place: Cursor) -> tuple[Answer, Cursor]:
    """Ask for a page; while Shopify finds it too expensive, ask for half of it."""
    while True:
        try:
            variables = {"first": place.first, "after": place.after or None}
            answer = client.ask(QUERIES[kind], {**variables, "query": _filter(place)})
        except Permanent as error:
            if error.code != TOO_EXPENSIVE or place.first <= 1:
                raise
            place = replace(place, first=place.first // 2)
        else:
            return answer, place


def _next(place: Cursor, connection: Doc, found: list[Doc]) -> str:
    info = connection.doc("pageInfo")
    after = info.text("endCursor", limit=1000)
    if not info.flag("hasNextPage") or not after or not found:
        return ""
    seen = place.seen + len(found)
    changed_at = found[-1].time("updatedAt")
    if seen >= RESTART_AFTER and changed_at and _stamp(changed_at) > place.since:
        return replace(place, since=_stamp(changed_at), after="", seen=0).dump()
    return replace(place, after=after, seen=seen).dump()


def _count(client: Client, kind: str, place: Cursor) -> int | None:
    """How many there are, for a progress bar; unknown if Shopify will not say."""
    try:
        answer = client.ask(queries.COUNTS[kind], {"query": _filter(place)})
    except (Permanent, Temporary):
        return None
    return answer.data.doc(f"{kind}Count").count("count")


def _facts(client: Client, kind: str, node: Doc, data: Doc) -> list[Facts]:
    if kind == "customers":
        customer = nodes.read_customer(node)
        return [customer] if customer.source_id else []
    if kind == "products":
        product = nodes.read_product(node, data.doc("shop").currency("currencyCode"))
        return [product] if product else []
    order = nodes.read_order(node, _all_lines(client, node))
    return [order, *nodes.read_returns(node)] if order else []


def _all_lines(client: Client, node: Doc) -> list[Doc]:
    """Lines of an order; the pages after the first are asked for one by one."""
    connection = node.doc("lineItems")
    lines = list(connection.docs("nodes"))
    while connection.doc("pageInfo").flag("hasNextPage"):
        after = connection.doc("pageInfo").text("endCursor", limit=1000)
        answer = client.ask(queries.ORDER_LINES, {"id": node.text("id"), "after": after})
        connection = answer.data.doc("order").doc("lineItems")
        lines += connection.docs("nodes")
    return lines
