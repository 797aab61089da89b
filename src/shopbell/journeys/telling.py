"""What a program of the merchant's own is told at a step: who came there, and about what.

A newcomer's mistake: posting from here. It is written down with the step and posted afterwards, so
a program that is down stops nobody.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection as database

from shopbell.accounts.queries import store_by_id
from shopbell.connections.models import Connection
from shopbell.connections.postings import Note, queue_postings, receiver_called
from shopbell.journeys.carts import cart_context
from shopbell.journeys.models import Enrolment
from shopbell.journeys.steps import Webhook
from shopbell.kit import clock

log = structlog.get_logger()


def tell_program(step: Webhook, runs: Sequence[uuid.UUID]) -> None:
    """Let a receiver be told who has come to a step; each run once."""
    to = receiver_called(step.to)
    if to is None:  # it was removed; the journey's page says so at the step
        log.warning("journeys.no_receiver", to=step.to, runs=len(runs))
        return
    rows = Enrolment.objects.select_related("customer", "journey", "cart", "order")
    found = rows.defer("order__payload").filter(pk__in=runs).order_by("pk")
    notes = [
        Note(f"journey:{row.pk}:{step.id}", json.dumps(_told(row, step)), row.customer_id)
        for row in found
    ]
    queue_postings(to=to, notes=notes)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of what a program was told at a step: how many in each state, and who it is."""

    to: Connection
    numbers: Mapping[str, int]


def told_at(journey: uuid.UUID, steps: Sequence[Webhook]) -> dict[str, Told]:
    """Return for steps of a journey what their programs took; nothing for one that is gone."""
    found: dict[str, Told] = {}
    for step in steps:
        to = receiver_called(step.to)
        if to is None:
            continue
        with database.cursor() as cursor:
            cursor.execute(_NUMBERS, [journey, step.id, to.store_id, to.pk, step.id])
            found[step.id] = Told(to, dict(cursor.fetchall()))
    return found


_NUMBERS = """
    SELECT o.state, count(*)
    FROM (SELECT DISTINCT enrolment_id FROM journeys_passage WHERE journey_id = %s AND step = %s) p
    JOIN connections_posting o ON o.store_id = %s AND o.connection_id = %s
        AND o.key = 'journey:' || p.enrolment_id || ':' || %s
    GROUP BY o.state"""


def _told(row: Enrolment, step: Webhook) -> dict[str, Any]:
    """Return the message. A public contract: the receiver's guide shows it."""
    who, order = row.customer, row.order
    return {
        "type": "journey.step",
        "at": clock.now().isoformat(),
        "data": {
            "store": store_by_id(row.store_id).slug,
            "journey": {"key": row.journey.key, "name": row.journey.name},
            "step": {"id": step.id, "name": step.name},
            "run": str(row.pk),
            "entered_at": row.entered_at.isoformat(),
            "customer": {
                "id": str(who.pk),
                "name": who.name,
                "email": who.email,
                "phone": who.phone,
                "locale": who.locale,
                "tags": who.tags,
                "attributes": who.attributes,
            },
            "order": order
            and {
                "id": str(order.pk),
                "source": order.source,
                "source_id": order.source_id,
                "number": order.number,
            },
            "cart": cart_context(row) if row.cart is not None else None,
            "about": {
                name: row.about[name] for name in ("product", "variant") if name in row.about
            },
        },
    }
