"""Acting on a public comment: the private reply, hiding."""

import uuid

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import Reply, ask_to_hide, reply_in_private
from shopbell.conversations.models import Conversation, Entry
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import NotFound


@staff_page("conversations:write")
@require_POST
def in_private(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponseBase:
    """Answer who wrote it, once and in private."""
    row = conversation_by_number(number)
    reply_in_private(
        store=request.store,
        entry=_entry(row, entry),
        author=request.user,
        reply=Reply(request.POST.get("text", "")[:50_000]),
    )
    return done(request, row.number, "On its way, in private.")


@staff_page("conversations:write")
@require_POST
def hide(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponseBase:
    """Have it hidden, or shown again."""
    row = conversation_by_number(number)
    hidden = request.POST.get("hidden") == "yes"
    ask_to_hide(entry=_entry(row, entry), hidden=hidden, by=request.user)
    return done(request, row.number, "Hiding it." if hidden else "Showing it again.")


def _entry(row: Conversation, key: uuid.UUID) -> Entry:
    found = row.entries.select_related("conversation", "thread__inbox").filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such comment.", remedy="Reload the page.")
    return found
