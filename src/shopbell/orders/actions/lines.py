"""Lines of orders: replaced as a whole when they differ; a difference later is an edit."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from shopbell.kit import clock
from shopbell.kit.text import one_line
from shopbell.orders.actions.news import News
from shopbell.orders.events import OrderEdited
from shopbell.orders.models import Line, Order
from shopbell.orders.ports import LineFacts, OrderStatus

_COMPARED = ("source_id", "title", "variant", "sku", "quantity", "unit_price", "total")


def replace_lines(
    pairs: Sequence[tuple[Order, tuple[LineFacts, ...] | None]],
    *,
    created_orders: set[uuid.UUID],
    news: News,
) -> None:
    """Write the reported lines. `created_orders` have none yet, so nothing is read for them."""
    old: dict[uuid.UUID, list[Line]] = {}
    known = [order.pk for order, _ in pairs if order.pk not in created_orders]
    if known:
        for line in Line.objects.filter(order_id__in=known):
            old.setdefault(line.order_id, []).append(line)
    fresh: list[Line] = []
    gone: list[uuid.UUID] = []
    for order, facts in pairs:
        lines = _lines(order, facts or ())
        before = old.get(order.pk, [])
        if _same(before, lines):
            continue
        gone += [line.pk for line in before]
        fresh += lines
        if before and _quantities(before) != _quantities(lines):
            _announce_edit(order, news)
    if gone:
        Line.objects.filter(pk__in=gone).delete()
    Line.objects.bulk_create(fresh)


def _lines(order: Order, facts: Sequence[LineFacts]) -> list[Line]:
    unique = {fact.source_id or str(position): fact for position, fact in enumerate(facts)}
    return [
        Line.fresh(
            store_id=order.store_id,
            order_id=order.pk,
            position=position,
            source_id=key[:120],
            title=one_line(fact.title, 500) or "Item",
            variant=one_line(fact.variant_title, 300),
            sku=one_line(fact.sku, 200),
            quantity=fact.quantity,
            unit_price=fact.unit_price,
            total=fact.total,
            product_id=fact.product_id[:120],
            variant_id=fact.variant_id[:120],
            image_url=fact.image_url[:2000],
        )
        for position, (key, fact) in enumerate(unique.items())
    ]


def _same(before: list[Line], after: list[Line]) -> bool:
    def shape(lines: list[Line]) -> list[tuple[object, ...]]:
        return sorted(tuple(getattr(line, name) for name in _COMPARED) for line in lines)

    return shape(before) == shape(after)


def _quantities(lines: list[Line]) -> dict[str, int]:
    return {line.source_id: line.quantity for line in lines if line.quantity}


def _announce_edit(order: Order, news: News) -> None:
    """Say that items changed, unless the shop said so itself around the same time."""
    at = order.source_updated_at or clock.now()
    if order.status == OrderStatus.CANCELLED or is_same_edit(order.edited_at, at):
        return
    order.edited_at = at
    order.save(update_fields=["edited_at"])
    news.add(OrderEdited(order_id=order.pk, edited_at=at), at)


def is_same_edit(one: datetime | None, other: datetime | None) -> bool:
    """Return whether two times speak of one edit (shops send it as two webhooks)."""
    return bool(one and other and abs(one - other) < timedelta(minutes=10))
