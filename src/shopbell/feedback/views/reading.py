"""The answers, for staff: what share is good, and what each customer wrote."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.feedback.models import Answer
from shopbell.feedback.queries import answers_by_day, checks
from shopbell.web.paging import page_of

_SHOWN = {"": "All answers"} | dict(Answer.choices)


@staff_page("conversations:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List answers, newest first, below their share."""
    wanted, recent = request.GET.get("show", ""), request.GET.get("recent", "")
    rows = checks(answer=wanted, recent=bool(recent))
    page = page_of(rows, cursor=request.GET.get("at"), time="answered_at")
    days = answers_by_day(request.store.timezone)
    good, total = sum(day[0] for day in days), sum(day[1] for day in days)
    context = {
        "page": page,
        "answers": [
            (label, _address(show=key, recent=recent), key == wanted)
            for key, label in _SHOWN.items()
        ],
        "recent": recent,
        "other_time": _address(show=wanted, recent="" if recent else "1"),
        "total": total,
        "bad": total - good,
        "share": f"{round(100 * good / total)} %" if total else "–",
        "note": f"{good:,} of {total:,} in 30 days" if total else "Nobody answered in 30 days.",
        "days": [round(100 * hits / n) for hits, n in days] if len(days) > 1 else [],
        "bad_days": [n - hits for hits, n in days] if len(days) > 1 else [],
        "sees_journeys": may(request.staff, "journeys:read"),
        "sees_texts": may(request.staff, "templates:read"),
        "filtered": bool(wanted or recent or request.GET.get("at")),
    }
    return render(request, "feedback/index.html", context)


def _address(**query: str) -> str:
    return f"?{urlencode({key: value for key, value in query.items() if value})}"
