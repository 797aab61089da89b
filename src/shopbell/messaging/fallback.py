"""From channel to channel: what did not arrive by one in time is told by the next, once.

    sent by WhatsApp → no "delivered" within 15 minutes, or "failed" → the same news by SMS → e-mail

Each channel has a message of its own in the ledger, tied to the one before; its business key is
made from the first one's, so no receipt, however late or often, makes two of it. A receipt that
comes before the next one has left closes the plan. A newcomer's mistake: queueing the same row
again. It may still arrive.
"""

import uuid

import structlog
from django.db import InterfaceError, OperationalError
from django.db import connection as database

from shopbell.events.pump import Pump, register
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.actions import Draft, queue_messages, write_log
from shopbell.messaging.models import Message
from shopbell.messaging.plans import media_after
from shopbell.messaging.states import State
from shopbell.messaging.titles import medium_name

log = structlog.get_logger()

BATCH = 200
_LEASE_SECONDS = 60  # after which one is tried again that could not be taken further

_DUE = f"""
    UPDATE messaging_message
    SET fallback_at = clock_timestamp() + interval '{_LEASE_SECONDS} seconds'
    WHERE id = ANY(ARRAY(SELECT id FROM messaging_message
        WHERE fallback_at <= clock_timestamp() ORDER BY fallback_at
        LIMIT {BATCH} FOR UPDATE SKIP LOCKED))
    RETURNING id, store_id"""


def run_fallbacks() -> int:
    """Take one batch of messages that did not arrive to their next channel."""
    with unscoped("messages that did not arrive"), database.cursor() as cursor:
        cursor.execute(_DUE)
        due = cursor.fetchall()
    for message_id, store_id in due:
        try:
            with store_scope(store_id):
                _take_further(message_id)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one message never stops the others; it is due again by itself
            log.exception("fallback.failed", message=str(message_id))
    return len(due)


def _take_further(message_id: uuid.UUID) -> None:
    message = (
        Message.objects.select_for_update(of=("self",))
        .select_related("customer", "order", "shipment")
        .get(pk=message_id)
    )
    if message.fallback_at is None:
        return  # it has arrived meanwhile
    _go_on(message)
    Message.objects.filter(pk=message_id).update(fallback_at=None)


def _go_on(message: Message) -> None:
    media = media_after(message)
    if not media or message.state not in (State.SENT, State.FAILED, State.IN_DOUBT):
        return
    said = _why(message)
    key = f"{_first_key(message)}>{media[0]}"
    data = {name: value for name, value in message.data.items() if name != "approved"}
    fresh = queue_messages(
        drafts=[
            Draft(
                business_key=key,
                kind=message.kind,
                purpose=message.purpose,
                media=tuple(media),
                waits=message.waits,
                customer=message.customer,
                order=message.order,
                shipment=message.shipment,
                locale=message.locale,
                to_name=message.to_name,
                not_after=message.not_after,
                ignore_quiet=message.ignore_quiet,
                origin=message.origin,
                data=data | {"tried": said},
                tried_before=message,
            )
        ]
    )
    if fresh:
        write_log(message, message.state, f"{said} The next channel is tried.")


def _first_key(message: Message) -> str:
    return message.business_key.partition(">")[0][:150]


def _why(message: Message) -> str:
    name = medium_name(message.medium)
    if message.state == State.FAILED:
        return f"It could not be delivered by {name}."
    minutes = (message.fallback_after or 0) // 60
    if minutes and minutes % 60 == 0:
        within = "an hour" if minutes == 60 else f"{minutes // 60} hours"
    else:
        within = f"{minutes} minutes"
    return f"Not delivered by {name} within {within}."


register(Pump(name="fallback", run=run_fallbacks, interval=2.0))
