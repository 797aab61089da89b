"""Numbers of the home and messages pages, each leading to the rows behind it.

A newcomer's mistake: counting over everything a store ever sent. Every count here is bounded by
days or by a partial index, so the pages stay quick in a store with millions of messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDay
from django.urls import reverse

from shopbell.accounts.models import Store
from shopbell.backoffice.filters import listed_orders, needs_person, placed_since, start_of_day
from shopbell.connections.models import Connection, Intake, IntakeState
from shopbell.events.models import Delivery
from shopbell.kit import clock
from shopbell.messaging.models import Message
from shopbell.messaging.policy import zone_or_utc
from shopbell.messaging.states import State
from shopbell.messaging.template_news import lost_texts
from shopbell.orders.models import Order, PrivacyRequest, Shipment

DAYS = 14


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of today (or of the whole time, for shares), with its last fourteen days."""

    value: int | None
    days: list[int]
    note: str = ""

    @property
    def share(self) -> str:
        """The value as a percentage; a dash where there is nothing to divide by."""
        return "–" if self.value is None else f"{self.value} %"


@dataclass(frozen=True, slots=True)
class Span:
    """The days looked at: from `since`, in the store's zone."""

    zone: str
    since: datetime

    def per_day(self, rows: Sequence[tuple[datetime, int]]) -> list[int]:
        """Put counts by day into a list without gaps, oldest first."""
        by_date = {day.date(): number for day, number in rows}
        first = self.since.date()
        return [by_date.get(first + timedelta(days=n), 0) for n in range(DAYS)]


def last_days(store: Store) -> Span:
    """Return the last fourteen days of a store, today included."""
    return Span(store.timezone, start_of_day(store.timezone) - timedelta(days=DAYS - 1))


def orders_placed(span: Span) -> Figure:
    """Count the orders of today; an old order that came in by an import counts on its own day."""
    days = _count_by_day(span, placed_since(span.since), "placed")
    return Figure(days[-1], days)


def told(span: Span) -> Figure:
    """Count the messages sent today."""
    days = _count_by_day(span, _sent(span), "sent_at")
    return Figure(days[-1], days)


def read_within_an_hour(span: Span) -> Figure:
    """Return the share of messages read within an hour, of channels and mails that can tell.

    A connection "can tell" once it has told of one message; the others would only pull the share
    down by what nobody can know.
    """
    sent = _sent(span).filter(sent_at__lt=clock.now() - timedelta(hours=1))
    tells = _sent(span).exclude(read_at=None).values("connection")
    early = Q(read_at__lte=F("sent_at") + timedelta(hours=1))
    rows = _by_day(span, sent.filter(connection__in=tells), "sent_at")
    counted = list(
        rows.annotate(n=Count("pk"), hits=Count("pk", filter=early)).values_list("day", "n", "hits")
    )
    return _share(span, counted, "Known an hour after the first one.")


def parcels_told_twice(span: Span) -> Figure:
    """Return the share of delivered parcels with two or more messages from dispatch on."""
    messages = Message.objects.filter(shipment=OuterRef("pk")).exclude(sent_at=None).order_by()
    number = messages.values("shipment").annotate(n=Count("pk")).values("n")
    parcels = Shipment.objects.filter(delivered_at__gte=span.since, returning=False)
    rows = _by_day(span, parcels.annotate(told=Coalesce(Subquery(number), 0)), "delivered_at")
    twice = Count("pk", filter=Q(told__gte=2))
    counted = list(rows.annotate(n=Count("pk"), hits=twice).values_list("day", "n", "hits"))
    return _share(span, counted, "No parcel has been delivered yet.")


def _sent(span: Span) -> QuerySet[Message]:
    return Message.objects.filter(created_at__gte=span.since, sent_at__gte=span.since)


def _by_day(span: Span, rows: QuerySet, column: str) -> QuerySet:  # type: ignore[type-arg]
    day = TruncDay(column, tzinfo=zone_or_utc(span.zone))
    days: QuerySet = rows.order_by().annotate(day=day).values("day")  # type: ignore[type-arg]
    return days


