"""Writing: replies, notes, drafts, and who is here."""

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import (
    Reply,
    add_note,
    mark_seen,
    note_saved_use,
    save_draft,
    send_reply,
    send_scheduled,
    snooze,
    take_over_draft,
    take_scheduled_back,
    undo_reply,
)
from shopbell.conversations.card import card_zone
from shopbell.conversations.forms import ComposerForm, checked, options_in, snooze_end
from shopbell.conversations.later import time_of
from shopbell.conversations.models import Conversation, Entry, Status, Thread
from shopbell.conversations.queries import conversation_by_number, others_here
from shopbell.conversations.recipients import addresses_in
from shopbell.conversations.saved import refuse_gaps
from shopbell.conversations.views.answers import done
from shopbell.conversations.views.uploads import waiting_list
from shopbell.kit.errors import NotFound


@staff_page("conversations:write")
@require_POST
def reply(request: StaffRequest, number: int) -> HttpResponseBase:
    """Send an answer, or add a note."""
    row = conversation_by_number(number)
    values = checked(ComposerForm(request.POST)).cleaned_data
    if values["mode"] == "note":
        add_note(
            conversation=row,
            author=request.user,
            text=values["text"],
            client_id=values["client_id"],
            files=tuple(values["file_ids"]),
        )
        save_draft(conversation=row, user=request.user, text="")
        return done(request, row.number, events={"desk:sent": {"number": row.number}})
    refuse_gaps(values["text"])
    entry = _send(request, row, values)
    note_saved_use(
        store=request.store,
        conversation=row,
        agent=request.user,
        text=values["text"],
        saved_ids=values["saved"],
        then=values["then"],
    )
    undo = ""
    if entry.outgoing is not None and entry.outgoing.state == "queued":
        undo = reverse("inbox:undo", args=[request.store.slug, row.number, entry.pk])
    said = _SAID.get(values["then"].partition("-")[0], "")
    return done(request, row.number, said, undo=undo, events={"desk:sent": {"number": row.number}})


def _later(request: StaffRequest, row: Conversation, values: dict[str, Any]) -> datetime:
    choice = str(values["then"]).removeprefix("later-")
    theirs = card_zone(row, request.store)
    return time_of(choice, request.store.timezone, theirs=theirs, typed=values["at"])


_SAID = {"later": "Scheduled.", "resolved": "Sent and resolved.", "snooze": "Sent and snoozed."}


def _send(request: StaffRequest, row: Conversation, values: dict[str, Any]) -> Entry:
    then = str(values["then"])
    snoozing, later = then.startswith("snooze-"), then.startswith("later-")
    entry = send_reply(
        store=request.store,
        conversation=row,
        author=request.user,
        reply=Reply(
            text=str(values["text"]),
            client_id=uuid.UUID(str(values["client_id"])),
            thread=_thread(row, values["thread"]),
            seen=uuid.UUID(str(values["seen"])) if values["seen"] else None,
            then=Status.OPEN if snoozing else "" if later else then,
            at=_later(request, row, values) if later else None,
            files=tuple(values["file_ids"]),
            cc=tuple(addresses_in(values["cc"])),
            bcc=tuple(addresses_in(values["bcc"])),
            options=options_in(request.POST.getlist("option")),
        ),
    )
    if snoozing:
        until = snooze_end(then.removeprefix("snooze-"), request.store.timezone)
        snooze(conversation=row, until=until, by=request.user)
    return entry


def _thread(row: Conversation, key: Any) -> Thread | None:
    return row.threads.filter(pk=key).first() if key else None


@staff_page("conversations:write")
@require_POST
def undo(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponseBase:
    """Take back an answer that has not left; its text goes back into the composer."""
    row = conversation_by_number(number)
    found = row.entries.select_related("conversation", "thread", "outgoing").filter(pk=entry)
    written = found.first()
    if written is None:
        raise NotFound("There is no such answer.", remedy="It may have been taken back already.")
    undo_reply(entry=written, by=request.user)
    return _into_composer(request, row, written)


@staff_page("conversations:write")
@require_POST
def send_now(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponseBase:
    """Send a scheduled answer now."""
    row = conversation_by_number(number)
    if not row.entries.filter(pk=entry).exists():
        raise NotFound("This answer is not waiting any more.")
    sent = send_scheduled(store=request.store, entry_id=entry, now=True)
    return done(request, row.number, "Sent." if sent else "It was sent already.")


@staff_page("conversations:write")
@require_POST
def take_back(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponseBase:
    """Take a scheduled answer back into the composer, to change it or to leave it."""
    row = conversation_by_number(number)
    if not row.entries.filter(pk=entry).exists():
        raise NotFound("This answer is not waiting any more.")
    written = take_scheduled_back(entry_id=entry, by=request.user)
    return _into_composer(request, row, written)


def _into_composer(request: StaffRequest, row: Conversation, written: Entry) -> HttpResponseBase:
    cc, bcc = list(written.copies), list(written.blind_copies)
    save_draft(conversation=row, user=request.user, text=written.text, cc=cc, bcc=bcc)
    back: dict[str, Any] = {"number": row.number, "text": written.text}
    back |= {"cc": ", ".join(cc), "bcc": ", ".join(bcc), "files": waiting_list(request, row)}
    return done(request, row.number, "Taken back.", events={"desk:undone": back})


@staff_page("conversations:write")
@require_POST
def take_over(request: StaffRequest, number: int, key: uuid.UUID) -> HttpResponseBase:
    """Take over what a colleague has begun to write."""
    row = conversation_by_number(number)
    found = row.drafts.select_related("user").filter(pk=key).exclude(user=request.user).first()
    if found is None:
        raise NotFound("This draft is gone.", remedy="It was sent or thrown away meanwhile.")
    mine = take_over_draft(draft=found, by=request.user)
    told: dict[str, Any] = {"number": row.number, "text": mine.text, "note": mine.is_note}
    told |= {"cc": ", ".join(mine.cc), "bcc": ", ".join(mine.bcc)}
    told["files"] = waiting_list(request, row)
    return done(request, row.number, "It is yours now.", events={"desk:taken": told})


@staff_page("conversations:write")
@require_POST
def draft(request: StaffRequest, number: int) -> HttpResponse:
    """Keep what is being written."""
    save_draft(
        conversation=conversation_by_number(number),
        user=request.user,
        text=request.POST.get("text", ""),
        is_note=request.POST.get("mode") == "note",
        cc=request.POST.get("cc", "").split(","),
        bcc=request.POST.get("bcc", "").split(","),
    )
    return HttpResponse(status=204)


@staff_page("conversations:read")
@require_http_methods(["GET", "POST"])
def here(request: StaffRequest, number: int) -> HttpResponse:
    """Say who else is here; a POST says that the visitor is, and perhaps types."""
    row = conversation_by_number(number)
    if request.method == "POST":
        typing = bool(request.POST.get("typing")) and may(request.staff, "conversations:write")
        mark_seen(conversation=row, user=request.user, typing=typing)
    context = {"case": row, "others": others_here(row, request.user)}
    return render(request, "conversations/presence.html", context)
