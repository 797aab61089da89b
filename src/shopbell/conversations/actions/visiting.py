"""What a visitor does beside writing: reading, leaving an address, being there."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from shopbell.accounts.models import Store
from shopbell.conversations.actions.timeline import log_activity
from shopbell.conversations.models import Entry, EntryKind, Thread
from shopbell.conversations.policy import desk_policy
from shopbell.customers.normalise import email_key
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message
from shopbell.messaging.states import TOLD, State
from shopbell.web.live import announce


@transaction.atomic
def mark_read(*, thread: Thread, entry_id: uuid.UUID) -> None:
    """Note that the visitor has read as far as an entry of their thread. It never goes back."""
    row = Thread.objects.select_for_update().get(pk=thread.pk)
    entry = Entry.objects.filter(pk=entry_id, thread=row).first()
    if entry is None or (row.seen_at is not None and entry.created_at <= row.seen_at):
        return
    row.seen_at = entry.created_at
    if not unseen(row).exists():
        row.mail_due_at = None
    row.save(update_fields=["seen_at", "mail_due_at"])
    read = row.entries.filter(kind=EntryKind.REPLY, created_at__lte=row.seen_at)
    now = clock.now()
    changed = Message.objects.filter(
        pk__in=read.values("outgoing_id"), state__in=[State.SENT, State.DELIVERED]
    ).update(state=State.READ, read_at=now, delivered_at=now)
    if changed:
        announce(row.store_id, "conversations", row.conversation_id)


@transaction.atomic
def leave_address(*, store: Store, thread: Thread, email: str) -> None:
    """Note where answers go when the visitor has left. It says nothing about who they are.

    Raises:
        Invalid: it is no e-mail address.
    """
    address = email_key(email)
    if not address:
        raise Invalid("This is not an e-mail address.")
    row = Thread.objects.select_for_update().select_related("conversation").get(pk=thread.pk)
    if row.address == address:
        return
    row.address = address
    if row.mail_due_at is None and unseen(row).exists():
        row.mail_due_at = mail_time(store)
    row.save(update_fields=["address", "mail_due_at"])
    log_activity(row.conversation, f"Answers may also go to {address}", address=address)
    announce(row.store_id, "conversations", row.conversation_id)


def unseen(thread: Thread) -> QuerySet[Entry]:
    """Return the answers the visitor has neither read here nor got by mail."""
    rows = thread.entries.filter(kind=EntryKind.REPLY, outgoing__state__in=TOLD)
    if thread.seen_at is not None:
        rows = rows.filter(created_at__gt=thread.seen_at)
    if thread.mailed_to is not None:
        rows = rows.filter(id__gt=thread.mailed_to)
    return rows.order_by("id")


def mail_time(store: Store) -> datetime:
    """Return when an answer of this moment goes by mail, if it is not seen before."""
    return clock.now() + timedelta(seconds=desk_policy(store).chat_to_mail_seconds)


def note_presence(*, threads: Collection[uuid.UUID]) -> None:
    """Note that streams of these threads are open. Needs an open scope: they are of all stores."""
    Thread.objects.filter(pk__in=threads).update(here_at=Now())
