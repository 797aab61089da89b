"""Writes of alerts: raising, dismissing, following, choosing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection as database
from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.alerts.kinds import ByMail
from shopbell.alerts.models import Alert, Choice, Device, Follower
from shopbell.alerts.queries import Wish, wishes_for
from shopbell.conversations.models import Conversation
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.db.bulk import json_rows
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.ids import uuid7
from shopbell.kit.rounds import apart
from shopbell.kit.text import one_line
from shopbell.web.live import announce

MAIL_AFTER = timedelta(minutes=2)  # who has read it by then needs no mail
PUSH_AFTER = timedelta(seconds=5)  # who has it open needs no push
DIGEST_AT = time(7, 30)  # in the store's zone
_READ = 4000  # characters of a text that may become its one line

# Rows are locked in one order, so that two workers never wait crosswise.
_RAISE = """
INSERT INTO alerts_alert AS a (id, store_id, user_id, conversation_id, kind, said, count, event_id,
                               at, on_page, push_due_at, mail_due_at)
SELECT g.id, %s, g.user_id, g.conversation_id, g.kind, g.said, 1, g.event_id,
       clock_timestamp(), g.on_page, g.push_due_at, g.mail_due_at
FROM json_to_recordset(%s) AS g(id uuid, user_id bigint, conversation_id uuid, kind text, said text,
    event_id bigint, on_page boolean, push_due_at timestamptz, mail_due_at timestamptz)
ORDER BY g.user_id, g.conversation_id, g.kind
ON CONFLICT (store_id, user_id, conversation_id, kind) DO UPDATE
SET said = EXCLUDED.said, event_id = EXCLUDED.event_id, at = EXCLUDED.at,
    on_page = EXCLUDED.on_page, push_due_at = EXCLUDED.push_due_at,
    mail_due_at = coalesce(a.mail_due_at, EXCLUDED.mail_due_at),
    count = CASE WHEN a.dismissed_at >= a.at THEN 1 ELSE a.count + 1 END
WHERE a.event_id < EXCLUDED.event_id
"""


@dataclass(frozen=True, slots=True)
class News:
    """One event that people are told of."""

    kind: str
    users: frozenset[int]
    conversation_id: uuid.UUID
    said: str
    event_id: int


@transaction.atomic
def raise_alerts(*, store: Store, news: Sequence[News]) -> None:
    """Tell people of events in their order, each as they wish; the same event twice is told once.

    Needs a few statements, however many events there are.
    """
    told = {user for each in news for user in each.users}
    if not told:
        return
    wishes = wishes_for({each.kind for each in news}, told)
    rows = []
    for each in news:
        said = one_line(each.said[:_READ], 300)
        for user in sorted(each.users):
            wish = wishes[each.kind, user]
            if wish.page or wish.push or wish.mail != ByMail.NEVER:
                rows.append(_row(each, user, said, wish, store))
    with database.cursor() as cursor:
        # One statement cannot renew an alert twice, so the second news of it is another's.
        for several in apart(rows, itemgetter("user_id", "conversation_id", "kind")):
            cursor.execute(_RAISE, [current_store_id(), json_rows(several)])
    announce(current_store_id(), "alerts")
    wake("alerts")


def _row(news: News, user: int, said: str, wish: Wish, store: Store) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": uuid7(),
        "user_id": user,
        "conversation_id": news.conversation_id,
        "kind": news.kind,
        "said": said,
        "event_id": news.event_id,
        "on_page": wish.page,
        "push_due_at": now + PUSH_AFTER if wish.push else None,
        "mail_due_at": _mail_at(wish, store, now),
    }


def _mail_at(wish: Wish, store: Store, now: datetime) -> datetime | None:
    if wish.mail == ByMail.NEVER:
        return None
    if wish.mail == ByMail.SOON:
        return now + MAIL_AFTER
    here = now.astimezone(ZoneInfo(store.timezone))
    day = here.date() if here.time() < DIGEST_AT else here.date() + timedelta(days=1)
    return datetime.combine(day, DIGEST_AT, ZoneInfo(store.timezone))


@transaction.atomic
def dismiss_alerts(*, user: User) -> None:
    """Mark all alerts of `user` as read."""
    Alert.objects.filter(user=user).update(
        dismissed_at=clock.now(), push_due_at=None, mail_due_at=None
    )
    announce(current_store_id(), "alerts")


@transaction.atomic
def follow(*, conversation: Conversation, user: User) -> None:
    """Tell `user` from now on what happens in this conversation. Twice is once."""
    Follower.objects.get_or_create(conversation=conversation, user=user)


@transaction.atomic
def unfollow(*, conversation: Conversation, user: User) -> None:
    """Tell `user` no longer."""
    Follower.objects.filter(conversation=conversation, user=user).delete()


@transaction.atomic
def add_device(*, user: User, endpoint: str, key: str, secret: str, name: str) -> None:
    """Push to a browser of `user` from now on; the same address twice is one device."""
    values = {"key": key, "secret": secret, "name": name, "failures": 0}
    Device.objects.update_or_create(user=user, endpoint=endpoint, defaults=values)


@transaction.atomic
def drop_device(*, user: User, key: uuid.UUID) -> None:
    """Push to a browser of `user` no longer."""
    Device.objects.filter(user=user, pk=key).delete()


@transaction.atomic
def choose(*, user: User | None, kind: str, page: bool, push: bool, mail: ByMail) -> None:
    """Keep how `user` (None: whoever has not chosen) wants to learn of one kind of news."""
    values = {"page": page, "push": push, "mail": mail}
    Choice.objects.update_or_create(user=user, kind=kind, defaults=values)
