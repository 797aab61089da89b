"""The rows behind a number: messages, or what followed on them.

They are asked by the same conditions by which the number was counted.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from shopbell.accounts.models import Store
from shopbell.messaging.models import Message
from shopbell.messaging.states import TOLD
from shopbell.results.attribution import ORIGINS
from shopbell.results.counting import bounds
from shopbell.results.models import Outcome, Source, Tally, What
from shopbell.results.queries import COUNTED, Part, Period

FEW_DAYS = 10  # so many are asked for one by one
# What stands in a column: its words, and for messages the condition.
MESSAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "sent": ("sent", {}),
    "read": ("read", {"read_at__isnull": False}),
    "clicked": ("clicked", {"clicked_at__isnull": False}),
    "scanned": (
        "of which machines only followed the links",
        {"clicked_at": None, "scanned_at__isnull": False},
    ),
}
OUTCOMES: dict[str, tuple[str, What]] = {
    "replied": ("answered", What.REPLY),
    "orders": ("followed by an order", What.ORDER),
    "left": ("followed by leaving", What.LEFT),
}


def part_of(query: Mapping[str, str]) -> Part:
    """Return what an address narrows to; what cannot be read narrows to nothing there is."""
    source_id = query.get("source_id", "")
    try:
        key = uuid.UUID(source_id) if source_id else None
    except ValueError:
        key = uuid.UUID(int=0)
    return Part(
        kind=query.get("kind", "").replace("\0", "")[:60],
        medium=query.get("medium", "").replace("\0", "")[:20],
        source=query.get("source", "") if query.get("source") in Source else "",
        source_id=key,
        part=query["part"].replace("\0", "")[:60] if "part" in query else None,
    )


def messages_behind(store: Store, period: Period, part: Part, what: str) -> QuerySet[Message]:
    """Return the messages of which a number is the count."""
    since, until = bounds(store, period.first)[0], bounds(store, period.last)[1]
    rows = Message.objects.select_related("customer", "order").defer(
        "html", "text", "order__payload"
    )
    rows = rows.filter(
        handed_at__gte=since, handed_at__lt=until, origin__in=ORIGINS, state__in=TOLD
    )
    rows = _narrowed(rows, part)
    rows = rows.filter(_where_it_was_counted(store, period, part, what))
    if what == "delivered":
        return rows.exclude(delivered_at=None, read_at=None)
    return rows.filter(**MESSAGES.get(what, MESSAGES["sent"])[1])


def _where_it_was_counted(store: Store, period: Period, part: Part, what: str) -> Q:
    """Return days and kinds in which there is such a message at all, so that few are looked at."""
    name = what if what in COUNTED else "sent"
    rows = Tally.objects.filter(day__gte=period.first, day__lte=period.last, **{f"{name}__gt": 0})
    found = list(part.narrow(rows).values_list("day", "kind").distinct())
    days = sorted({day for day, _ in found}, reverse=True)
    if not days:
        return Q(pk__in=())
    spans = [(bounds(store, day)) for day in days] if len(days) <= FEW_DAYS else []
    spans = spans or [(bounds(store, days[-1])[0], bounds(store, days[0])[1])]
    within = Q()
    for since, until in spans:
        within |= Q(handed_at__gte=since, handed_at__lt=until)
    kinds = {kind for _, kind in found}
    return within & Q(kind__in=kinds) if part != Part() else within


def _narrowed(rows: QuerySet[Message], part: Part) -> QuerySet[Message]:
    if part.kind:
        rows = rows.filter(kind=part.kind)
    if part.medium:
        rows = rows.filter(medium=part.medium)
    if part.source == Source.OTHER:
        rows = rows.exclude(data__has_any_keys=["journey", "campaign"])
    elif part.source:
        rows = rows.filter(data__has_key=part.source)
    if part.source_id and part.source in (Source.JOURNEY, Source.CAMPAIGN):
        rows = rows.filter(**{f"data__{part.source}": str(part.source_id)})
    if part.part is not None and part.source == Source.JOURNEY:
        step = RawSQL("split_part(split_part(business_key, '>', 1), ':', 3)", [])
        rows = rows.annotate(step_of=step).filter(step_of=part.part)
    elif part.part and part.source == Source.CAMPAIGN:
        rows = rows.filter(data__variant=part.part)
    return rows


def outcomes_behind(store: Store, period: Period, part: Part, what: What) -> QuerySet[Outcome]:
    """Return what followed on the messages of a part."""
    since, until = bounds(store, period.first)[0], bounds(store, period.last)[1]
    rows = Outcome.objects.filter(what=what, handed_at__gte=since, handed_at__lt=until)
    if part != Part():
        narrow = _narrowed(Message.objects.filter(origin__in=ORIGINS, state__in=TOLD), part)
        rows = rows.filter(message__in=narrow.values("pk"))
    return rows.select_related("message__customer")
