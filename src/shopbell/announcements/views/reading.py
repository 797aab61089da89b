"""The list of announcements, and the page of one with its report."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.announcements.audience import Affected
from shopbell.announcements.forms import LimitForm
from shopbell.announcements.models import Announcement, Stage, State, Telling
from shopbell.announcements.outlook import Outlook, outlook
from shopbell.announcements.policy import limit_of
from shopbell.announcements.queries import announcement_by_id, announcements
from shopbell.announcements.report import Report, Row, echo_of, held_for, report_of
from shopbell.announcements.words import Words, said_of, words_in
from shopbell.messaging.library import language_name
from shopbell.messaging.titles import title_of
from shopbell.web.paging import page_of


@dataclass(frozen=True, slots=True)
class Line:
    """One channel of a report, each number with the address of the messages behind it."""

    label: str
    cells: list[tuple[str, int, str]]
    total: int
    href: str


@dataclass(frozen=True, slots=True)
class Part:
    """One message on the page: what it says, where it stands, what became of it."""

    telling: Telling
    words: list[tuple[str, Words]]
    report: Report
    lines: list[Line]
    reasons: list[tuple[str, int, str]]
    may_approve: bool
    is_mine: bool
    seen: Outlook | None  # for who has to agree
    languages: list[tuple[str, str]]
    media: list[tuple[str, str]]


@staff_page("announcements:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List announcements, newest first."""
    page = page_of(announcements(), cursor=request.GET.get("at"), time="created_at", key="id")
    rows = [(row, row.tellings.all()[0], Affected.of(row.affected)) for row in page.rows]
    context = {
        "page": page,
        "rows": [(row, first, said_of(affected)) for row, first, affected in rows],
        "limit": LimitForm(initial={"limit": limit_of(request.store)}),
        "limit_now": limit_of(request.store),
        "may_write": may(request.staff, "announcements:write"),
        "may_set": may(request.staff, "settings:write"),
    }
    return render(request, "announcements/index.html", context)


@staff_page("announcements:read")
@require_safe
def show(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Show one announcement: its messages, what became of them, and what is held."""
    row = announcement_by_id(key)
    return render(request, "announcements/show.html", context_of(request, row))


def _part(request: StaffRequest, telling: Telling) -> Part:
    report = report_of(telling)
    ledger = reverse("messaging:index", args=[request.store.slug])

    def href(**narrowed: str) -> str:
        return f"{ledger}?{urlencode({'telling': str(telling.pk), **narrowed})}"

    def by(row: Row) -> dict[str, str]:
        return {"sent_by": row.medium} if row.medium else {}

    lines = [
        Line(
            row.label,
            [(c.label, c.number, href(**by(row), state=c.states)) for c in report.shown(row)],
            row.total,
            href(**by(row), state=row.states),
        )
        for row in report.rows
    ]
    approves = may(request.staff, "announcements:approve") and telling.author_id != request.user.pk
    decides = approves and telling.stage == Stage.WAITING
    seen = outlook(request.store, telling) if decides else None
    return Part(
        telling=telling,
        seen=seen,
        languages=[(each, language_name(each)) for each in telling.texts],
        media=seen.media_of(telling) if seen else [],
        words=[(language_name(each), said) for each, said in words_in(telling.texts).items()],
        report=report,
        lines=lines,
        reasons=[(words, number, href(reason=code)) for code, words, number in report.reasons],
        may_approve=approves,
        is_mine=telling.author_id == request.user.pk,
    )


def _span(begin: datetime, end: datetime | None) -> str:
    """Return how long something took, in the largest two units."""
    if end is None:
        return "–"
    minutes = max(0, round((end - begin).total_seconds() / 60))
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} days"


def context_of(request: StaffRequest, row: Announcement) -> dict[str, Any]:
    """Return what the page of an announcement shows."""
    tellings = list(row.tellings.all())
    parts = [_part(request, telling) for telling in tellings]
    first = parts[0].report
    echo = echo_of(row) if row.state != State.DRAFT else None
    finished = all(each.stage in (Stage.DONE, Stage.STOPPED) for each in tellings)
    return {
        "row": row,
        "parts": parts,
        "first": parts[0].report,
        "said": said_of(Affected.of(row.affected)),
        "holds": [title_of(kind) for kind in row.holds],
        "echo": echo,
        "held": held_for(row),
        "told_note": f"of {first.people:,} affected",
        "first_after": _span(row.created_at, first.first_sent),
        "first_note": "after somebody began to write it" if first.first_sent else "nobody yet",
        "echo_note": f"{echo.before} before they were told" if echo else "",
        "holds_note": "until it is over" if row.state == State.RUNNING else "released",
        "may_write": may(request.staff, "announcements:write"),
        "may_follow": finished and row.state != State.DRAFT,
        "may_end": row.state == State.RUNNING
        and all(t.stage in (Stage.DONE, Stage.STOPPED, Stage.DRAFT) for t in tellings),
        "live": any(
            each.stage in (Stage.SENDING, Stage.PAUSED, Stage.WAITING) for each in tellings
        ),
    }
