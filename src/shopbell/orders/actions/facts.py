"""One entrance for mixed facts of one source, in the order in which they depend on each other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from shopbell.customers.actions import record_people
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.orders.actions.catalogue import record_carts, record_products
from shopbell.orders.actions.news import News
from shopbell.orders.actions.orders import person_of, record_orders, report_consents
from shopbell.orders.actions.parcels import record_shipments
from shopbell.orders.actions.privacy import record_privacy_requests
from shopbell.orders.actions.returns import record_refunds, record_returns
from shopbell.orders.events import ShopRemovedUs
from shopbell.orders.ports import (
    CartFacts,
    CustomerFacts,
    Facts,
    OrderFacts,
    PrivacyFacts,
    ProductFacts,
    RefundFacts,
    ReturnFacts,
    ShipmentFacts,
    ShopRemoved,
)
from shopbell.web.live import announce

# The ends of a calendar day lie 26 hours apart on earth; what is further ahead is a wrong clock.
_AHEAD = timedelta(hours=26)


@transaction.atomic
def record_facts(*, source: str, facts: Sequence[Facts], historic: bool = False) -> None:
    """Write everything a batch of webhooks, API calls or reads said."""
    facts = [_believable(fact) for fact in facts]
    record_customers(source=source, facts=_of(CustomerFacts, facts), historic=historic)
    if products := _of(ProductFacts, facts):
        record_products(source=source, facts=products)
    if orders := _of(OrderFacts, facts):
        record_orders(source=source, facts=orders, historic=historic)
    if shipments := _of(ShipmentFacts, facts):
        record_shipments(source=source, facts=shipments, historic=historic)
    if refunds := _of(RefundFacts, facts):
        record_refunds(source=source, facts=refunds, historic=historic)
    if returns := _of(ReturnFacts, facts):
        record_returns(source=source, facts=returns, historic=historic)
    if carts := _of(CartFacts, facts):
        record_carts(source=source, facts=carts, historic=historic)
    if requests := _of(PrivacyFacts, facts):
        record_privacy_requests(source=source, facts=requests)
    for _ in _of(ShopRemoved, facts):
        emit(ShopRemovedUs(connection_source=source))
    if facts:
        announce(current_store_id(), "orders")


@transaction.atomic
def record_customers(
    *, source: str, facts: Sequence[CustomerFacts], historic: bool = False
) -> None:
    """Write customers as the shop reports them; a deletion there erases nothing here."""
    kept = [fact for fact in facts if not fact.deleted]
    if not kept:
        return
    news = News(historic)
    found = record_people(people=[person_of(source, fact) for fact in kept], quiet=historic)
    report_consents(source, list(zip(found, kept, strict=True)), news)
    news.emit()


def _believable(fact: Facts) -> Facts:
    """Date a fact from the future to now, or it would hide all that comes after it."""
    at = getattr(fact, "updated_at", None)
    if at is None or at <= clock.now() + _AHEAD:
        return fact
    return replace(fact, updated_at=clock.now())  # type: ignore[arg-type]  # it has one


def _of[F](kind: type[F], facts: Sequence[Any]) -> list[F]:
    return [fact for fact in facts if isinstance(fact, kind)]
