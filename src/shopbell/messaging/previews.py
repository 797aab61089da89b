"""What a text would look like for an order, what it lacks, and what the gate would say.

Nothing is stored and nothing is sent. Call it outside a store's scope: compiling and rendering
happen in a child and must not hold a transaction open.
"""

import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from django.db.models import QuerySet

from shopbell.accounts.models import Store
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid, NotFound
from shopbell.messaging.catalogue import catalogue_of, kind_named
from shopbell.messaging.context import Place, contexts, store_context
from shopbell.messaging.costs import Cost, cost_of
from shopbell.messaging.gate import Answer, Verdict, address_of, customer_zone, decide
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium, Rendered
from shopbell.messaging.rendering.jobs import Compiled, RenderFailure, RenderJob
from shopbell.messaging.rendering.parcels import gsm_text
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.templates import POOL
from shopbell.messaging.titles import medium_name
from shopbell.orders.models import Order, Refund, Return, Shipment

RECENT = 25


@dataclass(frozen=True, slots=True)
class Preview:
    """What came of a text. `problems` maps a field to what is wrong with it."""

    rendered: Rendered | None = None
    problems: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    outlook: str = ""
    cost: Cost | None = None


def recent_orders() -> QuerySet[Order]:
    """Return the newest orders of the store in scope, to choose one from."""
    rows = Order.objects.select_related("customer").filter(is_stub=False).defer("payload")
    return rows.order_by("-placed_at", "-id")[:RECENT]


def preview(
    *, store: Store, kind: str, medium: str, source: Source, order_id: uuid.UUID | None = None
) -> Preview:
    """Render a text that need not be saved, with an order or with the sample."""
    try:
        compiled = compiled_draft(source)
    except Invalid as error:
        return Preview(problems=error.fields or {"body": str(error)})
    with store_scope(store.pk):
        order = find_order(order_id)
        message = message_for(kind, order)
        context = context_for(store, message, medium, source.locale)
        zone = customer_zone(message, store)
        outlook = _outlook(store, message, order)
    job = RenderJob(
        compiled=compiled,
        context=context,
        locale=source.locale,
        currency=order.currency if order else "EUR",
        time_zone=zone,
    )
    unknown = _unknown(source, kind)
    result = POOL.render(job)
    if isinstance(result, RenderFailure):
        return Preview(problems={"body": result.sentence}, unknown=unknown, outlook=outlook)
    cost = None
    if medium == Medium.SMS:
        with store_scope(store.pk):
            cost = cost_of(result.text, to=address_of(message, Medium.SMS))
    return Preview(result, {}, result.missing, unknown, outlook, cost)


def compiled_draft(source: Source) -> Compiled:
    """Return the compiled form of a text that need not be saved, or raise `Invalid`."""
    return _compiled_draft(orjson.dumps(source.to_json()))


@lru_cache(maxsize=64)
def _compiled_draft(source: bytes) -> Compiled:
    """Compile a draft. Kept in memory only: drafts must not push saved texts out of the cache."""
    return POOL.compile_template(Source.from_json(orjson.loads(source)))


def _unknown(source: Source, kind: str) -> tuple[str, ...]:
    # The analysis loads Liquid, which a process that serves no editor does not need.
    from shopbell.messaging.rendering.analysis import unknown_variables

    return tuple(unknown_variables(source, catalogue_of(kind).sample(kind, source.locale)))


def find_order(order_id: uuid.UUID | None) -> Order | None:
    """Return an order of the store in scope; None asks for the sample."""
    if order_id is None:
        return None
    rows = Order.objects.select_related("customer").defer("payload")
    order = rows.filter(pk=order_id, is_stub=False).first()
    if order is None:
        raise NotFound("There is no such order.", remedy="Choose another one for the preview.")
    return order


def message_for(kind: str, order: Order | None) -> Message:
    """Return the message an order would get, not saved. Without an order it is nobody's."""
    plan = catalogue_of(kind).plan(kind, order)
    message = Message(
        kind=kind,
        purpose=kind_named(kind).purpose,
        medium=plan.media[0] if plan.media else "",
        media=list(plan.media),
        ignore_quiet=plan.ignore_quiet,
        order=order,
        data={},
    )
    if order is not None:
        message.customer = order.customer
        message.to_name = str(order.customer or order.address.get("name", ""))[:200]
        message.shipment = _parcel(order) if kind_named(kind).about_parcel else None
        message.data = _references(order)
    return message


def _parcel(order: Order) -> Shipment | None:
    rows = Shipment.objects.filter(order=order, cancelled=False).defer("payload")
    return rows.order_by("-created_at", "-id").first()


def _references(order: Order) -> dict[str, str]:
    refund = Refund.objects.filter(order=order).order_by("-id").first()
    returned = Return.objects.filter(order=order).order_by("-id").first()
    found = {"refund_id": refund, "return_id": returned}
    return {key: str(row.pk) for key, row in found.items() if row is not None}


def context_for(store: Store, message: Message, medium: str, locale: str) -> dict[str, Any]:
    """Return the template context of a message made by `message_for`."""
    if message.order is None:
        sample = catalogue_of(message.kind).sample(message.kind, locale) | {
            "store": store_context(store)
        }
        if medium == Medium.SMS and "shipment" in sample:
            said = sample["shipment"].get("expected_text", "")
            sample["shipment"] |= {"expected_text": gsm_text(said)} if said else {}
        return sample
    place = Place(locale, customer_zone(message, store), medium)
    return contexts(store, [message], [place])[0]


def _outlook(store: Store, message: Message, order: Order | None) -> str:
    """Say in one sentence what would become of this message now."""
    if order is None:
        return ""
    against = catalogue_of(message.kind).plan(message.kind, order).against
    if against:
        return f"Would not be sent: {against}"
    return _sentence(decide(store, [message])[0])


def _sentence(verdict: Verdict) -> str:
    if verdict.answer == Answer.SEND and verdict.route is not None:
        route = verdict.route
        by = medium_name(route.medium)
        return f"Would be sent by {by} to {route.address}. {verdict.text}".strip()
    if verdict.answer == Answer.WAIT:
        return f"Would wait: {verdict.text}"
    if verdict.answer == Answer.HOLD:
        return f"Would be held: {verdict.text}"
    return f"Would not be sent: {verdict.text}"
