"""Reads of alerts."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from shopbell.accounts.models import User
from shopbell.alerts.kinds import KINDS, ByMail, Kind
from shopbell.alerts.models import Alert, Choice, Follower
from shopbell.conversations.models import Conversation, Seen

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """How one person learns of one kind of news."""

    kind: Kind
    page: bool
    push: bool
    mail: ByMail


def unread(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """Keep what its reader has neither dismissed nor opened since."""
    opened = Seen.objects.filter(
        conversation=OuterRef("conversation"), user=OuterRef("user"), at__gte=OuterRef("at")
    )
    fresh = Q(dismissed_at__isnull=True) | Q(dismissed_at__lt=F("at"))
    return rows.filter(fresh).filter(~Exists(opened))


def unread_on_page(user: User) -> QuerySet[Alert]:
    """Return what is shown to `user` as unread."""
    return unread(Alert.objects.filter(user=user, on_page=True))


def alerts_of(user: User) -> list[Alert]:
    """Return the newest alerts of `user`, with `is_unread` on each."""
    rows = Alert.objects.filter(user=user, on_page=True).select_related(
        "conversation", "conversation__customer"
    )
    found = list(rows.order_by("-at")[:SHOWN])
    keys = [row.pk for row in found]
    new = set(unread(Alert.objects.filter(pk__in=keys)).values_list("pk", flat=True))
    for row in found:
        row.is_unread = row.pk in new  # type: ignore[attr-defined]
    return found


def is_followed(conversation: Conversation, user: User) -> bool:
    """Return whether `user` follows a conversation."""
    return Follower.objects.filter(conversation=conversation, user=user).exists()


def wishes_of(user: User | None) -> list[Wish]:
    """Return what `user` wants to learn how, kind by kind; None: the defaults of the store."""
    rows = Choice.objects.filter(Q(user=user) | Q(user=None))
    own = {row.kind: row for row in rows if row.user_id is not None}
    shared = {row.kind: row for row in rows if row.user_id is None}
    return [_wish(kind, own.get(kind.key) or shared.get(kind.key)) for kind in KINDS.values()]


def wishes_for(kinds: Collection[str], users: Collection[int]) -> dict[tuple[str, int], Wish]:
    """Return how each of `users` wants to learn of each of `kinds` of news."""
    rows = Choice.objects.filter(Q(user__in=users) | Q(user=None), kind__in=kinds)
    found = {(row.kind, row.user_id): row for row in rows}
    return {
        (kind, user): _wish(KINDS[kind], found.get((kind, user)) or found.get((kind, None)))
        for kind in kinds
        for user in users
    }


def followers_of(conversations: Collection[uuid.UUID]) -> dict[uuid.UUID, set[int]]:
    """Return the users who follow each of the conversations."""
    found: dict[uuid.UUID, set[int]] = {key: set() for key in conversations}
    rows = Follower.objects.filter(conversation_id__in=conversations)
    for key, user in rows.values_list("conversation_id", "user_id"):
        found[key].add(user)
    return found


def _wish(kind: Kind, row: Choice | None) -> Wish:
    if row is None:
        return Wish(kind, kind.page, kind.push, kind.mail)
    return Wish(kind, row.page, row.push, ByMail(row.mail))
