"""What has become of a campaign, in numbers that add up: each is the size of a set of rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count

from shopbell.campaigns.models import OPEN, Campaign, Minute, Place, Recipient
from shopbell.campaigns.reasons import reason_words
from shopbell.messaging.models import Message


@dataclass(frozen=True, slots=True)
class Line:
    """One state of recipients; `reasons` are code, words and how many."""

    state: str
    label: str
    number: int
    reasons: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Arm:
    """What a variant did with the people it was sent to."""

    name: str
    sent: int
    delivered: int
    read: int
    clicked: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everybody of a campaign: `people` is the sum of all lines."""

    numbers: Mapping[str, int]
    reasons: Mapping[str, list[tuple[str, str, int]]]

    @property
    def people(self) -> int:
        """How many there are."""
        return sum(self.numbers.values())

    @property
    def lines(self) -> list[Line]:
        """The states that somebody is in."""
        return [
            Line(place, place.label, self.numbers[place], self.reasons.get(place, []))
            for place in Place
            if self.numbers.get(place)
        ]

    def of(self, *places: Place) -> int:
        """How many are in one of these states."""
        return sum(self.numbers.get(place, 0) for place in places)

    @property
    def decided(self) -> int:
        """How many are decided, one way or the other."""
        return self.people - self.of(*OPEN)

    @property
    def sent(self) -> int:
        """How many have it."""
        return self.of(Place.SENT)

    @property
    def under_way(self) -> int:
        """How many are not decided yet."""
        return self.of(*OPEN)

    @property
    def left_out(self) -> int:
        """How many get nothing, though the audience describes them."""
        return self.of(Place.LEFT_OUT)

    @property
    def failed(self) -> int:
        """How many could not be reached, or perhaps."""
        return self.of(Place.FAILED, Place.IN_DOUBT)


def report_of(campaign: Campaign) -> Report:
    """Count all recipients by state and reason, in one statement."""
    rows = Recipient.objects.filter(campaign_id=campaign.pk).values_list("state", "reason")
    numbers: Counter[str] = Counter()
    reasons: dict[str, list[tuple[str, str, int]]] = {}
    for state, reason, count in rows.annotate(count=Count("*")).order_by("-count"):
        numbers[state] += count
        if reason and state not in (Place.SENT, Place.QUEUED, Place.PENDING):
            reasons.setdefault(state, []).append(
                (reason, reason_words(reason, over=state != Place.WAITING), count)
            )
    return Report(numbers, reasons)


def arms_of(campaign: Campaign) -> list[Arm]:
    """Return what became of the messages of each variant."""
    sql = f"""
        SELECT r.variant, count(*), count(*) FILTER (WHERE m.delivered_at IS NOT NULL),
            count(*) FILTER (WHERE m.read_at IS NOT NULL),
            count(*) FILTER (WHERE m.clicked_at IS NOT NULL)
        FROM {Recipient._meta.db_table} r
        JOIN {Message._meta.db_table} m ON m.store_id = r.store_id AND m.id = r.message_id
        WHERE r.store_id = %s AND r.campaign_id = %s AND r.state = '{Place.SENT}'
        GROUP BY r.variant ORDER BY r.variant"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [campaign.store_id, campaign.pk])
        return [Arm(*row) for row in cursor.fetchall()]


def pace_of(campaign: Campaign, zone: ZoneInfo) -> dict[str, int]:
    """Return how many were put on their way in each of the last minutes, by the clock of a zone."""
    rows = Minute.objects.filter(campaign=campaign).order_by("-at")[:60]
    minutes = [(row.at.astimezone(zone), row.queued) for row in reversed(rows)]
    days = {at.date() for at, _ in minutes}
    return {
        f"{at:%H:%M}" if len(days) == 1 else f"{at.day} {at:%b %H:%M}": queued
        for at, queued in minutes
    }
