"""Receipts of mail providers, stored by the webhook door, are applied to their messages."""

from collections.abc import Sequence

from shopbell.accounts.queries import store_by_id
from shopbell.connections.actions import store_requests
from shopbell.connections.intake import Item, Result, processes
from shopbell.connections.models import Connection, IntakeState
from shopbell.connections.queries import account_of
from shopbell.kit.errors import Invalid
from shopbell.messaging.actions import apply_receipts
from shopbell.messaging.inbound.storing import TOPIC, identity_of
from shopbell.messaging.ports import CHANNELS, MailHook


@processes("channel")
def process_receipts(connection: Connection | None, items: Sequence[Item]) -> dict[int, Result]:
    """Translate and apply receipts of one channel account."""
    assert connection is not None
    store = store_by_id(connection.store_id)
    channel = CHANNELS.get(connection.connector)
    account = account_of(connection, store)
    hook = channel if isinstance(channel, MailHook) else None
    results: dict[int, Result] = {}
    for item in items:
        try:
            raw = hook.mail(item.topic, item.body, account) if hook else None
            if raw is not None:  # from here on it is mail like any other
                store_requests(connection=connection, topic=TOPIC, bodies={identity_of(raw): raw})
                results[item.id] = Result(IntakeState.DONE)
                continue
            receipts = channel.receipts(item.topic, item.body, account)
        except Invalid as error:
            results[item.id] = Result(IntakeState.QUARANTINED, str(error))
            continue
        matched = apply_receipts(store=store, receipts=receipts)
        if matched:
            results[item.id] = Result(IntakeState.DONE)
        else:
            results[item.id] = Result(IntakeState.UNUSED, "It speaks of no message of ours.")
    return results
