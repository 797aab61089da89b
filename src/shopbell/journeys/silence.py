"""Who got many mails and reacted to none: the last question is put to them.

Looked at a few times a day. Who is not measured, because they or the store do not want it, is not
taken for silent: nobody knows. A newcomer's mistake: calling somebody silent who has bought.
"""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection

from shopbell.accounts.queries import store_by_id
from shopbell.consent.queries import current_consents, is_granted
from shopbell.events.pump import Pump, register
from shopbell.journeys.books import take_in_now
from shopbell.journeys.engine import definitions_of
from shopbell.journeys.happenings import Happening
from shopbell.journeys.models import Journey, JourneyState
from shopbell.journeys.steps import SILENT
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id, store_scope, unscoped
from shopbell.messaging.policy import policy_of
from shopbell.messaging.states import TOLD

EVERY = 6 * 3600.0  # seconds
AT_ONCE = 2_000
ONCE_IN = timedelta(days=365)

# Orders and carts are reactions, too; whoever was asked within a year is not asked again.
_SILENT = """
    SELECT m.customer_id FROM messaging_message m
    WHERE m.store_id = %(store)s AND m.purpose = 'marketing' AND m.medium = 'email'
        AND m.customer_id IS NOT NULL AND m.state = ANY(%(told)s) AND m.handed_at >= %(since)s
    GROUP BY m.customer_id
    HAVING count(*) >= %(mails)s AND count(m.clicked_at) = 0 AND count(m.read_at) = 0
        AND EXISTS (SELECT 1 FROM customers_customer c WHERE c.store_id = %(store)s
            AND c.id = m.customer_id AND c.erased_at IS NULL AND c.first_seen_at < %(since)s)
        AND NOT EXISTS (SELECT 1 FROM orders_order o WHERE o.store_id = %(store)s
            AND o.customer_id = m.customer_id AND coalesce(o.placed_at, o.created_at) >= %(since)s)
        AND NOT EXISTS (SELECT 1 FROM orders_cart k WHERE k.store_id = %(store)s
            AND k.customer_id = m.customer_id AND k.created_at >= %(since)s)
        AND NOT EXISTS (SELECT 1 FROM journeys_enrolment e WHERE e.store_id = %(store)s
            AND e.journey_id = %(journey)s AND e.customer_id = m.customer_id
            AND e.entered_at >= %(asked)s)
    ORDER BY m.customer_id LIMIT %(most)s"""


def ask_the_silent() -> int:
    """Let those in who react to nothing; never says that something is left, so it rests."""
    with unscoped("which stores have journeys for the silent"):
        rows = Journey.objects.filter(
            state=JourneyState.LIVE, current__definition__trigger__event=SILENT
        )
        found = list(rows.values_list("store_id", "pk", "current_id"))
    for store_id, journey, version in found:
        with store_scope(store_id):
            policy = policy_of(store_by_id(store_id))
            if not (policy.track_clicks or policy.track_opens):
                continue
            where = definitions_of({version})[version].trigger.where
            take_in_now(happened=_happenings(where, _silent(journey, where)))
    return 0


def _silent(journey: uuid.UUID, where: Mapping[str, Any]) -> list[uuid.UUID]:
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _SILENT,
            {
                "store": current_store_id(),
                "journey": journey,
                "told": [str(state) for state in TOLD],
                "since": now - timedelta(days=where["days"]),
                "asked": now - ONCE_IN,
                "mails": where["mails"],
                "most": AT_ONCE,
            },
        )
        people = [row[0] for row in cursor.fetchall()]
    consents = current_consents(people) if people else {}
    return [
        person
        for person in people
        if all(is_granted(consents, (person, what, "email")) for what in ("marketing", "tracking"))
    ]


def _happenings(where: Mapping[str, Any], people: list[uuid.UUID]) -> list[Happening]:
    return [Happening(SILENT, clock.now(), person, values=dict(where)) for person in people]


register(Pump(name="silent", run=ask_the_silent, interval=EVERY))
