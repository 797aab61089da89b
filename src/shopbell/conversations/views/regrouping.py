"""Putting conversations together and taking them apart again, and linking them."""

import uuid

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations import forms
from shopbell.conversations.actions import (
    link_conversations,
    merge_conversations,
    move_thread,
    split_conversation,
    undo_regrouping,
    unlink_conversations,
)
from shopbell.conversations.models import Conversation, Thread
from shopbell.conversations.queries import conversation_by_number, regrouping
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import NotFound


@staff_page("conversations:manage")
@require_POST
def merge(request: StaffRequest, number: int) -> HttpResponseBase:
    """Put it into another conversation of the same customer."""
    into = forms.checked(forms.MergeForm(request.POST)).cleaned_data["into"]
    kept = merge_conversations(
        conversation=conversation_by_number(number),
        into=conversation_by_number(into),
        by=request.user,
    )
    said = f"#{number} was merged into #{kept.number}."
    return done(request, kept.number, said, events={"desk:open": {"number": kept.number}})


@staff_page("conversations:manage")
@require_POST
def split(request: StaffRequest, number: int) -> HttpResponseBase:
    """Make one of its threads a conversation of its own."""
    return _split(request, conversation_by_number(number))


def _split(request: StaffRequest, row: Conversation) -> HttpResponseBase:
    fresh = split_conversation(thread=_thread(request, row), by=request.user)
    return done(request, row.number, f"Split off as #{fresh.number}.")


@staff_page("conversations:manage")
@require_POST
def move(request: StaffRequest, number: int) -> HttpResponseBase:
    """Move one of its threads into another conversation, or (none is named) make it its own."""
    row = conversation_by_number(number)
    if not request.POST.get("into"):
        return _split(request, row)
    into = forms.checked(forms.MergeForm(request.POST)).cleaned_data["into"]
    there = move_thread(
        thread=_thread(request, row), into=conversation_by_number(into), by=request.user
    )
    return done(request, row.number, f"The thread is in #{there.number} now.")


def _thread(request: StaffRequest, row: Conversation) -> Thread:
    try:
        key = uuid.UUID(request.POST.get("thread", ""))
    except ValueError:
        raise NotFound("There is no such thread.") from None
    thread = row.threads.select_related("conversation").filter(pk=key).first()
    if thread is None:
        raise NotFound("There is no such thread.")
    return thread


@staff_page("conversations:manage")
@require_POST
def undo(request: StaffRequest, number: int, key: uuid.UUID) -> HttpResponseBase:
    """Undo a merge, a split or a moved thread."""
    back = undo_regrouping(regrouping=regrouping(key), by=request.user)
    here = conversation_by_number(number)
    said = f"Undone. What came from #{back.number} is there again."
    return done(request, here.number, said)


@staff_page("conversations:write")
@require_POST
def link(request: StaffRequest, number: int) -> HttpResponseBase:
    """Let it and another conversation name each other."""
    to = forms.checked(forms.MergeForm(request.POST)).cleaned_data["into"]
    row, other = conversation_by_number(number), conversation_by_number(to)
    link_conversations(one=row, other=other, by=request.user)
    return done(request, row.number, f"Linked with #{other.number}.")


@staff_page("conversations:write")
@require_POST
def unlink(request: StaffRequest, number: int) -> HttpResponseBase:
    """Take a link away."""
    to = forms.checked(forms.MergeForm(request.POST)).cleaned_data["into"]
    row = conversation_by_number(number)
    unlink_conversations(one=row, number=to, by=request.user)
    return done(request, row.number)
