"""Mails that colleagues have forwarded: taken over as the customer's, or left."""

import uuid

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.operations.conversations import named, plain, staff_named
from shopbell.api.schemas.conversations import ConversationOut, LeaveIn, TakeOverIn
from shopbell.conversations.actions import leave_forward, take_over_forward
from shopbell.conversations.models import Entry
from shopbell.kit.errors import NotFound

_TAG = "Conversations"
_ADDRESS = "/conversations/{ref}/forwarded/{entry}"


@endpoint(
    "POST",
    f"{_ADDRESS}/take",
    scope="conversations:write",
    answers={200: ConversationOut},
    tag=_TAG,
)
def post_take_over(
    request: ApiRequest, ref: str, entry: uuid.UUID, body: TakeOverIn
) -> ConversationOut:
    """Make a forwarded mail its first writer's; returns the conversation it is in then."""
    made = take_over_forward(
        store=store_by_id(request.auth.store_id),
        entry=_entry(ref, entry),
        by=staff_named(body.author),
        address=body.address,
    )
    return plain(made)


@endpoint(
    "POST",
    f"{_ADDRESS}/leave",
    scope="conversations:write",
    answers={200: ConversationOut},
    tag=_TAG,
)
def post_leave(request: ApiRequest, ref: str, entry: uuid.UUID, body: LeaveIn) -> ConversationOut:
    """Let a forwarded mail stay its sender's; it is not offered any more."""
    leave_forward(entry=_entry(ref, entry))
    return plain(named(ref))


def _entry(ref: str, key: uuid.UUID) -> Entry:
    found = named(ref).entries.filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such entry in this conversation.")
    return found
