"""Writing: replies, notes, drafts, and who is here."""

import uuid
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
    snooze,
    undo_reply,
)
from shopbell.conversations.forms import ComposerForm, checked, snooze_end
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


_SAID = {"resolved": "Sent and resolved.", "snooze": "Sent and snoozed."}


def _send(request: StaffRequest, row: Conversation, values: dict[str, Any]) -> Entry:
    then = str(values["then"])
    snoozing = then.startswith("snooze-")
    entry = send_reply(
        store=request.store,
        conversation=row,
        author=request.user,
        reply=Reply(
            text=str(values["text"]),
            client_id=uuid.UUID(str(values["client_id"])),
            thread=_thread(row, values["thread"]),
            seen=uuid.UUID(str(values["seen"])) if values["seen"] else None,
            then=Status.OPEN if snoozing else then,
            files=tuple(values["file_ids"]),
            cc=tuple(addresses_in(values["cc"])),
            bcc=tuple(addresses_in(values["bcc"])),
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
    cc, bcc = list(written.copies), list(written.blind_copies)
    text = undo_reply(entry=written, by=request.user)
    save_draft(conversation=row, user=request.user, text=text, cc=cc, bcc=bcc)
    back = {"number": row.number, "text": text, "cc": ", ".join(cc), "bcc": ", ".join(bcc)}
    back["files"] = waiting_list(request, row)
    return done(request, row.number, "Taken back.", events={"desk:undone": back})


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
