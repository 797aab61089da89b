"""Refunds and returns."""

from collections.abc import Sequence

from django.db import transaction

from shopbell.kit.text import one_line
from shopbell.orders.actions.news import News
from shopbell.orders.events import RefundIssued, ReturnReceived, ReturnRegistered
from shopbell.orders.models import Order, Refund, Return
from shopbell.orders.ports import OrderFacts, RefundFacts, ReturnFacts, ReturnStatus

_REGISTERED = (ReturnStatus.REGISTERED, ReturnStatus.IN_TRANSIT)
_RECEIVED = (ReturnStatus.RECEIVED, ReturnStatus.CLOSED)


@transaction.atomic
def record_refunds(*, source: str, facts: Sequence[RefundFacts], historic: bool = False) -> None:
    """Take over refunds, each once."""
    from shopbell.orders.actions.orders import lock_orders

    news = News(historic)
    orders, _ = lock_orders(
        source, {f.order_id: OrderFacts(source_id=f.order_id) for f in facts}, {}
    )
    write_refunds([(orders[fact.order_id], fact) for fact in facts], news)
    news.emit()


def write_refunds(pairs: Sequence[tuple[Order, RefundFacts]], news: News) -> None:
    """Write refunds of locked orders."""
    for order, fact in pairs:
        refund, created = Refund.objects.get_or_create(
            store_id=order.store_id,
            order=order,
            source_id=fact.source_id[:120],
            defaults={
                "amount": fact.amount,
                "currency": fact.currency or order.currency,
                "note": one_line(fact.note, 500),
                "refunded_at": fact.created_at,
            },
        )
        if not created:
            continue
        order.refunded += fact.amount
        order.save(update_fields=["refunded"])
        if fact.amount > 0 and not order.is_stub:
            _announce_refund(refund, order, news)


def _announce_refund(refund: Refund, order: Order, news: News) -> None:
    news.add(
        RefundIssued(
            order_id=order.pk, refund_id=refund.pk, amount=refund.amount, currency=refund.currency
        ),
        refund.refunded_at,
    )


@transaction.atomic
def record_returns(*, source: str, facts: Sequence[ReturnFacts], historic: bool = False) -> None:
    """Take over the states of returns; newest wins."""
    from shopbell.orders.actions.orders import lock_orders

    news = News(historic)
    known = {
        row.source_id: row.order
        for row in Return.objects.select_related("order").filter(
            order__source=source, source_id__in=[f.source_id for f in facts if not f.order_id]
        )
    }
    named = {f.order_id: OrderFacts(source_id=f.order_id) for f in facts if f.order_id}
    orders, _ = lock_orders(source, named, {}) if named else ({}, set())
    for fact in facts:
        order = orders.get(fact.order_id) or known.get(fact.source_id)
        if order is not None:
            _write_return(order, fact, news)
    news.emit()


def _write_return(order: Order, fact: ReturnFacts, news: News) -> None:
    row, created = Return.objects.select_for_update().get_or_create(
        store_id=order.store_id, order=order, source_id=fact.source_id[:120]
    )
    stale = (
        not created
        and fact.updated_at
        and row.source_updated_at
        and fact.updated_at < row.source_updated_at
    )
    if stale:
        return
    before = ReturnStatus.REQUESTED if created else ReturnStatus(row.status)
    row.status = fact.status
    row.name = one_line(fact.name, 120) or row.name
    row.source_updated_at = fact.updated_at or row.source_updated_at
    if fact.items is not None:
        row.items = [{"line_id": i.line_id, "quantity": i.quantity} for i in fact.items]
    row.save()
    if not order.is_stub:
        _announce_return(row, before, news)


def _announce_return(row: Return, before: ReturnStatus, news: News) -> None:
    if row.status in _REGISTERED and before not in (*_REGISTERED, *_RECEIVED):
        news.add(ReturnRegistered(order_id=row.order_id, return_id=row.pk))
    if row.status == ReturnStatus.RECEIVED and before not in _RECEIVED:
        news.add(ReturnReceived(order_id=row.order_id, return_id=row.pk))


def announce_returns_and_refunds(order: Order, news: News) -> None:
    """Say what was known of a stub's returns and refunds once the order itself is known."""
    for refund in order.refunds.filter(amount__gt=0):
        _announce_refund(refund, order, news)
    for row in order.returns.all():
        _announce_return(row, ReturnStatus.REQUESTED, news)
