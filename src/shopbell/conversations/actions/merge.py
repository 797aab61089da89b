"""Putting two conversations together, and taking a thread out again."""

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.actions.timeline import (
    locked,
    log_activity,
    next_number,
    show_anew,
    tell_pages,
)
from shopbell.conversations.events import ConversationMerged, ConversationStarted
from shopbell.conversations.models import Attachment, Conversation, Entry, EntryKind, Status, Thread
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Invalid


@transaction.atomic
def merge_conversations(
    *, conversation: Conversation, into: Conversation, by: User
) -> Conversation:
    """Move all threads and entries into another conversation; later replies land there too.

    Raises:
        Invalid: both are the same, or belong to different customers.
    """
    if conversation.pk == into.pk:
        raise Invalid("A conversation cannot be merged into itself.")
    first, second = sorted((conversation.pk, into.pk))
    rows = {
        row.pk: row
        for row in Conversation.objects.select_for_update().filter(pk__in=[first, second])
    }
    gone, kept = rows[conversation.pk], rows[into.pk]
    if gone.merged_into_id or kept.merged_into_id:
        raise Invalid("One of them was merged already.", kept="Nothing was changed.")
    if gone.customer_id != kept.customer_id:
        raise Invalid("They belong to different customers.", kept="Nothing was changed.")
    Thread.objects.filter(conversation=gone).update(conversation=kept)
    Attachment.objects.filter(pending_in=gone).update(pending_in=kept)
    moved = Entry.objects.filter(conversation=gone).exclude(kind=EntryKind.ACTIVITY)
    ids = [str(key) for key in moved.values_list("pk", flat=True)]
    moved.update(conversation=kept)
    running = gone.status == Status.OPEN
    gone.merged_into, gone.status = kept, Status.RESOLVED
    gone.resolved_at, gone.waiting_since, gone.message_count = clock.now(), None, 0
    gone.save()
    if running and kept.status != Status.OPEN:  # what nobody has answered stays to be answered
        kept.status, kept.resolved_at, kept.snoozed_until = Status.OPEN, None, None
    show_anew(kept)
    kept.save()
    log_activity(gone, f"Merged into #{kept.number}", by=by, into=str(kept.pk), entries=ids)
    log_activity(kept, f"#{gone.number} was merged into this", by=by, merged=str(gone.pk))
    emit(ConversationMerged(conversation_id=gone.pk, into_id=kept.pk))
    tell_pages(gone)
    tell_pages(kept)
    return kept


@transaction.atomic
def split_conversation(*, thread: Thread, by: User) -> Conversation:
    """Make a thread a conversation of its own.

    Raises:
        Invalid: it is the only thread there.
    """
    old = locked(thread.conversation)
    if old.threads.count() < 2:
        raise Invalid("This conversation has only one thread.", kept="Nothing was changed.")
    fresh = Conversation.objects.create(
        number=next_number(),
        subject=thread.subject or old.subject,
        medium=thread.medium,
        inbox=thread.inbox,
        customer=old.customer,
        order=old.order,
        owner=old.owner,
        team=old.team,
        locale=old.locale,
        tags=old.tags,
        created_at=clock.now(),
    )
    Entry.objects.filter(thread=thread).update(conversation=fresh)
    thread.conversation = fresh
    thread.save(update_fields=["conversation"])
    for row in (old, fresh):
        show_anew(row)
        row.save()
    log_activity(old, f"A thread was split off as #{fresh.number}", by=by, split=str(fresh.pk))
    log_activity(fresh, f"Split off from #{old.number}", by=by)
    emit(ConversationStarted(conversation_id=fresh.pk, medium=fresh.medium))
    tell_pages(old)
    tell_pages(fresh)
    return fresh
