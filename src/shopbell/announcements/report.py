"""What became of a telling, in numbers that add up, and what customers wrote because of it.

Every number is the size of a set of rows: of the ledger (by telling and state), of recipients who
were left out, or of conversations. One statement counts all of them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, OuterRef, Q, Subquery

from shopbell.announcements.final import FINAL, final_params
from shopbell.announcements.models import Announcement, Link, Place, Recipient, Telling
from shopbell.announcements.reasons import HELD_BY_INCIDENT, reason_words
from shopbell.conversations.models import Conversation
from shopbell.kit import clock
from shopbell.messaging.models import Message
from shopbell.messaging.states import State
from shopbell.messaging.titles import medium_title

BEFORE = timedelta(days=2)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Read": (State.READ,),
    "Delivered": (State.DELIVERED,),
    "Sent": (State.SENT,),
    "On the way": (State.QUEUED, State.CLAIMED, State.HANDED),
    "Held": (State.HELD,),
    "In doubt": (State.IN_DOUBT,),
    "Failed": (State.FAILED,),
    "Not told": (State.SKIPPED, State.SUPPRESSED, State.EXPIRED),
}
_TOLD = ("Read", "Delivered", "Sent")
# What was never handed over has no channel yet: the one it names is only the first of its plan.
_NOT_HANDED = frozenset({State.QUEUED, State.CLAIMED, State.HELD, *COLUMNS["Not told"]})


@dataclass(frozen=True, slots=True)
class Cell:
    """A number and the states of the messages behind it."""

    label: str
    number: int
    states: str  # as the ledger's filter takes them


@dataclass(frozen=True, slots=True)
class Row:
    """One channel."""

    medium: str
    label: str
    cells: list[Cell]

    @property
    def states(self) -> str:
        """The states behind it all."""
        return ",".join(cell.states for cell in self.cells if cell.number)

    @property
    def total(self) -> int:
        """The sum of its cells."""
        return sum(cell.number for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Report:
    """One telling: people = pending + left out + the sum of all rows."""

    people: int
    pending: int
    rows: list[Row]
    left_out: list[tuple[str, int]] = field(default_factory=list)  # without a message
    reasons: list[tuple[str, str, int]] = field(default_factory=list)  # code, words, messages
    first_sent: datetime | None = None
    last_sent: datetime | None = None

    @property
    def columns(self) -> list[str]:
        """The columns that are not empty, and the three of success always."""
        filled = {cell.label for row in self.rows for cell in row.cells if cell.number}
        return [label for label in COLUMNS if label in filled or label in _TOLD]

    @property
    def told(self) -> int:
        """How many have been told."""
        return sum(self.of(label) for label in _TOLD)

    @property
    def under_way(self) -> int:
        """How many are not decided yet."""
        return self.pending + self.of("On the way") + self.of("Held")

    @property
    def not_told(self) -> int:
        """How many are certainly not told."""
        missed = sum(number for _, number in self.left_out)
        return missed + self.of("Failed") + self.of("Not told")

    @property
    def in_doubt(self) -> int:
        """How many may have been told."""
        return self.of("In doubt")

    @property
    def done(self) -> int:
        """How many are decided, one way or the other."""
        return self.people - self.under_way

    def of(self, label: str) -> int:
        """Return a column's sum."""
        return sum(cell.number for row in self.rows for cell in row.cells if cell.label == label)

    def shown(self, row: Row) -> list[Cell]:
        """Return the cells of a row below the columns."""
        return [cell for cell in row.cells if cell.label in self.columns]


def report_of(telling: Telling) -> Report:
    """Count what became of a telling."""
    counted = _counted(telling)
    by_medium: dict[str, Counter[str]] = {}
    left_out: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    pending = 0
    for row in counted:
        state, number = row["state"], row["n"]
        if row["place"] == Place.PENDING:
            pending += number
        elif state is None:
            left_out[row["left_out"] or "message_gone"] += number
        else:
            medium = "" if state in _NOT_HANDED else row["medium"]
            by_medium.setdefault(medium, Counter())[state] += number
            if state in COLUMNS["Not told"]:
                reasons[row["reason"]] += number
    return Report(
        people=sum(row["n"] for row in counted),
        pending=pending,
        rows=[_row(medium, by_medium[medium]) for medium in sorted(by_medium, reverse=True)],
        left_out=[(reason_words(code), number) for code, number in left_out.most_common()],
        reasons=[(code, reason_words(code), number) for code, number in reasons.most_common()],
        first_sent=min((row["first"] for row in counted if row["first"]), default=None),
        last_sent=max((row["last"] for row in counted if row["last"]), default=None),
    )


def _counted(telling: Telling) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [*final_params(telling.pk), telling.pk])
        return [dict(zip(_NAMES, row, strict=True)) for row in cursor.fetchall()]


_NAMES = ("place", "left_out", "state", "medium", "reason", "n", "first", "last")
_COUNT = f"""{FINAL}
    SELECT r.state, r.reason, m.state, m.medium, m.reason, count(*), min(m.sent_at), max(m.sent_at)
    FROM announcements_recipient r
    LEFT JOIN final f ON f.recipient = r.id LEFT JOIN messaging_message m ON m.id = f.id
    WHERE r.telling_id = %s GROUP BY 1, 2, 3, 4, 5"""


def _row(medium: str, states: Counter[str]) -> Row:
    cells = [
        Cell(label, sum(states[state] for state in wanted), ",".join(wanted))
        for label, wanted in COLUMNS.items()
    ]
    waits = any(states[state] for state in (State.QUEUED, State.CLAIMED, State.HELD))
    nowhere = "No channel yet" if waits else "By no channel"
    return Row(medium, medium_title(medium) if medium else nowhere, cells)


def held_for(announcement: Announcement) -> int:
    """Count the notifications that wait because of an announcement."""
    mine = Recipient.objects.filter(telling__announcement=announcement, telling__number=1)
    held = Message.objects.filter(state=State.HELD, reason=HELD_BY_INCIDENT)
    return held.filter(customer__in=mine.values("customer")).count()


@dataclass(frozen=True, slots=True)
class Echo:
    """What affected people wrote: before and after each was told, and answers to the message."""

    before: int
    after: int
    answers: int
    linked: int


def echo_of(announcement: Announcement) -> Echo:
    """Count the conversations that affected people began, from two days before it on."""
    first = announcement.tellings.filter(number=1)
    mine = Recipient.objects.filter(telling__in=first.values("pk"), customer__isnull=False)
    told = mine.filter(customer=OuterRef("customer")).values("message__sent_at")[:1]
    end = (announcement.over_at or clock.now()) + BEFORE
    rows = Conversation.objects.filter(
        merged_into=None,
        customer__in=mine.values("customer"),
        created_at__gte=announcement.created_at - BEFORE,
        created_at__lte=end,
    ).annotate(told=Subquery(told))
    after = Q(told__isnull=False, created_at__gte=F("told"))
    counted = rows.aggregate(all=Count("pk"), after=Count("pk", filter=after))
    links = Link.objects.filter(announcement=announcement).aggregate(
        all=Count("pk"), answers=Count("pk", filter=Q(answers=True))
    )
    return Echo(
        before=counted["all"] - counted["after"],
        after=counted["after"],
        answers=links["answers"],
        linked=links["all"],
    )
