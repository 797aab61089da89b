"""Takes over into the rows of recipients what has become of their messages.

The message is the truth, and these statements may run any number of times: what is settled stays.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from shopbell.campaigns.models import KEY_OF_ROW, OPEN, Campaign, Place, Recipient
from shopbell.campaigns.reasons import CANCELLED
from shopbell.kit import clock
from shopbell.messaging.models import Message
from shopbell.messaging.readying import LOST_AFTER

_LOOK_AGAIN = timedelta(seconds=30)  # at what is held
_SOON = timedelta(seconds=2)
_MOST = 20_000
_ROWS, _MESSAGES = Recipient._meta.db_table, Message._meta.db_table

# What the next channel of a plan took over counts from then on.
_FOLLOW = f"""
    UPDATE {_ROWS} r SET message_id = n.id
    FROM {_MESSAGES} m JOIN {_MESSAGES} n ON n.store_id = m.store_id AND n.tried_before_id = m.id
    WHERE r.store_id = %(store)s AND r.campaign_id = %(campaign)s
        AND r.state IN ('queued', 'waiting') AND m.store_id = r.store_id AND m.id = r.message_id
        AND m.state = 'failed'"""

_SETTLE = f"""
    UPDATE {_ROWS} r SET state = x.becomes, reason = x.reason,
        due_at = CASE WHEN x.becomes = '{Place.WAITING}' THEN x.again ELSE r.due_at END
    FROM (
        SELECT q.id, m.reason,
            CASE WHEN m.state IN ('sent', 'delivered', 'read') THEN '{Place.SENT}'
                WHEN m.state = 'failed' AND m.fallback_at IS NULL THEN '{Place.FAILED}'
                WHEN m.state IN ('skipped', 'suppressed', 'expired') THEN '{Place.LEFT_OUT}'
                WHEN m.state = 'in_doubt' AND m.closed_at IS NOT NULL THEN '{Place.IN_DOUBT}'
                WHEN m.state IN ('held', 'failed') THEN '{Place.WAITING}'
                WHEN m.state = 'in_doubt' THEN '{Place.WAITING}'
                WHEN m.state = 'queued' AND m.due_at > %(soon)s THEN '{Place.WAITING}'
                ELSE '{Place.QUEUED}' END AS becomes,
            CASE WHEN m.state = 'queued' THEN m.due_at ELSE %(again)s END AS again
        FROM (SELECT id, message_id FROM {_ROWS}
            WHERE store_id = %(store)s AND campaign_id = %(campaign)s
                AND (state = 'queued' OR (state = 'waiting' AND due_at <= %(now)s))
            ORDER BY id LIMIT {_MOST}) q
        JOIN {_MESSAGES} m ON m.store_id = %(store)s AND m.id = q.message_id) x
    WHERE r.id = x.id AND (r.state <> x.becomes OR x.becomes = '{Place.WAITING}')"""


# Who was in the hands of a worker that died: their turn comes again, unless the message is there.
_LOST = f"""
    WITH lost AS MATERIALIZED (
        SELECT r.id, {KEY_OF_ROW} AS key FROM {_ROWS} r
        WHERE r.store_id = %(store)s AND r.campaign_id = %(campaign)s AND r.state = 'queued'
            AND r.queued_at < %(lost)s
            AND NOT EXISTS (SELECT 1 FROM {_MESSAGES} m WHERE m.id = r.message_id)
        LIMIT {_MOST} FOR UPDATE OF r SKIP LOCKED)
    UPDATE {_ROWS} r SET message_id = m.id,
        state = CASE WHEN m.id IS NULL THEN '{Place.PENDING}' ELSE '{Place.QUEUED}' END,
        queued_at = CASE WHEN m.id IS NULL THEN NULL ELSE r.queued_at END
    FROM lost LEFT JOIN {_MESSAGES} m ON m.store_id = %(store)s
        AND m.business_key = lost.key
    WHERE r.id = lost.id"""


def settle(campaign: Campaign, *, all_waiting: bool = False) -> int:
    """Write down what has become of the messages of a campaign; returns how many rows changed.

    `all_waiting`: look at those too whose time has not come, since something was decided.
    """
    now = clock.now()
    told: Mapping[str, Any] = {
        "store": campaign.store_id,
        "campaign": campaign.pk,
        "now": datetime.max.replace(tzinfo=now.tzinfo) if all_waiting else now,
        "soon": now + _SOON,
        "again": now + _LOOK_AGAIN,
        "lost": now - LOST_AFTER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOST, told)
        if len(campaign.media) > 1:
            cursor.execute(_FOLLOW, told)
        cursor.execute(_SETTLE, told)
        return int(cursor.rowcount)


def leave_out_pending(campaign: Campaign) -> bool:
    """Leave out some of those whose turn has not come; returns whether there were any."""
    with connection.cursor() as cursor:
        cursor.execute(
            # Chosen apart: a subquery with a limit may be asked again for each row, and find more.
            f"WITH pending AS MATERIALIZED (SELECT id FROM {_ROWS} WHERE store_id = %s"
            f" AND campaign_id = %s AND state = '{Place.PENDING}' LIMIT {_MOST} FOR UPDATE)"
            f" UPDATE {_ROWS} r SET state = '{Place.LEFT_OUT}', reason = '{CANCELLED}'"
            " FROM pending WHERE r.id = pending.id",
            [campaign.store_id, campaign.pk],
        )
        return bool(cursor.rowcount)


def is_open(campaign: Campaign) -> bool:
    """Return whether somebody's turn has not come or is not over."""
    return Recipient.objects.filter(campaign_id=campaign.pk, state__in=OPEN).exists()
