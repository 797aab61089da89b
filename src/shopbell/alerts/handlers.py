"""Reactions to what happens in conversations: who has to learn of it.

Each batch is read together and told together: a few statements, however many events it has.
"""

import uuid
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from shopbell.accounts.models import User
from shopbell.accounts.queries import store_by_id
from shopbell.alerts.actions import News, follow, raise_alerts
from shopbell.alerts.queries import followers_of
from shopbell.conversations.events import (
    ConversationAssigned,
    CustomerWrote,
    NoteAdded,
    ReplySent,
)
from shopbell.conversations.models import Conversation, Entry, TeamMember
from shopbell.conversations.queries import people_to_assign
from shopbell.events.registry import Recorded, on


@on(CustomerWrote)
def tell_that_a_customer_wrote(batch: Sequence[Recorded[CustomerWrote]]) -> None:
    """Tell who has the conversation and who follows it; if nobody has it, who could take it."""
    matters = _Matters([each for each in batch if not each.fact.nature])
    for found in matters:
        owner = found.row.owner_id
        said = f"{found.customer}: {found.words}"
        if owner is not None:
            found.tell("mine", [owner], said)
        elif found.row.message_count == 1:
            found.tell("new", matters.who_could_take(found.row), said)
        found.tell("followed", found.followers - {owner}, said)
    matters.raise_alerts()


@on(ConversationAssigned)
def tell_new_owner(batch: Sequence[Recorded[ConversationAssigned]]) -> None:
    """Tell somebody that a conversation is theirs now, unless they took it themselves."""
    matters = _Matters(
        [each for each in batch if each.fact.owner_id not in (each.fact.by_id, None)]
    )
    for found in matters:
        found.tell("assigned", [found.fact.owner_id], f"{found.customer}: {found.row.subject}")
    matters.raise_alerts()


@on(NoteAdded)
def tell_who_is_mentioned(batch: Sequence[Recorded[NoteAdded]]) -> None:
    """Tell who is named in a note, who then follows; and the other followers."""
    matters = _Matters(batch)
    for found in matters:
        said = f"{found.author}: {found.words}"
        named = set(found.fact.mentioned) - {found.author_id}
        for user in User.objects.filter(pk__in=named) if named else ():
            follow(conversation=found.row, user=user)
            found.followers.add(user.pk)
        found.tell("mentioned", named, said)
        found.tell("followed", found.followers - named - {found.author_id}, said)
    matters.raise_alerts()


@on(ReplySent)
def tell_followers_of_replies(batch: Sequence[Recorded[ReplySent]]) -> None:
    """Tell followers that somebody answered."""
    matters = _Matters(batch)
    for found in matters:
        found.tell(
            "followed", found.followers - {found.author_id}, f"{found.author}: {found.words}"
        )
    matters.raise_alerts()


class _Matter:
    """What one event is about."""

    def __init__(
        self, each: Recorded[Any], row: Conversation, entry: Entry | None, followers: set[int]
    ) -> None:
        self.fact, self._event_id, self.row, self.followers = each.fact, each.id, row, followers
        author = entry.author if entry else None
        self.author_id = author.pk if author else None
        self.author = str(author) if author else "Shopbell"
        self.words = (entry.text or entry.subject) if entry else ""
        self.customer = str(row.customer) if row.customer else "A visitor"
        self.news: list[News] = []

    def tell(self, kind: str, users: Iterable[int | None], said: str) -> None:
        """Note who is to be told."""
        told = frozenset(user for user in users if user is not None)
        self.news.append(News(kind, told, self.row.pk, said, self._event_id))


class _Matters(list[_Matter]):
    """What the events of a batch are about, in their order.

    Left out is what is no longer there: a conversation that was merged away, an answer taken back.
    """

    def __init__(self, batch: Sequence[Recorded[Any]]) -> None:
        self._store_id = batch[0].store_id if batch else 0
        rows = _conversations({each.fact.conversation_id for each in batch})
        entries = _entries({key for each in batch if (key := _entry_of(each)) is not None})
        followers = followers_of(rows) if rows else {}
        for each in batch:
            row, key = rows.get(each.fact.conversation_id), _entry_of(each)
            if row is not None and (key is None or key in entries):
                entry = entries[key] if key is not None else None
                self.append(_Matter(each, row, entry, followers[row.pk]))

    def raise_alerts(self) -> None:
        """Tell what was noted."""
        news = [news for found in self for news in found.news if news.users]
        if news:
            raise_alerts(store=store_by_id(self._store_id), news=news)

    def who_could_take(self, row: Conversation) -> Iterable[int]:
        """Return the members of its team; without a team, everybody who answers."""
        if row.team_id is None:
            return self._everybody
        return self._members.get(row.team_id, ())

    @cached_property
    def _everybody(self) -> list[int]:
        return [user.pk for user in people_to_assign()]

    @cached_property
    def _members(self) -> dict[uuid.UUID, list[int]]:
        found: dict[uuid.UUID, list[int]] = {}
        teams = {matter.row.team_id for matter in self if matter.row.team_id}
        rows = TeamMember.objects.filter(team_id__in=teams)
        for team, user in rows.values_list("team_id", "user_id"):
            found.setdefault(team, []).append(user)
        return found


def _entry_of(each: Recorded[Any]) -> uuid.UUID | None:
    key: uuid.UUID | None = getattr(each.fact, "entry_id", None)
    return key


def _conversations(keys: set[uuid.UUID]) -> dict[uuid.UUID, Conversation]:
    if not keys:
        return {}
    people = (f"customer__{name}" for name in ("first_name", "last_name", "email", "phone"))
    rows = Conversation.objects.select_related("customer").filter(pk__in=keys, merged_into=None)
    shown = rows.only("store", "subject", "owner", "team", "message_count", *people)
    return {row.pk: row for row in shown}


def _entries(keys: set[uuid.UUID]) -> dict[uuid.UUID, Entry]:
    if not keys:
        return {}
    rows = Entry.objects.select_related("author").filter(pk__in=keys)
    return {row.pk: row for row in rows.only("store", "text", "subject", "author")}
