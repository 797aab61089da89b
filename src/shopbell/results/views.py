"""The results page, one journey's page, the rows behind a number, and the rules for orders."""

import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from shopbell.accounts.models import Store
from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.campaigns.queries import campaign_by_id
from shopbell.conversations.models import Entry
from shopbell.journeys.naming import names_now
from shopbell.journeys.queries import overview_of
from shopbell.journeys.steps import Split
from shopbell.journeys.words import lines_of
from shopbell.kit.errors import Forbidden, NotFound
from shopbell.orders.models import Order
from shopbell.results import queries
from shopbell.results.actions import change_window
from shopbell.results.comparing import (
    DAYS,
    Chance,
    campaign_compared,
    chance_of_campaign,
    chance_of_split,
    journey_compared,
)
from shopbell.results.forms import WindowForm
from shopbell.results.models import Outcome, Source, What
from shopbell.results.policy import in_words, window_of
from shopbell.results.queries import PERIODS, Line, Part, Period, period_of
from shopbell.results.rows import MESSAGES, OUTCOMES, messages_behind, outcomes_behind, part_of
from shopbell.results.showing import PerSend, beside_of, cells_of, in_units, per_send_of, sheet_of
from shopbell.web.charts import bars
from shopbell.web.paging import page_of

VIEWS = {
    "kind": "By message",
    "medium": "By channel",
    "journey": "By journey",
    "campaign": "By campaign",
}


