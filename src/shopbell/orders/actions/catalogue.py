"""Products and carts: mirrors of the shop, newest state wins."""

from collections.abc import Sequence
from dataclasses import asdict

from django.db import transaction

from shopbell.customers.actions import record_people
from shopbell.customers.ports import Person
from shopbell.events.actions import emit
from shopbell.events.registry import Fact
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.text import one_line, storable_json
from shopbell.orders.actions.news import News
from shopbell.orders.actions.variants import news_of_variants
from shopbell.orders.events import CartChanged
from shopbell.orders.models import Cart, Product
from shopbell.orders.ports import CartFacts, ProductFacts


@transaction.atomic
def record_products(*, source: str, facts: Sequence[ProductFacts]) -> None:
    """Take over products; a deleted one is kept, inactive, because old orders show it.

    What is told of a product for the first time is no news.
    """
    news: list[Fact] = []
    for fact in facts:
        row, _ = Product.objects.select_for_update().get_or_create(
            store_id=current_store_id(), source=source, source_id=fact.source_id[:120]
        )
        if fact.deleted:
            row.active = False
            row.save(update_fields=["active"])
            continue
        if fact.updated_at and row.source_updated_at and fact.updated_at < row.source_updated_at:
            continue
        row.title = one_line(fact.title, 500) or row.title
        row.url = fact.url[:2000] or row.url
        row.image_url = fact.image_url[:2000] or row.image_url
        row.product_type = one_line(fact.product_type) or row.product_type
        row.currency = fact.currency[:3] or row.currency
        row.active = fact.active
        row.source_updated_at = fact.updated_at or row.source_updated_at
        if fact.variants is not None:
            before = row.variants
            row.variants = storable_json([asdict(variant) for variant in fact.variants])
            news += news_of_variants(row, before)
        if fact.raw is not None:
            row.payload = storable_json(fact.raw)
        row.save()
    if news:
        emit(*news)


@transaction.atomic
def record_carts(*, source: str, facts: Sequence[CartFacts], historic: bool = False) -> None:
    """Take over carts and unfinished checkouts."""
    news = News(historic)
    people = [
        Person(source=source, email=f.email, phone=f.phone, updated_at=f.updated_at) for f in facts
    ]
    for fact, customer in zip(facts, record_people(people=people, quiet=historic), strict=True):
        rows = Cart.objects.filter(source=source, source_id=fact.source_id)
        if fact.deleted:
            rows.delete()
            continue
        if fact.updated_at and rows.filter(source_updated_at__gt=fact.updated_at).exists():
            continue
        cart, _ = Cart.objects.update_or_create(
            store_id=current_store_id(),
            source=source,
            source_id=fact.source_id[:120],
            defaults={
                "customer": customer,
                "email": fact.email[:320],
                "currency": fact.currency[:3],
                "total": fact.total,
                "recover_url": fact.recover_url[:2000],
                "lines": storable_json([asdict(line) for line in fact.lines]),
                "completed": fact.completed,
                "source_updated_at": fact.updated_at,
            },
        )
        news.add(CartChanged(cart_id=cart.pk, completed=fact.completed), fact.updated_at)
    news.emit()
