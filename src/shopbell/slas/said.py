"""Who waits since when, read from the entries of many conversations at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database

from shopbell.kit.db.scope import current_store_id
from shopbell.slas.models import Clock, Target

# The answer that tells the customer of promised news may come after they are noted; whoever calls
# back at once keeps the promise.
SAYING = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Said:
    """When the customer asked and when a person answered. Bounces and automatic ones count not."""

    first_asked: datetime | None
    last_answer: datetime | None
    waiting_since: datetime | None


NOTHING = Said(None, None, None)

_SAID = """
SELECT conversation_id, min(created_at) FILTER (WHERE asked), max(answered),
       min(created_at) FILTER (WHERE asked AND (answered IS NULL OR created_at > answered))
FROM (
    SELECT conversation_id, created_at, kind = 'incoming' AS asked,
           max(created_at) FILTER (WHERE kind = 'reply') OVER (PARTITION BY conversation_id)
               AS answered
    FROM conversations_entry
    WHERE store_id = %s AND conversation_id = ANY(%s) AND nature = ''
        AND kind IN ('incoming', 'reply')
) AS entry GROUP BY conversation_id
"""

_ANSWERS = """
SELECT clock.id, min(entry.created_at)
FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::timestamptz[])
    AS clock(id, conversation_id, since, begun)
JOIN conversations_entry AS entry ON entry.conversation_id = clock.conversation_id
    AND entry.store_id = %s AND entry.kind = 'reply' AND entry.nature = ''
    AND (entry.created_at >= clock.since
        OR (entry.created_at > clock.begun AND jsonb_exists(entry.data, 'call')))
GROUP BY clock.id
"""


def said_in(conversations: Sequence[uuid.UUID]) -> dict[uuid.UUID, Said]:
    """Return who waits since when; conversations in which nobody has said anything are left out."""
    if not conversations:
        return {}
    with database.cursor() as cursor:
        cursor.execute(_SAID, [current_store_id(), list(conversations)])
        return {key: Said(*times) for key, *times in cursor.fetchall()}


def answers_to(clocks: Sequence[Clock]) -> dict[uuid.UUID, datetime]:
    """Return by clock when a person first answered since it began; unanswered ones are left out."""
    if not clocks:
        return {}
    since = [
        each.started_at + (SAYING if each.target == Target.NEWS else timedelta(0))
        for each in clocks
    ]
    ids, of = [each.pk for each in clocks], [each.conversation_id for each in clocks]
    begun = [each.started_at for each in clocks]
    with database.cursor() as cursor:
        cursor.execute(_ANSWERS, [ids, of, since, begun, current_store_id()])
        return dict(cursor.fetchall())
