"""Public comments: answered once in private, hidden and shown again; who writes on a platform."""

import uuid

from ninja import Status

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.operations.conversations import named, plain, staff_named
from shopbell.api.schemas.conversations import (
    ConversationOut,
    EntryOut,
    HideIn,
    PrivateReplyIn,
    WhoIn,
    entry_out,
)
from shopbell.conversations.actions import (
    Reply,
    ask_to_hide,
    link_customer,
    reply_in_private,
    unlink_customer,
)
from shopbell.conversations.models import Entry
from shopbell.kit.errors import NotFound

_TAG = "Conversations"
_ADDRESS = "/conversations/{ref}/comments/{entry}"


@endpoint(
    "POST",
    f"{_ADDRESS}/private-reply",
    scope="conversations:write",
    answers={201: EntryOut},
    tag=_TAG,
)
def post_private_reply(
    request: ApiRequest, ref: str, entry: uuid.UUID, body: PrivateReplyIn
) -> Status[EntryOut]:
    """Answer who wrote a public comment, in private; the platform allows it once."""
    made = reply_in_private(
        store=store_by_id(request.auth.store_id),
        entry=_comment(ref, entry),
        author=staff_named(body.author),
        reply=Reply(body.text, client_id=body.client_id),
    )
    return Status(201, entry_out(made))


@endpoint(
    "POST", f"{_ADDRESS}/hide", scope="conversations:write", answers={202: EntryOut}, tag=_TAG
)
def post_hide(request: ApiRequest, ref: str, entry: uuid.UUID, body: HideIn) -> Status[EntryOut]:
    """Have the platform hide a comment, or show it again. It is done a moment later."""
    row = ask_to_hide(entry=_comment(ref, entry), hidden=body.hidden, by=staff_named(body.author))
    return Status(202, entry_out(row))


def _comment(ref: str, key: uuid.UUID) -> Entry:
    rows = named(ref).entries.select_related("conversation", "thread__inbox")
    found = rows.filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such entry in this conversation.")
    return found


@endpoint(
    "POST",
    "/conversations/{ref}/customer",
    scope="conversations:write",
    answers={200: ConversationOut},
    tag=_TAG,
)
def post_customer(request: ApiRequest, ref: str, body: WhoIn) -> ConversationOut:
    """Say which customer of the shop writes on a platform: by proof, or with the reason kept."""
    link_customer(
        conversation=named(ref),
        order_number=body.order_number,
        email=body.email,
        reason=body.reason,
        by=staff_named(body.author),
    )
    return plain(named(ref))


@endpoint(
    "DELETE",
    "/conversations/{ref}/customer/{entry}",
    scope="conversations:write",
    answers={200: ConversationOut},
    tag=_TAG,
)
def delete_customer(request: ApiRequest, ref: str, entry: uuid.UUID) -> ConversationOut:
    """Take a link back; `entry` is the activity that tells of it."""
    unlink_customer(entry=_comment(ref, entry), by=None)
    return plain(named(ref))
