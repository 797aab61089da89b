"""One thing done with many conversations: begun, looked at, undone."""

import uuid
from typing import Any

from django.db.models import QuerySet
from ninja import Status

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.operations.automations import macro_named
from shopbell.api.operations.conversations import staff_named, team_named, with_zone
from shopbell.api.schemas.bulk import (
    BulkFilter,
    BulkIn,
    BulkOut,
    BulkUndoIn,
    BulkWithLeft,
    bulk_out,
    left_out,
)
from shopbell.conversations.actions import start_bulk, undo_bulk
from shopbell.conversations.bulk.progress import (
    bulk_action,
    left_items,
    progress_of,
    recent_bulk_actions,
)
from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import Filters, matching
from shopbell.conversations.search.asking import ask
from shopbell.kit.errors import Invalid

_TAG = "Conversations"
_READ, _WRITE = "conversations:read", "conversations:write"


@endpoint("GET", "/bulk-actions", scope=_READ, answers={200: list[BulkOut]}, tag=_TAG)
def list_bulk_actions(request: ApiRequest) -> list[BulkOut]:
    """List the last 50 bulk actions, newest first."""
    return [bulk_out(found) for found in recent_bulk_actions()]


@endpoint("POST", "/bulk-actions", scope=_WRITE, answers={201: BulkWithLeft}, tag=_TAG)
def post_bulk_action(request: ApiRequest, body: BulkIn) -> Status[BulkWithLeft]:
    """Do one thing with many conversations, at most 5,000.

    Up to 20 are done when it answers; more go on in the background: look at it until its state is
    finished. What refuses is left with its reason. It can be undone for 15 minutes.
    """
    if bool(body.numbers) == (body.filter is not None):
        raise Invalid("Say which.", fields={"numbers": "either numbers or a filter is needed"})
    action = start_bulk(
        rows=_rows(request, body.numbers, body.filter),
        verb=body.do,
        given=_given(body),
        by=staff_named(body.author),
    )
    return Status(201, _shown(action.pk))


@endpoint("GET", "/bulk-actions/{key}", scope=_READ, answers={200: BulkWithLeft}, tag=_TAG)
def get_bulk_action(request: ApiRequest, key: uuid.UUID) -> BulkWithLeft:
    """Return how far it is, and what was left with the reasons."""
    return _shown(key)


@endpoint("POST", "/bulk-actions/{key}/undo", scope=_WRITE, answers={200: BulkWithLeft}, tag=_TAG)
def post_bulk_undo(request: ApiRequest, key: uuid.UUID, body: BulkUndoIn) -> BulkWithLeft:
    """Undo it, or stop it: put back what is still as it was left. Sent answers stay sent."""
    undo_bulk(action=bulk_action(key), by=staff_named(body.author))
    return _shown(key)


def _shown(key: uuid.UUID) -> BulkWithLeft:
    action = bulk_action(key)
    [found] = progress_of([action])
    left = [left_out(item) for item in left_items(action)]
    return BulkWithLeft(**bulk_out(found).model_dump(), left=left)


def _rows(
    request: ApiRequest, numbers: list[int], wanted: BulkFilter | None
) -> QuerySet[Conversation]:
    if wanted is None:
        return Conversation.objects.filter(number__in=[n for n in numbers if 0 < n < 2**31])
    start = Filters(status=wanted.status or "", tag=wanted.tag.lower())
    zone = store_by_id(request.auth.store_id).timezone
    asked = ask(wanted.q, start=start, viewer=None, zone=zone)
    if asked.troubles:
        raise Invalid("The search was not understood.", fields={"q": " ".join(asked.troubles)})
    return matching(asked.filters)


def _given(body: BulkIn) -> dict[str, Any]:
    if body.do == "owner":
        owner = staff_named(body.owner or "")
        return {"owner": str(owner.pk) if owner else ""}
    if body.do == "team":
        team = team_named(body.team or "")
        return {"team": str(team.pk) if team else ""}
    if body.do == "snooze":
        until = with_zone(body.until, "until")
        return {"until": until.isoformat() if until else ""}
    if body.do == "macro":
        return {"macro": str(macro_named(body.macro).pk)}
    if body.do == "priority":
        return {"priority": "" if body.priority is None else str(body.priority)}
    return {"tag": body.tag} if body.do in ("tag", "untag") else {}