def _count_by_day(span: Span, rows: QuerySet, column: str) -> list[int]:  # type: ignore[type-arg]
    counted = _by_day(span, rows, column).annotate(n=Count("pk"))
    return span.per_day(list(counted.values_list("day", "n")))


def _share(span: Span, counted: list[tuple[datetime, int, int]], nothing: str) -> Figure:
    total, hits = sum(row[1] for row in counted), sum(row[2] for row in counted)
    if not total:
        return Figure(None, [], nothing)
    days = span.per_day([(day, round(100 * hit / n)) for day, n, hit in counted])
    known = {day.date() for day, _, _ in counted}
    first = span.since.date()
    # A day without parcels is no day with 0 %.
    drawn = [days[n] for n in range(DAYS) if first + timedelta(days=n) in known]
    return Figure(round(100 * hits / total), drawn if len(drawn) > 1 else [], "in 14 days")


# ---- what waits for a person ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for a person, and of what kinds."""

    number: int
    words: str
    messages: int


def messages_needing_person() -> QuerySet[Message]:
    """Return the messages that are held, in doubt or failed since yesterday."""
    return Message.objects.filter(needs_person())


def open_problems() -> dict[str, QuerySet[Any]]:
    """Return parked webhooks, failed handlers and open privacy requests, by what they are."""
    return {
        "not understood": Intake.objects.filter(state=IntakeState.QUARANTINED),
        "broken off": Delivery.objects.filter(quarantined=True),
        "about privacy": PrivacyRequest.objects.filter(done_at=None),
    }


def waiting(*, with_problems: bool) -> Waiting:
    """Return what waits for a person; the messages page leaves out what the problems page shows."""
    states = messages_needing_person().values("state").order_by()
    by_state = dict(states.annotate(n=Count("pk")).values_list("state", "n"))
    counts = {str(State(state).label): n for state, n in sorted(by_state.items())}
    if with_problems:
        counts |= {name: rows.count() for name, rows in open_problems().items()}
        counts["about templates"] = len(lost_texts())
    words = " · ".join(f"{n} {name}" for name, n in counts.items() if n)
    nothing = "Nothing waits for you."
    return Waiting(sum(counts.values()), words or nothing, sum(by_state.values()))


# ---- home -------------------------------------------------------------------------------------


def orders_of_today(store: Store) -> QuerySet[Order]:
    """Return the orders placed today, newest first."""
    day = start_of_day(store.timezone)
    return listed_orders().filter(pk__in=placed_since(day).values("pk"))


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step of setting a store up."""

    title: str
    says: str
    done: bool
    href: str
    next: bool = False


def setup_steps(store: Store) -> list[SetupStep]:
    """Return the steps from an empty store to one that tells its customers; one is the next."""
    steps = _steps(store)
    first = next((n for n, step in enumerate(steps) if not step.done), None)
    return [replace(step, next=True) if n == first else step for n, step in enumerate(steps)]


def _steps(store: Store) -> list[SetupStep]:
    shop = Connection.objects.filter(family="shop").exists()
    channels = Connection.objects.filter(family="channel")
    mail = channels.exclude(connector__startswith="sandbox").exists()
    known = bool(store.postal_address and (store.help_url or store.help_email))
    connect = reverse("connections:choose", args=[store.slug])
    return [
        SetupStep("Connect your shop", "Orders then come in by themselves.", shop, connect),
        SetupStep("Connect your mail server", "Messages go out in your name.", mail, connect),
        SetupStep(
            "Say who you are", "Your address and a way to reach you stand in every message.",
            known, reverse("accounts:settings", args=[store.slug]),
        ),
        SetupStep(
            "See the first message go out", "Place a test order in your shop.",
            Message.objects.exclude(sent_at=None).exists(),
            reverse("messaging:index", args=[store.slug]),
        ),
    ]  # fmt: skip
