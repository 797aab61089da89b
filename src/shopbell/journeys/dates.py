"""Days that customers have: a birthday, the day on which points expire. They start journeys.

Looked at every quarter of an hour, where each customer lives; the day in the key of a run makes it
exist once, however often that is. A newcomer's mistake: the day by the store's clock. In Auckland
it is tomorrow already.
"""

import re
import uuid
from calendar import isleap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.customers.models import Customer
from shopbell.customers.zones import best_zone
from shopbell.events.pump import Pump, register
from shopbell.journeys.books import take_in_now
from shopbell.journeys.engine import definitions_of
from shopbell.journeys.happenings import Happening
from shopbell.journeys.models import Journey, JourneyState
from shopbell.journeys.steps import DATE_REACHED
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped

EVERY = 15 * 60.0  # seconds
PART = 2_000  # customers looked at in one transaction
_DAY = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Day:
    """What a journey goes by: an attribute that holds a day, and how long before it."""

    attribute: str
    is_yearly: bool
    before: tuple[int, ...]
    at: time

    @classmethod
    def of(cls, where: Mapping[str, Any]) -> "Day":
        """Return it from the `where` of a trigger, which `definition` has completed."""
        at = time.fromisoformat(where["at"])
        return cls(where["attribute"], where["yearly"], tuple(where["days_before"]), at)

    def reached(self, told: str, local: datetime) -> date | None:
        """Return the day that is near enough where it is `local` now, or None."""
        if local.time().replace(tzinfo=None) < self.at:
            return None
        for days in self.before:
            wanted = local.date() + timedelta(days=days)
            if _falls_on(told, wanted, self.is_yearly):
                return wanted
        return None


def _falls_on(told: str, day: date, is_yearly: bool) -> bool:
    """Whether a day as it was written is `day`; 29 February is 28 February in other years."""
    match = _DAY.fullmatch(told)
    if match is None:
        return False
    year, month, of_month = match.groups()
    if not is_yearly:
        return told == day.isoformat()
    if (month, of_month) == ("02", "29") and not isleap(day.year):
        of_month = "28"
    return f"{month}-{of_month}" == f"{day:%m-%d}" and (year is None or int(year) < day.year)


def start_on_days() -> int:
    """Let people in whose day it is; never says that something is left, so it rests in between."""
    with unscoped("which stores have journeys that go by a day"):
        rows = Journey.objects.filter(
            state=JourneyState.LIVE, current__definition__trigger__event=DATE_REACHED
        )
        found = list(rows.values_list("store_id", "current_id"))
    for store_id, version in found:
        store = store_by_id(store_id)
        with store_scope(store_id):
            where = definitions_of({version})[version].trigger.where
        after: uuid.UUID | None = None
        while True:
            with store_scope(store_id):
                people = _candidates(Day.of(where), after)
                take_in_now(happened=list(_reached(store, where, people)))
            if len(people) < PART:
                break
            after = people[-1][0]
    return 0


type _Person = tuple[uuid.UUID, str, str, str, str]


def _candidates(day: Day, after: uuid.UUID | None) -> Sequence[_Person]:
    """Return those whose day it may be somewhere on earth."""
    today = clock.now().astimezone(UTC).date()
    days = {today + timedelta(days=off + before) for off in (-1, 0, 1) for before in day.before}
    rows: QuerySet[Any] = Customer.objects.filter(
        erased_at=None, attributes__has_key=day.attribute
    ).annotate(told=KeyTextTransform(day.attribute, "attributes"))
    if day.is_yearly:
        ends = {f"{each:%m-%d}" for each in days}
        ends |= {"02-29"} if "02-28" in ends else set()
        asked = Q()
        for end in sorted(ends):
            asked |= Q(told__endswith=end)
        rows = rows.filter(asked)
    else:
        rows = rows.filter(told__in=[each.isoformat() for each in days])
    if after is not None:
        rows = rows.filter(pk__gt=after)
    told = rows.order_by("pk").values_list("pk", "told", "timezone", "phone", "country")
    return list(told[:PART])


def _reached(
    store: Store, where: Mapping[str, Any], people: Sequence[_Person]
) -> Iterator[Happening]:
    day, now = Day.of(where), clock.now()
    for pk, told, zone, phone, country in people:
        zone = best_zone(profile=zone, phone=phone, country=country, store=store.timezone)
        found = day.reached(told, now.astimezone(ZoneInfo(zone)))
        if found is None:
            continue
        left = (found - now.astimezone(ZoneInfo(zone)).date()).days
        key = f"day:{pk}:{found.isoformat()}:{left}"
        yield Happening(DATE_REACHED, now, pk, values=dict(where), key=key)


register(Pump(name="days", run=start_on_days, interval=EVERY))