@staff_page("results:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show the numbers of a period, and by what they are made up."""
    store, period = request.store, period_of(request.store, request.GET.get("days", ""))
    view = request.GET.get("by", "kind")
    view = view if view in VIEWS else "kind"
    days = queries.by_day(period)
    total = queries.numbers_of(period)
    compared = per_send_of(store, period, queries.sources(period))
    context = {
        **_frame(request, period),
        "views": [(label, _href(request, by=key), key == view) for key, label in VIEWS.items()],
        "view": view,
        "total": total,
        "cells": cells_of(store, period, Part(), total),
        "revenue_days": {
            f"{day.day} {day:%b}": in_units(numbers.revenue, store) for day, numbers in days.items()
        },
        "revenue_label": f"Revenue by day of sending, in {store.currency}",
        "sheet": sheet_of(store, period, _lines(view, store, period), VIEWS[view][3:].capitalize()),
        "sheet_title": VIEWS[view],
        "compared": compared,
        "picture": _picture(compared),
        "any": total.sent or queries.has_sent(),
    }
    return render(request, "results/index.html", context)


def _picture(compared: list[PerSend]) -> str:
    """Draw both beside each other; one alone, or two that brought nothing, need no picture."""
    if len(compared) < 2 or not any(each.bar for each in compared):
        return ""
    label = "Revenue for each message: " + ", ".join(f"{x.label} {x.says}" for x in compared)
    return bars({x.label: x.bar for x in compared}, label=label, tone="blue", width=240, height=120)


def _lines(view: str, store: Store, period: Period) -> list[Line]:
    if view == "medium":
        return queries.by_medium(period, Part())
    if view == "journey":
        return queries.by_journey(store, period)
    if view == "campaign":
        return queries.by_campaign(store, period)
    return queries.by_kind(period, Part())


def _frame(request: StaffRequest, period: Period) -> dict[str, Any]:
    return {
        "period": period,
        "periods": [
            (label, _href(request, days=key), key == period.key) for key, label in PERIODS.items()
        ],
        "rules": in_words(window_of(request.store)),
        "counted_at": queries.counted_at(period),
        "may_change": may(request.staff, "settings:write"),
    }


def _href(request: StaffRequest, **changes: str) -> str:
    kept = {name: request.GET[name] for name in ("days", "by") if name in request.GET}
    return f"?{urlencode({**kept, **changes})}"


@staff_page("results:read")
@require_safe
def journey(request: StaffRequest, key: str) -> HttpResponse:
    """Show what became of the messages of one journey, step by step."""
    found, period = overview_of(key), period_of(request.store, request.GET.get("days", ""))
    row = found.row
    part = Part(source=Source.JOURNEY, source_id=row.pk if row else None)
    total = queries.numbers_of(period, part) if row else queries.Numbers()
    steps = queries.by_step(period, row) if row else {}
    lines = [
        Line(
            line.text,
            Part(source=Source.JOURNEY, source_id=row.pk, part=line.step),
            steps.get(line.step, queries.Numbers()),
        )
        for line in lines_of(found.definition, names_now())
        if row and line.kind == "send"
    ]
    context = {
        **_frame(request, period),
        "found": found,
        "total": total,
        "cells": cells_of(request.store, period, part, total),
        "sheet": sheet_of(request.store, period, lines, "Step"),
        "people": queries.people_of(period, request.store, row) if row else None,
        "compared": [
            beside_of(request.store, each)
            for each in (journey_compared(request.store, row, found.definition) if row else ())
        ],
        "days": DAYS,
    }
    return render(request, "results/journey.html", context)


@staff_page("results:read")
@require_safe
def campaign(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Show what became of one campaign, by variant, and beside those who were kept back."""
    row, period = campaign_by_id(key), period_of(request.store, "365")
    part = Part(source=Source.CAMPAIGN, source_id=row.pk)
    total = queries.numbers_of(period, part)
    compared = campaign_compared(request.store, row)
    context = {
        **_frame(request, period),
        "row": row,
        "total": total,
        "cells": cells_of(request.store, period, part, total),
        "sheet": sheet_of(request.store, period, queries.by_variant(period, row), "Variant"),
        "compared": [beside_of(request.store, compared)] if compared else [],
        "days": DAYS,
    }
    return render(request, "results/campaign.html", context)


@staff_page("results:read")
@require_safe
def rows(request: StaffRequest) -> HttpResponse:
    """List the rows that a number counts."""
    query, period = request.GET, period_of(request.store, request.GET.get("days", ""))
    part, what = part_of(query), query.get("what", "sent")
    context: dict[str, Any] = {
        "period": period,
        "label": PERIODS[period.key],
        "of": queries.words_of(part),
        "sees": {
            name: may(request.staff, f"{name}:read")
            for name in ("messages", "orders", "customers", "conversations")
        },
    }
    if what in OUTCOMES:
        words, kind = OUTCOMES[what]
        found = outcomes_behind(request.store, period, part, kind)
        page = page_of(found, cursor=query.get("at"), time="at")
        context |= {"page": page, "words": words, "outcomes": _beside(list(page), kind)}
    else:
        words = "delivered" if what == "delivered" else MESSAGES.get(what, MESSAGES["sent"])[0]
        behind = messages_behind(request.store, period, part, what)
        context |= {
            "page": page_of(behind, cursor=query.get("at"), time="handed_at"),
            "words": words,
        }
    return render(request, "results/rows.html", context)


def _beside(rows: list[Outcome], what: What) -> list[tuple[Outcome, Any]]:
    """Return outcomes with the order or the entry they are about."""
    keys = [row.ref for row in rows]
    if what == What.ORDER:
        found: dict[Any, Any] = Order.objects.defer("payload").in_bulk(keys)
    elif what == What.REPLY:
        found = Entry.objects.select_related("conversation").defer("html", "quoted").in_bulk(keys)
    else:
        found = {}
    return [(row, found.get(row.ref)) for row in rows]


@staff_page("results:read")
@require_safe
def beside_campaign(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """List the orders of those who were meant to get a campaign, or of those kept back."""
    row = campaign_by_id(key)
    if row.began_at is None:
        raise NotFound("This campaign has not begun.")
    up = reverse("results:campaign", args=[request.store.slug, key])
    return _side(request, chance_of_campaign(request.store, row), row.name, up)


@staff_page("results:read")
@require_safe
def beside_journey(request: StaffRequest, key: str, step: str) -> HttpResponse:
    """List the orders, or the people, of one way of a journey."""
    found = overview_of(key)
    split = found.definition.steps.get(step)
    if found.row is None or not isinstance(split, Split):
        raise NotFound("There is no such step.")
    up = reverse("results:journey", args=[request.store.slug, key])
    return _side(request, chance_of_split(request.store, found.row, split), found.preset.name, up)


def _side(request: StaffRequest, chance: Chance, name: str, up: str) -> HttpResponse:
    side = request.GET.get("side", "").replace("\0", "")
    is_people = request.GET.get("what") == "people"
    rows: Any = chance.people(side) if is_people else chance.orders(side)
    label = {"true": "Meant to get it", "false": "Kept back by chance"}.get(side, side)
    context = {
        "name": name,
        "up": up,
        "side": label,
        "days": DAYS,
        "is_people": is_people,
        "page": page_of(
            rows, cursor=request.GET.get("at"), time="first_seen_at" if is_people else "created_at"
        ),
        "sees": {kind: may(request.staff, f"{kind}:read") for kind in ("orders", "customers")},
    }
    return render(request, "results/side.html", context)


@staff_page("results:read")
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: StaffRequest) -> HttpResponseBase:
    """Show and change when an order counts for a message."""
    if request.method == "POST":
        if not may(request.staff, "settings:write"):
            raise Forbidden("Your role does not include changing settings.")
        form = WindowForm(request.POST, store=request.store)
        if form.is_valid():
            change_window(store=request.store, window=form.window())
            notes.success(request, "Saved. All numbers are being counted again by these rules.")
            return redirect(reverse("results:index", args=[request.store.slug]))
    else:
        form = WindowForm(store=request.store)
    context = {"form": form, "may_change": may(request.staff, "settings:write")}
    return render(request, "results/rules.html", context, status=422 if form.errors else 200)
