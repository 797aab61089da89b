"""Reactions to what happens in conversations: who has to learn of it."""

import uuid
from collections.abc import Sequence

from shopbell.accounts.models import Store, User
from shopbell.accounts.queries import store_by_id
from shopbell.alerts.actions import follow, raise_alerts
from shopbell.alerts.models import Follower
from shopbell.conversations.events import (
    ConversationAssigned,
    CustomerWrote,
    NoteAdded,
    ReplySent,
)
from shopbell.conversations.models import Conversation, Entry, TeamMember
from shopbell.conversations.queries import people_to_assign
from shopbell.events.registry import Fact, Recorded, on


@on(CustomerWrote)
def tell_that_a_customer_wrote(batch: Sequence[Recorded[CustomerWrote]]) -> None:
    """Tell who has the conversation and who follows it; if nobody has it, who could take it."""
    for each in batch:
        if each.fact.nature:
            continue
        found = _Matter.of(each, each.fact.conversation_id, each.fact.entry_id)
        if found is None:
            continue
        owner = found.row.owner_id
        said = f"{found.customer}: {found.words}"
        if owner is not None:
            found.tell("mine", [owner], said)
        elif found.row.message_count == 1:
            found.tell("new", _who_could_take(found.row), said)
        found.tell("followed", found.followers() - {owner}, said)


@on(ConversationAssigned)
def tell_new_owner(batch: Sequence[Recorded[ConversationAssigned]]) -> None:
    """Tell somebody that a conversation is theirs now, unless they took it themselves."""
    for each in batch:
        owner = each.fact.owner_id
        found = _Matter.of(each, each.fact.conversation_id)
        if found and owner is not None and owner not in (each.fact.by_id, None):
            found.tell("assigned", [owner], f"{found.customer}: {found.row.subject}")


@on(NoteAdded)
def tell_who_is_mentioned(batch: Sequence[Recorded[NoteAdded]]) -> None:
    """Tell who is named in a note, who then follows; and the other followers."""
    for each in batch:
        found = _Matter.of(each, each.fact.conversation_id, each.fact.entry_id)
        if found is None:
            continue
        said = f"{found.author}: {found.words}"
        named = set(each.fact.mentioned) - {found.author_id}
        for user in User.objects.filter(pk__in=named):
            follow(conversation=found.row, user=user)
        found.tell("mentioned", named, said)
        found.tell("followed", found.followers() - named - {found.author_id}, said)


@on(ReplySent)
def tell_followers_of_replies(batch: Sequence[Recorded[ReplySent]]) -> None:
    """Tell followers that somebody answered."""
    for each in batch:
        found = _Matter.of(each, each.fact.conversation_id, each.fact.entry_id)
        if found is not None:
            others = found.followers() - {found.author_id}
            found.tell("followed", others, f"{found.author}: {found.words}")


class _Matter:
    """What one event is about."""

    def __init__(self, store: Store, event_id: int, row: Conversation, entry: Entry | None) -> None:
        self.store, self.event_id, self.row = store, event_id, row
        author = entry.author if entry else None
        self.author_id = author.pk if author else None
        self.author = str(author) if author else "Shopbell"
        self.words = (entry.text or entry.subject) if entry else ""
        self.customer = str(row.customer) if row.customer else "A visitor"

    @classmethod
    def of(
        cls, each: Recorded[Fact], conversation: uuid.UUID, entry: uuid.UUID | None = None
    ) -> "_Matter | None":
        """Look it up; None when it is no longer there (merged away, an answer taken back)."""
        rows = Conversation.objects.select_related("customer")
        row = rows.filter(pk=conversation, merged_into=None).first()
        if row is None:
            return None
        written = None
        if entry is not None:
            written = Entry.objects.select_related("author").filter(pk=entry).first()
            if written is None:
                return None
        return cls(store_by_id(each.store_id), each.id, row, written)

    def followers(self) -> set[int | None]:
        """Return the users who follow."""
        rows = Follower.objects.filter(conversation=self.row)
        return set(rows.values_list("user_id", flat=True))

    def tell(self, kind: str, users: "set[int | None] | set[int] | list[int]", said: str) -> None:
        """Raise alerts."""
        told = [user for user in users if user is not None]
        if told:
            raise_alerts(
                store=self.store, kind=kind, users=told, conversation=self.row, said=said,
                event_id=self.event_id,
            )  # fmt: skip


def _who_could_take(row: Conversation) -> list[int]:
    if row.team_id is not None:
        members = TeamMember.objects.filter(team_id=row.team_id)
        return list(members.values_list("user_id", flat=True))
    return [user.pk for user in people_to_assign()]
