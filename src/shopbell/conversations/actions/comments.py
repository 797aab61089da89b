"""Public comments: the one private reply, and hiding."""

import uuid
from dataclasses import replace

from django.db import transaction
from procrastinate.contrib.django import app

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions.replies import Reply, send_reply
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.comments import ANSWERED, is_comment, is_hideable, private_until
from shopbell.conversations.messages.lines import person_key
from shopbell.conversations.models import Conversation, Entry, Thread
from shopbell.kit.errors import Conflict, Invalid

_KEPT = "Your answer is still here."


@transaction.atomic
def reply_in_private(*, store: Store, entry: Entry, author: User | None, reply: Reply) -> Entry:
    """Answer who wrote a public comment, in private and once.

    What they answer then comes into the same conversation, if the comment is the customer's own.

    Raises:
        Invalid: it is no comment, or the channel has no private replies.
        Conflict: it was answered in private already, or too much time has passed.
    """
    row = locked(entry.conversation)
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if reply.client_id is not None:
        known = Entry.objects.filter(conversation=row, client_id=reply.client_id).first()
        if known is not None:
            return known
    if not is_comment(entry) or entry.thread is None:
        raise Invalid("Only a public comment can be answered in private.")
    if entry.data.get(ANSWERED):
        raise Conflict(
            "This comment was answered in private already.",
            kept=_KEPT,
            remedy="The platform allows it once. Wait until the customer answers there.",
        )
    if private_until(entry) is None:
        raise Conflict(
            "It is too late to answer this comment in private.",
            kept=_KEPT,
            remedy="Answer in public, and ask the customer to write to you.",
        )
    thread = _private_line(row, entry) or entry.thread
    made = send_reply(
        store=store,
        conversation=row,
        author=author,
        reply=replace(reply, thread=thread, private_to=entry),
    )
    entry.data[ANSWERED] = str(made.pk)
    entry.save(update_fields=["data"])
    return made


def _private_line(row: Conversation, comment: Entry) -> Thread | None:
    """Return the line on which the answer will come; None: it will begin one of its own."""
    line = comment.thread
    if line is None or line.inbox is None or comment.customer_id != row.customer_id:
        return None
    key = person_key(line.inbox, comment.sender_address)
    found, _ = Thread.objects.get_or_create(
        medium=line.medium,
        external_key=key,
        defaults={
            "conversation": row,
            "inbox": line.inbox,
            "address": comment.sender_address,
        },
    )
    return found if found.conversation_id == row.pk else None


@transaction.atomic
def ask_to_hide(*, entry: Entry, hidden: bool, by: User | None) -> Entry:
    """Have the platform hide a comment, or show it again; a job does it.

    Raises:
        Invalid: it is no comment, or the platform cannot hide it.
    """
    locked(entry.conversation)
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if not is_comment(entry) or not is_hideable(entry):
        raise Invalid("This cannot be hidden here.", remedy="Do it on the platform itself.")
    if bool(entry.data.get("hidden")) == hidden and "hiding" not in entry.data:
        return entry
    entry.data["hiding"] = hidden
    entry.save(update_fields=["data"])
    tell_pages(entry.conversation)
    job = app.configure_task("conversations.hide_comment", lock=f"comment:{entry.pk}")
    job.defer(
        store_id=entry.store_id,
        entry_id=str(entry.pk),
        hidden=hidden,
        by_id=str(by.pk) if by else "",
    )
    return entry


@transaction.atomic
def note_hiding(*, entry_id: uuid.UUID, hidden: bool, by: User | None, trouble: str = "") -> None:
    """Write down that a comment is hidden or shown again; `trouble`: why it is not."""
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry_id)
    entry.data.pop("hiding", None)
    if trouble:
        what = "hidden" if hidden else "shown again"
        said = f"The comment of {entry.sender_name} could not be {what}: {trouble[:200]}"
    else:
        entry.data["hidden"] = hidden
        said = f"Comment of {entry.sender_name} {'hidden' if hidden else 'shown again'}"
    entry.save(update_fields=["data"])
    row = locked(entry.conversation)
    log_activity(row, said, by=by)
    tell_pages(row)
