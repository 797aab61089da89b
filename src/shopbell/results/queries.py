"""Reads: the numbers of a period, as a whole, by day, by message, channel, journey, campaign."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.urls import reverse

from shopbell.accounts.models import Store
from shopbell.campaigns.models import Campaign
from shopbell.journeys.models import Enrolment, EnrolmentState, Journey
from shopbell.messaging.titles import medium_name, medium_title, title_of
from shopbell.results.counting import bounds, today
from shopbell.results.models import Day, Source, Tally

PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "A year"}
USUAL = "30"
COUNTED = (
    "sent", "delivered", "read", "clicked", "scanned", "replied", "orders", "left", "revenue",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """The days of sending that are looked at, both included."""

    key: str
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Return each of them."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def period_of(store: Store, wish: str) -> Period:
    """Return the period that ends today."""
    key = wish if wish in PERIODS else USUAL
    last = today(store)
    return Period(key, last - timedelta(days=int(key) - 1), last)


@dataclass(frozen=True, slots=True)
class Part:
    """What numbers are narrowed to; empty: everything."""

    kind: str = ""
    medium: str = ""
    source: str = ""
    source_id: uuid.UUID | None = None
    part: str | None = None

    def narrow(self, rows: QuerySet[Tally]) -> QuerySet[Tally]:
        """Return the tallies of this part only."""
        return rows.filter(**self._told())

    def _told(self) -> dict[str, Any]:
        names = ("kind", "medium", "source", "source_id", "part")
        told = {name: getattr(self, name) for name in names}
        return {
            name: value
            for name, value in told.items()
            if value not in ("", None) or (name == "part" and value is not None)
        }

    def query(self) -> dict[str, str]:
        """Return it as the address of its rows has it."""
        return {name: str(value) for name, value in self._told().items()}


@dataclass(frozen=True, slots=True)
class Numbers:
    """What became of the messages of a part."""

    sent: int = 0
    delivered: int = 0
    read: int = 0
    clicked: int = 0
    scanned: int = 0
    replied: int = 0
    orders: int = 0
    left: int = 0
    revenue: int = 0
    cost: Decimal = Decimal(0)

    def share(self, name: str) -> float | None:
        """Return one of the numbers as a part of those sent."""
        return int(getattr(self, name)) / self.sent if self.sent else None

    @property
    def per_send(self) -> int | None:
        """Return the revenue for each message, in hundredths of the smallest coin."""
        return round(self.revenue * 100 / self.sent) if self.sent else None


def words_of(part: Part) -> list[str]:
    """Return what numbers are narrowed to, in words."""
    said = [title_of(part.kind)] if part.kind else []
    if part.medium:
        said.append(f"by {medium_name(part.medium)}")
    if part.source == Source.JOURNEY and part.source_id:
        row = Journey.objects.filter(pk=part.source_id).first()
        said.append(f"journey “{row.name}”" if row else "a journey that is gone")
        if part.part:
            said.append(f"step {part.part}")
    elif part.source == Source.CAMPAIGN and part.source_id:
        campaign = Campaign.objects.filter(pk=part.source_id).first()
        said.append(f"campaign “{campaign.name}”" if campaign else "a campaign that is gone")
        if part.part:
            said.append(f"variant {part.part}")
    elif part.source:
        said.append(str(Source(part.source).label).lower())
    return said


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table."""

    label: str
    part: Part
    numbers: Numbers
    href: str = ""  # the page of it


def _rows(period: Period, part: Part) -> QuerySet[Tally]:
    return part.narrow(Tally.objects.filter(day__gte=period.first, day__lte=period.last)).order_by()


def _sums() -> dict[str, Any]:
    return {f"{name}_sum": Sum(name) for name in (*COUNTED, "cost")}


def _numbers(row: Mapping[str, Any]) -> Numbers:
    told = {name: row[f"{name}_sum"] or 0 for name in COUNTED}
    return Numbers(**told, cost=row["cost_sum"] or Decimal(0))


def numbers_of(period: Period, part: Part | None = None) -> Numbers:
    """Return the numbers of a part as a whole."""
    return _numbers(_rows(period, part or Part()).aggregate(**_sums()))


