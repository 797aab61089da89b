"""Orders: newest state wins, whatever the order of arrival.

A newcomer's mistake: emitting news in the order webhooks arrive. A stale payload (older
`updated_at` than what we have) changes nothing and says nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from shopbell.customers.actions import record_people
from shopbell.customers.events import ConsentReported, CustomersChanged
from shopbell.customers.models import Customer
from shopbell.customers.normalise import email_key, phone_key
from shopbell.customers.ports import Person
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.text import one_line, storable_json
from shopbell.orders.actions.lines import is_same_edit, replace_lines
from shopbell.orders.actions.news import News
from shopbell.orders.events import (
    OrderCancelled,
    OrderEdited,
    OrderPaid,
    OrderPlaced,
    PaymentFailed,
)
from shopbell.orders.models import Order
from shopbell.orders.ports import CustomerFacts, OrderFacts, OrderStatus, PaymentStatus

_MONEY = ("total", "subtotal", "shipping", "tax", "discount")
_TEXT = {"number": 120, "currency": 3, "cancel_reason": 200, "shipping_method": 200, "locale": 20}


@transaction.atomic
def record_orders(*, source: str, facts: Sequence[OrderFacts], historic: bool = False) -> None:
    """Take over the reported states of orders of one shop, with their parcels and refunds."""
    from shopbell.orders.actions.parcels import write_shipments
    from shopbell.orders.actions.returns import write_refunds

    news = News(historic)
    for batch in _distinct(facts):
        orders = _write(source, batch, news)
        write_shipments(
            source, [(orders[f.source_id], s) for f in batch for s in f.shipments], news
        )
        write_refunds([(orders[f.source_id], r) for f in batch for r in f.refunds], news)
        if historic:
            _tell_history(orders.values())
    news.emit()


def _tell_history(orders: Iterable[Order]) -> None:
    """Tell whoever keeps figures about people that they have ordered before."""
    buyers = {str(order.customer_id) for order in orders if order.customer_id}
    if buyers:
        about = ["orders", "parcels"]
        emit(CustomersChanged(customer_ids=sorted(buyers), about=about, historic=True))


def _distinct(facts: Sequence[OrderFacts]) -> Iterable[list[OrderFacts]]:
    """Split into batches in which no order occurs twice, keeping the order of arrival."""
    waiting = list(facts)
    while waiting:
        seen: set[str] = set()
        batch: list[OrderFacts] = []
        rest: list[OrderFacts] = []
        for fact in waiting:
            (rest if fact.source_id in seen else batch).append(fact)
            seen.add(fact.source_id)
        yield batch
        waiting = rest


def _write(source: str, facts: list[OrderFacts], news: News) -> dict[str, Order]:
    customers = _customers(source, facts, news)
    orders, created = lock_orders(source, {fact.source_id: fact for fact in facts}, customers)
    stale: set[str] = set()
    for fact in facts:
        order = orders[fact.source_id]
        if fact.source_id in created:
            if not order.is_stub:
                _announce_first(order, fact, news)
            continue
        if _is_stale(order, fact):
            stale.add(fact.source_id)
            continue
        _update(order, fact, customers.get(fact.source_id), news)
    replace_lines(
        [
            (orders[f.source_id], f.lines)
            for f in facts
            if f.lines is not None and f.source_id not in stale
        ],
        created_orders={orders[source_id].pk for source_id in created},
        news=news,
    )
    return orders


def lock_orders(
    source: str, facts: dict[str, OrderFacts], customers: dict[str, Customer | None]
) -> tuple[dict[str, Order], set[str]]:
    """Lock the orders, creating those not known. Return them and the ids created just now."""
    found = {o.source_id: o for o in _locked(source, list(facts))}
    missing = [fact for key, fact in facts.items() if key not in found]
    if not missing:
        return found, set()
    fresh = [_new_order(source, fact, customers.get(fact.source_id)) for fact in missing]
    Order.objects.bulk_create(fresh, ignore_conflicts=True)
    ours = {order.pk: order for order in fresh}
    stored = Order.objects.filter(source=source, source_id__in=[fact.source_id for fact in missing])
    created = {key: ours[pk] for key, pk in stored.values_list("source_id", "pk") if pk in ours}
    foreign = [fact.source_id for fact in missing if fact.source_id not in created]
    others = {o.source_id: o for o in _locked(source, foreign)} if foreign else {}
    return found | created | others, set(created)


def _locked(source: str, ids: list[str]) -> list[Order]:
    return list(
        Order.objects.select_for_update()
        .defer("payload")
        .filter(source=source, source_id__in=ids)
        .order_by("id")
    )


def _new_order(source: str, fact: OrderFacts, customer: Customer | None) -> Order:
    order = Order.fresh(
        source=source,
        source_id=fact.source_id,
        is_stub=fact.lines is None,
        created_at=clock.now(),
    )
    order.customer = customer
    _apply(order, fact)
    if order.status == OrderStatus.CANCELLED:
        order.cancelled_at = fact.updated_at or clock.now()
    return order


def _apply(order: Order, fact: OrderFacts) -> None:
    """Copy every field the source told; None keeps what is known."""
    for name in _MONEY:
        value = getattr(fact, name)
        if value is not None:
            setattr(order, name, value)
    for name, limit in _TEXT.items():
        value = getattr(fact, name)
        if value:
            setattr(order, name, one_line(value, limit))
    if fact.status is not None:
        order.status = fact.status
    if fact.payment is not None:
        order.payment = fact.payment
    if fact.customer is not None:
        order.email = email_key(fact.customer.email) or order.email
        country = fact.shipping_address.country if fact.shipping_address else fact.customer.country
        order.phone = phone_key(fact.customer.phone, country) or order.phone
    if fact.shipping_address is not None:
        address = fact.shipping_address
        order.address = storable_json(
            {name: getattr(address, name) for name in address.__dataclass_fields__}
        )
    order.tags = [one_line(tag, 120) for tag in fact.tags] or order.tags
    order.note = fact.note or order.note
    order.status_url = fact.status_url[:2000] or order.status_url
    order.is_test = fact.test or order.is_test
    order.promised_on = fact.promised_on or order.promised_on
    order.placed_at = fact.placed_at or order.placed_at
    order.edited_at = fact.edited_at or order.edited_at
    if fact.updated_at is not None:
        order.source_updated_at = max(fact.updated_at, order.source_updated_at or fact.updated_at)
    if fact.raw is not None:
        order.payload = storable_json(fact.raw)


def _is_stale(order: Order, fact: OrderFacts) -> bool:
    return bool(
        not order.is_stub
        and fact.updated_at
        and order.source_updated_at
        and fact.updated_at < order.source_updated_at
    )


def _is_newer(order: Order, fact: OrderFacts) -> bool:
    """Return whether a fact is surely not older than what a stub knows."""
    return bool(
        fact.updated_at and order.source_updated_at and fact.updated_at >= order.source_updated_at
    )


def _update(order: Order, fact: OrderFacts, customer: Customer | None, news: News) -> None:
    was_stub, old_status, old_payment = order.is_stub, order.status, order.payment
    old_edit = order.edited_at
    fills_older = was_stub and not _is_newer(order, fact)
    _apply(order, fact)
    if fills_older:
        # The stub's word came later than this first full one.
        order.status = old_status if old_status != OrderStatus.OPEN else order.status
        order.payment = old_payment if old_payment != PaymentStatus.UNKNOWN else order.payment
    order.customer = customer or order.customer
    order.is_stub = was_stub and fact.lines is None
    if was_stub and not order.is_stub:
        _announce_first(order, fact, news)
        _announce_waiting(order, news)
    else:
        _announce_change(order, old_status, old_payment, old_edit, fact.updated_at, news)
    if order.status == OrderStatus.CANCELLED and order.cancelled_at is None:
        order.cancelled_at = fact.updated_at or clock.now()
    order.save()


def _announce_first(order: Order, fact: OrderFacts, news: News) -> None:
    news.add(OrderPlaced(order_id=order.pk), order.placed_at)
    if order.payment == PaymentStatus.PAID:
        news.add(OrderPaid(order_id=order.pk), order.placed_at)
    if order.payment in (PaymentStatus.FAILED, PaymentStatus.VOIDED):
        news.add(PaymentFailed(order_id=order.pk), fact.updated_at)
    if order.status == OrderStatus.CANCELLED:
        news.add(OrderCancelled(order_id=order.pk), fact.updated_at)


def _announce_waiting(order: Order, news: News) -> None:
    """Tell what was known of this order before the order itself was."""
    from shopbell.orders.actions.parcels import announce_waiting
    from shopbell.orders.actions.returns import announce_returns_and_refunds

    announce_waiting(order, news)
    announce_returns_and_refunds(order, news)


def _announce_change(
    order: Order,
    old_status: str,
    old_payment: str,
    old_edit: datetime | None,
    at: datetime | None,
    news: News,
) -> None:
    cancelled = order.status == OrderStatus.CANCELLED
    if order.payment != old_payment:
        if order.payment == PaymentStatus.PAID and old_payment != PaymentStatus.PARTIALLY_REFUNDED:
            news.add(OrderPaid(order_id=order.pk), at)
        failed = order.payment in (PaymentStatus.FAILED, PaymentStatus.VOIDED)
        if failed and not cancelled:
            news.add(PaymentFailed(order_id=order.pk), at)
    if cancelled and old_status != OrderStatus.CANCELLED:
        news.add(OrderCancelled(order_id=order.pk), at)
    edited = order.edited_at and not is_same_edit(order.edited_at, old_edit)
    if edited and not cancelled and not order.is_stub:
        news.add(OrderEdited(order_id=order.pk, edited_at=order.edited_at), order.edited_at)


def _customers(source: str, facts: Sequence[OrderFacts], news: News) -> dict[str, Customer | None]:
    """Find or create the customers of the orders that name one."""
    named = [(fact.source_id, fact, fact.customer) for fact in facts if fact.customer is not None]
    people = [person_of(source, customer, fact) for _, fact, customer in named]
    found = record_people(people=people, quiet=news.historic)
    report_consents(source, [(c, f) for c, (_, _, f) in zip(found, named, strict=True)], news)
    return {key: customer for (key, _, _), customer in zip(named, found, strict=True)}


def person_of(source: str, facts: CustomerFacts, order: OrderFacts | None = None) -> Person:
    """Turn the shop's words about a customer into those of the people package."""
    country = facts.country
    if not country and order is not None and order.shipping_address is not None:
        country = order.shipping_address.country
    return Person(
        source=source,
        source_id=facts.source_id,
        email=facts.email,
        phone=facts.phone,
        first_name=facts.first_name,
        last_name=facts.last_name,
        locale=facts.locale or (order.locale if order else ""),
        country=country,
        email_verified=facts.email_verified,
        updated_at=facts.updated_at,
    )


def report_consents(
    source: str, pairs: Sequence[tuple[Customer | None, CustomerFacts]], news: News
) -> None:
    """Pass the shop's marketing permissions on; the consent package keeps them. Never historic."""
    for customer, facts in pairs:
        if customer is None:
            continue
        for consent in facts.consents:
            news.facts.append(
                (
                    ConsentReported(
                        customer_id=customer.pk,
                        channel=consent.channel,
                        granted=consent.granted,
                        pending=consent.pending,
                        double_opt_in=consent.double_opt_in,
                        changed_at=consent.changed_at,
                        source=consent.source or source,
                        purpose=consent.purpose,
                    ),
                    consent.changed_at,
                )
            )
