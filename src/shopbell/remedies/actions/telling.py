"""Who hears of a remedy: the timeline of the conversation, open pages, and once the customer.

A newcomer's mistake: letting the confirmation count as an answer. It is the store that writes, so
a customer who waits for a person goes on waiting.
"""

import uuid

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions import Reply, send_reply
from shopbell.conversations.actions.timeline import log_activity, tell_pages
from shopbell.conversations.models import Conversation, Entry
from shopbell.kit.errors import Invalid
from shopbell.kit.money import Money
from shopbell.remedies.models import Remedy
from shopbell.remedies.policy import remedy_policy
from shopbell.web.live import announce


def note_activity(remedy: Remedy, text: str, *, by: User | None = None) -> None:
    """Write a line into the conversation's timeline."""
    if remedy.conversation is not None:
        log_activity(_survivor(remedy.conversation), text, by=by, remedy=str(remedy.pk))


def tell_pages_of(remedy: Remedy) -> None:
    """Let open pages show the new state."""
    if remedy.conversation is not None:
        tell_pages(_survivor(remedy.conversation))
    announce(remedy.store_id, "remedies")


@transaction.atomic
def confirm_to_customer(*, store: Store, remedy: Remedy) -> Entry | None:
    """Tell the customer where they wrote that it is done; once, and only if the store wants it."""
    if not remedy.tell or remedy.told_id or remedy.conversation is None:
        return None
    row = Conversation.objects.select_for_update().get(pk=_survivor(remedy.conversation).pk)
    text = remedy_policy(store).text(remedy.deed, row.locale or store.locale)
    if not text.strip():
        return None
    reply = Reply(
        filled(text, remedy, row, store),
        client_id=uuid.uuid5(remedy.key, "confirmation"),
        automatic=True,
        origin="after the request",
    )
    try:
        entry = send_reply(store=store, conversation=row, author=None, reply=reply)
    except Invalid:  # nowhere to write to: staff opened the conversation
        return None
    remedy.told = entry
    remedy.save(update_fields=["told"])
    return entry


def filled(text: str, remedy: Remedy, case: Conversation, store: Store) -> str:
    """Return a text with its gaps filled."""
    locale = case.locale or store.locale
    label = f" Your label: {remedy.url}" if remedy.url.startswith("https://") else ""
    values = {
        "amount": Money(remedy.amount, remedy.currency).format(locale),
        "order": str(remedy.order),
        "name": remedy.name or remedy.reference,
        "label": label,
        "first_name": case.customer.first_name if case.customer else "",
    }
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def _survivor(conversation: Conversation) -> Conversation:
    while conversation.merged_into_id is not None:
        conversation = Conversation.objects.get(pk=conversation.merged_into_id)
    return conversation
