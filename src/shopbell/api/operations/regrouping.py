"""Merging, splitting, moving threads, undoing that, and linking."""

import uuid

from ninja import Status

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.operations.conversations import named, plain, staff_named
from shopbell.api.schemas.conversations import ConversationOut
from shopbell.api.schemas.regrouping import (
    LinkIn,
    MergeIn,
    MoveIn,
    RegroupingOut,
    ThreadOut,
    WhoIn,
    regrouping_out,
    thread_out,
)
from shopbell.conversations.actions import (
    link_conversations,
    merge_conversations,
    move_thread,
    split_conversation,
    undo_regrouping,
    unlink_conversations,
)
from shopbell.conversations.queries import regrouping, regroupings_of, threads_of
from shopbell.kit.errors import NotFound

_TAG = "Conversations"
_ADDRESS = "/conversations/{ref}"
_READ, _MANAGE = "conversations:read", "conversations:manage"


@endpoint("GET", f"{_ADDRESS}/threads", scope=_READ, answers={200: list[ThreadOut]}, tag=_TAG)
def list_threads(request: ApiRequest, ref: str) -> list[ThreadOut]:
    """List the lines to the customer in a conversation."""
    return [thread_out(row) for row in threads_of(named(ref))]


@endpoint("POST", f"{_ADDRESS}/merge", scope=_MANAGE, answers={200: ConversationOut}, tag=_TAG)
def post_merge(request: ApiRequest, ref: str, body: MergeIn) -> ConversationOut:
    """Put a conversation into another one of the same customer; returns the survivor."""
    by = staff_named(body.author)
    kept = merge_conversations(conversation=named(ref), into=named(str(body.into)), by=by)
    return plain(kept)


@endpoint("POST", f"{_ADDRESS}/move", scope=_MANAGE, answers={200: ConversationOut}, tag=_TAG)
def post_move(request: ApiRequest, ref: str, body: MoveIn) -> ConversationOut:
    """Move a thread into another conversation, or (without `into`) into one of its own.

    Returns the conversation in which the thread is now.
    """
    thread = named(ref).threads.select_related("conversation").filter(pk=body.thread).first()
    if thread is None:
        raise NotFound("There is no such thread.", remedy="GET the threads of it.")
    by = staff_named(body.author)
    if body.into is None:
        return plain(split_conversation(thread=thread, by=by))
    return plain(move_thread(thread=thread, into=named(str(body.into)), by=by))


@endpoint(
    "GET", f"{_ADDRESS}/regroupings", scope=_READ, answers={200: list[RegroupingOut]}, tag=_TAG
)
def list_regroupings(request: ApiRequest, ref: str) -> list[RegroupingOut]:
    """List the merges, splits and moved threads of a conversation, newest first."""
    return [regrouping_out(row) for row in regroupings_of(named(ref))]


@endpoint(
    "POST", "/regroupings/{key}/undo", scope=_MANAGE, answers={200: ConversationOut}, tag=_TAG
)
def post_regrouping_undo(request: ApiRequest, key: uuid.UUID, body: WhoIn) -> ConversationOut:
    """Undo a merge, a split or a moved thread; returns where the threads are again.

    What was said since stays in its thread. 409 says what stands in the way.
    """
    return plain(undo_regrouping(regrouping=regrouping(key), by=staff_named(body.author)))


@endpoint(
    "POST",
    f"{_ADDRESS}/links",
    scope="conversations:write",
    answers={201: ConversationOut},
    tag=_TAG,
)
def post_link(request: ApiRequest, ref: str, body: LinkIn) -> Status[ConversationOut]:
    """Link a conversation with another one, also of another customer; twice is once."""
    row, by = named(ref), staff_named(body.author)
    link_conversations(one=row, other=named(str(body.to)), by=by)
    return Status(201, plain(row))


@endpoint(
    "DELETE",
    f"{_ADDRESS}/links/{{number}}",
    scope="conversations:write",
    answers={200: ConversationOut},
    tag=_TAG,
)
def delete_link(request: ApiRequest, ref: str, number: str) -> ConversationOut:
    """Take a link away on both sides."""
    row = named(ref)
    if not (number.isascii() and number.isdigit() and int(number) in row.linked):
        raise NotFound("There is no such link.")
    unlink_conversations(one=row, number=int(number), by=None)
    return plain(row)
