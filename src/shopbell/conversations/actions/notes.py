"""Internal notes: for staff only, whatever happens to the conversation."""

import uuid

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.actions.files import chosen_files, give_files
from shopbell.conversations.actions.timeline import locked, tell_pages
from shopbell.conversations.events import NoteAdded
from shopbell.conversations.mentions import find_mentions
from shopbell.conversations.models import Conversation, Entry, EntryKind
from shopbell.conversations.queries import staff_of_store
from shopbell.conversations.search.keeping import keep_entry
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.kit.text import storable


@transaction.atomic
def add_note(
    *,
    conversation: Conversation,
    author: User | None,
    text: str,
    client_id: uuid.UUID | None = None,
    files: tuple[uuid.UUID, ...] = (),
) -> Entry:
    """Add a note with the files uploaded for it; the same `client_id` twice is one note.

    Raises:
        Invalid: the note is empty.
        NotFound: one of its files is gone.
    """
    words = storable(text).strip()
    if not words and not files:
        raise Invalid("The note is empty.", fields={"text": "Write something."})
    row = locked(conversation)
    if client_id is not None:
        known = Entry.objects.filter(conversation=row, client_id=client_id).first()
        if known is not None:
            return known
    mentioned = find_mentions(words, staff_of_store()) if "@" in words else []
    now = clock.now()
    attached = chosen_files(row, author, files)
    entry = Entry.objects.create(
        conversation=row,
        kind=EntryKind.NOTE,
        author=author,
        text=words,
        client_id=client_id,
        happened_at=now,
        created_at=now,
    )
    give_files(entry, attached)
    keep_entry(row, entry, files=[file.name for file in attached])
    named = [user.pk for user in mentioned]
    emit(NoteAdded(conversation_id=row.pk, entry_id=entry.pk, mentioned=named))
    tell_pages(row)
    return entry
