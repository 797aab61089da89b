"""Messages whose hand-over was interrupted: first a doubt, then once more, or left to a person.

A worker that died after `handed` leaves its rows with a lease that runs out. A receipt that comes
meanwhile settles the doubt; otherwise purposes that must arrive are sent again under the same
Message-ID, and all others stay in doubt, visible, with a resend button. Where a provider kept
silent that is done once; where our own sender ended, up to three times, since it may have ended
before the first byte left.
"""

from django.db import connection as database

from shopbell.consent.purposes import PURPOSES
from shopbell.events.actions import wake
from shopbell.events.pump import Pump, register
from shopbell.kit.db.scope import unscoped
from shopbell.messaging.states import ORPHANED

_RESENDS_OF_ORPHANS = 3

_ORPHANED = f"""
    UPDATE messaging_message SET state = 'in_doubt', reason = '{ORPHANED}', lease_until = NULL,
        reason_text = 'The sender stopped in the middle of handing over; waiting for a receipt.',
        due_at = clock_timestamp() + make_interval(secs => coalesce((
            SELECT CASE WHEN jsonb_typeof(s.policies->'in_doubt_seconds') = 'number'
                THEN (s.policies->>'in_doubt_seconds')::float
                WHEN jsonb_typeof(s.policies->'in_doubt_minutes') = 'number'
                THEN (s.policies->>'in_doubt_minutes')::float * 60 END
            FROM accounts_store s WHERE s.id = store_id), 600))
    WHERE id = ANY(ARRAY(SELECT id FROM messaging_message WHERE state = 'handed'
        AND lease_until < clock_timestamp() LIMIT 500 FOR UPDATE SKIP LOCKED))
    RETURNING id, store_id, state, reason_text"""

_RESENDABLE = f"""purpose = ANY(%s)
    AND resends < CASE reason WHEN '{ORPHANED}' THEN {_RESENDS_OF_ORPHANS} ELSE 1 END"""

_AGAIN = f"""
    UPDATE messaging_message SET state = 'queued', resends = resends + 1, reason = 'again',
        reason_text = 'No receipt came, so it is sent once more under the same Message-ID.',
        due_at = clock_timestamp()
    WHERE id = ANY(ARRAY(SELECT id FROM messaging_message WHERE state = 'in_doubt'
        AND closed_at IS NULL AND due_at < clock_timestamp() AND {_RESENDABLE}
        LIMIT 500 FOR UPDATE SKIP LOCKED))
    RETURNING id, store_id, state, reason_text"""

# What can be sent again is never left: it may have come due, or been one too many, just now.
_LEFT = f"""
    UPDATE messaging_message SET closed_at = clock_timestamp(),
        reason_text = 'No receipt came. It may have arrived; send it again only if you know better.'
    WHERE id = ANY(ARRAY(SELECT id FROM messaging_message
        WHERE state = 'in_doubt' AND closed_at IS NULL AND due_at < clock_timestamp()
        AND NOT ({_RESENDABLE}) LIMIT 500 FOR UPDATE SKIP LOCKED))
    RETURNING id, store_id, state, reason_text"""


def run_doubts() -> int:
    """Settle one batch of doubts."""
    resendable = [purpose.key for purpose in PURPOSES.values() if purpose.resend_in_doubt]
    with unscoped("settle doubts of all stores"), database.cursor() as cursor:
        rows = []
        for statement, params in ((_ORPHANED, []), (_AGAIN, [resendable]), (_LEFT, [resendable])):
            cursor.execute(statement, params)
            rows += cursor.fetchall()
        for message_id, store_id, state, text in rows:
            cursor.execute(
                "INSERT INTO messaging_messagelog"
                " (id, store_id, message_id, state, text, event_id, at)"
                " VALUES (gen_random_uuid(), %s, %s, %s, %s, '', clock_timestamp())",
                [store_id, message_id, state, text],
            )
        if any(state == "queued" for _, _, state, _ in rows):
            wake("outbox")
    return 0


register(Pump(name="doubts", run=run_doubts, interval=2.0))
