"""What channels post to us: receipts are applied, what customers wrote goes on to the desk."""

from collections.abc import Sequence

from shopbell.accounts.queries import store_by_id
from shopbell.connections.actions import store_requests
from shopbell.connections.intake import Item, Result, processes
from shopbell.connections.models import Connection, IntakeState
from shopbell.connections.queries import account_of
from shopbell.kit.errors import Invalid
from shopbell.messaging.actions import Sent, apply_receipts
from shopbell.messaging.inbound.storing import TOPIC, identity_of
from shopbell.messaging.inbound.written import store_written
from shopbell.messaging.ports import (
    CHANNELS,
    MailHook,
    Messenger,
    Receipt,
    TemplateTeller,
    Written,
)
from shopbell.messaging.template_news import apply_news


@processes("channel")
def process_receipts(connection: Connection | None, items: Sequence[Item]) -> dict[int, Result]:
    """Translate and apply receipts of one channel account."""
    assert connection is not None
    store = store_by_id(connection.store_id)
    channel = CHANNELS.get(connection.connector)
    account = account_of(connection, store)
    hook = channel if isinstance(channel, MailHook) else None
    speaker = channel if isinstance(channel, Messenger) else None
    teller = channel if isinstance(channel, TemplateTeller) else None
    results: dict[int, Result] = {}
    read: list[tuple[Item, list[Receipt], list[Written]]] = []
    for item in items:
        try:
            raw = hook.mail(item.topic, item.body, account) if hook else None
            if raw is not None:  # from here on it is mail like any other
                store_requests(connection=connection, topic=TOPIC, bodies={identity_of(raw): raw})
                results[item.id] = Result(IntakeState.DONE)
                continue
            receipts = list(channel.receipts(item.topic, item.body, account))
            written = speaker.written(item.topic, item.body, account) if speaker else []
            read.append((item, receipts, list(written)))
        except Invalid as error:
            results[item.id] = Result(IntakeState.QUARANTINED, str(error))
    sent = Sent([receipt for _, receipts, _ in read for receipt in receipts])
    for item, receipts, written in read:
        try:
            store_written(connection, written)
            news = teller.template_news(item.topic, item.body, account) if teller else []
            told = apply_news(connection, news)
        except Invalid as error:
            results[item.id] = Result(IntakeState.QUARANTINED, str(error))
            continue
        spoken = apply_receipts(store=store, receipts=receipts, connection=connection, sent=sent)
        if spoken or written or told:
            results[item.id] = Result(IntakeState.DONE)
        else:
            results[item.id] = Result(IntakeState.UNUSED, "It speaks of no message of ours.")
    return results