def by_day(period: Period, part: Part | None = None) -> dict[date, Numbers]:
    """Return the numbers of each day of sending, none left out."""
    rows = _rows(period, part or Part()).values("day").annotate(**_sums())
    found = {row["day"]: _numbers(row) for row in rows}
    return {day: found.get(day, Numbers()) for day in period.days}


def _grouped(period: Period, part: Part, *names: str) -> Iterable[tuple[tuple[Any, ...], Numbers]]:
    for row in _rows(period, part).values(*names).annotate(**_sums()).order_by("-sent_sum", *names):
        yield tuple(row[name] for name in names), _numbers(row)


def by_kind(period: Period, part: Part) -> list[Line]:
    """Return a line for each kind of message."""
    return [
        Line(title_of(kind), replace(part, kind=kind), numbers)
        for (kind,), numbers in _grouped(period, part, "kind")
    ]


def by_medium(period: Period, part: Part) -> list[Line]:
    """Return a line for each channel."""
    return [
        Line(medium_title(medium), replace(part, medium=medium), numbers)
        for (medium,), numbers in _grouped(period, part, "medium")
    ]


def by_journey(store: Store, period: Period) -> list[Line]:
    """Return a line for each journey."""
    found = {
        row.pk: (row.name, reverse("results:journey", args=[store.slug, row.key]))
        for row in Journey.objects.only("id", "store", "name", "key")
    }
    return _by_source(period, Source.JOURNEY, found, "A journey that is gone")


def by_campaign(store: Store, period: Period) -> list[Line]:
    """Return a line for each campaign."""
    found = {
        row.pk: (row.name, reverse("results:campaign", args=[store.slug, row.pk]))
        for row in Campaign.objects.only("id", "store", "name")
    }
    return _by_source(period, Source.CAMPAIGN, found, "A campaign that is gone")


def by_variant(period: Period, campaign: Campaign) -> list[Line]:
    """Return a line for each variant of a campaign."""
    part = Part(source=Source.CAMPAIGN, source_id=campaign.pk)
    return [
        Line(f"Variant {name}" if name else "All", replace(part, part=name or None), numbers)
        for (name,), numbers in _grouped(period, part, "part")
    ]


def _by_source(
    period: Period, source: Source, found: Mapping[uuid.UUID, tuple[str, str]], gone: str
) -> list[Line]:
    lines = []
    for (key,), numbers in _grouped(period, Part(source=source), "source_id"):
        label, href = found.get(key, (gone, ""))
        lines.append(Line(label, Part(source=source, source_id=key), numbers, href))
    return lines


def by_step(period: Period, journey: Journey) -> dict[str, Numbers]:
    """Return the numbers of each step of a journey."""
    part = Part(source=Source.JOURNEY, source_id=journey.pk)
    return {step: numbers for (step,), numbers in _grouped(period, part, "part")}


def sources(period: Period) -> dict[str, Numbers]:
    """Return the numbers of journeys, of campaigns and of all else."""
    found = {str(source): numbers for (source,), numbers in _grouped(period, Part(), "source")}
    return {source.value: found.get(source.value, Numbers()) for source in Source}


def counted_at(period: Period) -> datetime | None:
    """Return when the oldest of these numbers was counted; None: some day never was."""
    rows = Day.objects.filter(day__gte=period.first, day__lte=period.last)
    if rows.filter(counted_at=None).exists():
        return None
    newest: datetime | None = rows.filter(day=period.last).aggregate(at=Min("counted_at"))["at"]
    return newest


def has_sent() -> bool:
    """Return whether there is anything to show at all."""
    return Tally.objects.exists()


@dataclass(frozen=True, slots=True)
class People:
    """How many went into a journey in a period, and what became of them."""

    entered: int
    under_way: int
    reached: int
    left: int


def people_of(period: Period, store: Store, journey: Journey) -> People:
    """Count the people who went into a journey in a period."""
    rows = Enrolment.objects.filter(
        journey=journey,
        entered_at__gte=bounds(store, period.first)[0],
        entered_at__lt=bounds(store, period.last)[1],
    )
    found = rows.aggregate(
        entered=Count("id"),
        under_way=Count("id", filter=Q(state=EnrolmentState.ACTIVE)),
        reached=Count("id", filter=Q(state=EnrolmentState.GOAL)),
        left=Count("id", filter=Q(state=EnrolmentState.LEFT)),
    )
    return People(**found)
