"""What a conversation was before a bulk action and after it, and putting that back.

Only what is still as the action left it is put back: whoever changed it since knew better.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shopbell.accounts.models import User
from shopbell.conversations.actions.assign import assign, set_priority, set_tags
from shopbell.conversations.actions.status import put_status_back
from shopbell.conversations.models import Conversation, Team
from shopbell.kit.errors import Invalid

type Snapshot = dict[str, Any]
_NAMES = {"status": "status", "owner": "owner", "team": "team", "priority": "priority"}


def snapshot(row: Conversation) -> Snapshot:
    """Return what bulk actions change of a conversation, as plain values."""
    return {
        "status": [row.status, _text(row.snoozed_until), _text(row.resolved_at)],
        "waiting": [_text(row.waiting_since), _text(row.last_message_at)],
        "owner": row.owner_id,
        "team": str(row.team_id) if row.team_id else None,
        "priority": row.priority,
        "tags": list(row.tags),
    }


def difference(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Return only what differs; how long the customer waits goes with the status."""
    changed = [key for key in before if before[key] != after[key] and key != "waiting"]
    if "status" in changed:
        changed.append("waiting")
    return {key: before[key] for key in changed}, {key: after[key] for key in changed}


def put_back(row: Conversation, before: Snapshot, after: Snapshot, by: User | None) -> list[str]:
    """Put back what is still as the action left it; return the names of what is not.

    `row` is locked by the caller.
    """
    now = snapshot(row)
    changed_since = []
    for key, name in _NAMES.items():
        if key not in after:
            continue
        if now[key] != after[key]:
            changed_since.append(name)
        elif key == "status":
            _put_status_back(row, before, after, by)
        elif key == "priority":
            set_priority(conversation=row, priority=before[key], by=by)
    changed_since += _put_owner_back(row, before, after, now, by)
    if "tags" in after and not _put_tags_back(row, before["tags"], after["tags"], by):
        changed_since.append("tags")
    return changed_since


def _put_status_back(
    row: Conversation, before: Mapping[str, Any], after: Mapping[str, Any], by: User | None
) -> None:
    status, snoozed_until, resolved_at = before["status"]
    waiting_since, _ = before["waiting"]
    said_since = _text(row.last_message_at) != after["waiting"][1]
    put_status_back(
        conversation=row,
        status=status,
        snoozed_until=_time(snoozed_until),
        resolved_at=_time(resolved_at),
        waiting_since=row.waiting_since if said_since else _time(waiting_since),
        by=by,
    )


def _put_owner_back(
    row: Conversation, before: Snapshot, after: Snapshot, now: Snapshot, by: User | None
) -> list[str]:
    mine = [key for key in ("owner", "team") if key in after and now[key] == after[key]]
    if not mine:
        return []
    wanted = now | {key: before[key] for key in mine}
    owner = User.objects.filter(pk=wanted["owner"]).first() if wanted["owner"] else None
    team = Team.objects.filter(pk=wanted["team"]).first() if wanted["team"] else None
    try:
        assign(conversation=row, by=by, owner=owner, team=team)
    except Invalid:  # whoever had it works here no more
        return ["owner"]
    return []


def _put_tags_back(row: Conversation, before: list[str], after: list[str], by: User | None) -> bool:
    fresh = Conversation.objects.get(pk=row.pk)
    wanted = (set(fresh.tags) - (set(after) - set(before))) | (set(before) - set(after))
    if wanted == set(fresh.tags):
        return False
    set_tags(conversation=row, tags=sorted(wanted), by=by)
    return True


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
