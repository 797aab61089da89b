"""Reading: the list, and one conversation beside it."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.card import card_of, card_zone
from shopbell.conversations.forms import SNOOZES
from shopbell.conversations.history import history_of
from shopbell.conversations.later import offers as times_offered
from shopbell.conversations.listing import choices_of, listing, views_of
from shopbell.conversations.models import Conversation, EntryKind, Priority
from shopbell.conversations.queries import (
    conversation_by_number,
    drafts_of,
    others_here,
    people_to_assign,
    saved_views,
    tags_in_use,
    teams_of_store,
    threads_of,
)
from shopbell.conversations.reach import ways_of, writable
from shopbell.conversations.recipients import offered_copies
from shopbell.conversations.search.asking import offers
from shopbell.conversations.views.uploads import waiting_list
from shopbell.kit import clock
from shopbell.messaging.ports import Medium

LONGEST_THREAD = 2_000


@staff_page("conversations:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show the list; for htmx only what it asked for."""
    opened = request.GET.get("open", "")
    context = _list_context(request) | {"number": int(opened) if opened.isdigit() else 0}
    target = request.headers.get("HX-Target", "")
    if target == "desk-list":
        return render(request, "conversations/list_news.html", context)
    if target == "desk-older":
        return render(request, "conversations/rows.html", context)
    return render(request, "conversations/inbox.html", context)


@staff_page("conversations:read")
@require_safe
def choices(request: StaffRequest) -> HttpResponse:
    """Show what the list can be filtered by; asked for when somebody turns to it."""
    people, tags = people_to_assign(), tags_in_use()
    context = {
        "choices": choices_of(request.GET, people, tags),
        "asks": offers(tags, [str(person) for person in people]),
        "known_tags": tags,
    }
    return render(request, "conversations/choices.html", context)


@staff_page("conversations:read")
@require_safe
def show(request: StaffRequest, number: int) -> HttpResponse:
    """Show one conversation; htmx gets it without the list."""
    row = conversation_by_number(number)
    context = _case_context(request, row)
    if request.headers.get("HX-Target") == "desk-case":
        return render(request, "conversations/case.html", context)
    return render(request, "conversations/inbox.html", _list_context(request) | context)


def _list_context(request: StaffRequest) -> dict[str, Any]:
    saved, zone = saved_views(request.user), request.store.timezone
    return {
        "list": listing(request.GET, request.user, zone=zone, saved=saved),
        "views": views_of(request.GET, request.user, zone=zone, saved=saved),
        "may_manage": may(request.staff, "conversations:manage"),
        "side_panel": "conversations/views.html",
        "may_write": may(request.staff, "conversations:write"),
        "now": clock.now(),
    }


def _case_context(request: StaffRequest, row: Conversation) -> dict[str, Any]:
    people = people_to_assign()
    zone = request.store.timezone
    limit = LONGEST_THREAD if request.GET.get("whole") else 200
    lines = history_of(row, request.user, zone, limit=limit)
    asked = [line for line in lines if line.kind == EntryKind.INCOMING and line.entry]
    every = threads_of(row)
    threads = writable(every)
    last = max(asked, key=lambda line: line.entry.created_at, default=None) if asked else None  # type: ignore[union-attr]
    answered = last.entry.thread_id if last and last.entry else None
    threads.sort(key=lambda thread: thread.pk != answered)
    draft, begun = drafts_of(row, request.user)
    return {
        "case": row,
        "number": row.number,
        "lines": lines,
        "is_cut": len(lines) >= limit,
        "latest": last.entry.pk if last and last.entry else "",
        "threads": threads,
        "every_thread": every,
        "answer": threads[0] if threads else None,
        "ways": ways_of(threads),
        "card": card_of(row, request.store),
        "others": others_here(row, request.user),
        "draft": draft,
        "waiting_files": waiting_list(request, row),
        "by_mail": any(thread.answered_by == Medium.EMAIL for thread in threads),
        "by_text": any(thread.medium == Medium.SMS for thread in threads),
        "offered": offered_copies(threads[0] if threads else None, last.entry if last else None),
        "client_id": uuid.uuid4(),
        "people": people,
        "people_names": [str(person) for person in people],
        "teams": teams_of_store(),
        "snoozes": SNOOZES.items(),
        "later": times_offered(request.store.timezone, card_zone(row, request.store)),
        "begun": begun,
        "priorities": Priority.choices,
        "may_write": may(request.staff, "conversations:write"),
        "may_manage": may(request.staff, "conversations:manage"),
        "may_send": may(request.staff, "messages:write"),
        "now": clock.now(),
    }
