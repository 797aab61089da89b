"""Public comments: answered once in private, hidden and shown again."""

import uuid

from ninja import Status

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.operations.conversations import named, staff_named
from shopbell.api.schemas.conversations import EntryOut, HideIn, PrivateReplyIn, entry_out
from shopbell.conversations.actions import Reply, ask_to_hide, reply_in_private
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
