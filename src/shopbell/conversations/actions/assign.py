"""Who has it, how urgent it is, which tags it carries."""

from collections.abc import Sequence

from django.db import transaction

from shopbell.accounts.models import Staff, User
from shopbell.accounts.queries import store_by_id
from shopbell.conversations.actions.owning import refuse_unless_owner
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.events import ConversationAssigned, ConversationMarked
from shopbell.conversations.models import Conversation, Priority, Team
from shopbell.events.actions import emit
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line


@transaction.atomic
def assign(
    *,
    conversation: Conversation,
    by: User | None,
    owner: User | None = None,
    team: Team | None = None,
    reason: str = "",
) -> Conversation:
    """Give a conversation to a person and a team (both None: to nobody).

    `reason` is written beside it when nobody decided it, such as "fewest conversations".

    Raises:
        Invalid: the person does not work in this store.
        Conflict: somebody else has it, and only the owner answers here.
    """
    if owner is not None and not Staff.objects.filter(user=owner).exists():
        raise Invalid("This person does not work in this store.", fields={"owner": "unknown"})
    row = locked(conversation)
    if (row.owner_id, row.team_id) == (owner and owner.pk, team and team.pk):
        return row
    if row.owner_id != (owner and owner.pk):
        refuse_unless_owner(store=store_by_id(row.store_id), conversation=row, by=by)
    said = _said(row, owner, team, by, brief=bool(reason))
    row.owner, row.team = owner, team
    row.save(update_fields=["owner", "team"])
    log_activity(row, f"{said}: {reason}" if reason else said, by=by)
    emit(
        ConversationAssigned(
            conversation_id=row.pk,
            owner_id=owner.pk if owner else None,
            team_id=team.pk if team else None,
            by_id=by.pk if by else None,
            reason=reason,
        )
    )
    tell_pages(row)
    return row


def _said(
    row: Conversation, owner: User | None, team: Team | None, by: User | None, *, brief: bool
) -> str:
    has_owner, has_team = owner and owner.pk, team and team.pk
    parts = []
    if row.team_id != has_team:
        parts.append(f"Given to the team {team}" if team else "Taken from the team")
    if row.owner_id != has_owner:
        if owner is None:
            parts.append("Given back" if brief else "Given back: nobody has it")
        elif by is not None and owner.pk == by.pk:
            parts.append("Taken")
        else:
            parts.append(f"Given to {owner}")
    return ". ".join(parts)


@transaction.atomic
def set_priority(*, conversation: Conversation, priority: int, by: User | None) -> Conversation:
    """Say how soon it wants to be answered."""
    row = locked(conversation)
    wanted = Priority(priority)
    if row.priority != wanted:
        row.priority = wanted
        row.save(update_fields=["priority"])
        log_activity(row, f"Priority: {wanted.label.lower()}", by=by)
        emit(ConversationMarked(conversation_id=row.pk))
        tell_pages(row)
    return row


@transaction.atomic
def set_tags(*, conversation: Conversation, tags: Sequence[str], by: User | None) -> Conversation:
    """Replace the tags; they are kept in lower case, without repeats, at most 20."""
    row = locked(conversation)
    wanted = sorted({one_line(tag, 60).lower() for tag in tags if tag.strip()})
    if len(wanted) > 20:
        raise Invalid("A conversation takes 20 tags at most.", fields={"tags": "too many"})
    if wanted != row.tags:
        added, gone = set(wanted) - set(row.tags), set(row.tags) - set(wanted)
        row.tags = wanted
        row.save(update_fields=["tags"])
        said = [f"Tag {tag} added" for tag in sorted(added)]
        said += [f"Tag {tag} removed" for tag in sorted(gone)]
        log_activity(row, ", ".join(said), by=by)
        emit(ConversationMarked(conversation_id=row.pk))
        tell_pages(row)
    return row
