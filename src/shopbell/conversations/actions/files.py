"""Files that wait to be sent, kept with what is being written until it leaves."""

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from shopbell.accounts.models import User
from shopbell.conversations.actions.scans import scan_now
from shopbell.conversations.models import Attachment, Conversation, Entry, Thread
from shopbell.conversations.queries import pending_files
from shopbell.conversations.recipients import capabilities_of
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Invalid, NotFound
from shopbell.kit.mail.reading.contents import file_name, sniffed_type
from shopbell.kit.media import drop_file, keep_file

LARGEST = 18_000_000  # of one file
MOST = 20
_KEPT = "Nothing was stored."


@transaction.atomic
def upload_file(
    *, conversation: Conversation, by: User | None, name: str, content: bytes
) -> Attachment:
    """Keep a file for the answer that somebody writes; its type is that of its content.

    Where there is a virus scanner it looks at once: nothing infected goes to a customer.

    Raises:
        Invalid: it is empty, too large or infected, there are too many, or nobody can look at it.
    """
    if not content:
        raise Invalid("The file is empty.", kept=_KEPT)
    if len(content) > LARGEST:
        raise Invalid(f"A file may have {LARGEST // 1_000_000} MB at most.", kept=_KEPT)
    waiting = pending_files(conversation, by)
    if len(waiting) >= MOST:
        raise Invalid(f"At most {MOST} files go with one answer.", kept=_KEPT)
    scanned = scan_now(content)
    return Attachment.objects.create(
        store_id=current_store_id(),
        scanned=scanned,
        pending_in=conversation,
        uploaded_by=by,
        name=file_name(name),
        content_type=sniffed_type(content)[:120],
        size=len(content),
        key=keep_file(content),
        created_at=clock.now(),
    )


@transaction.atomic
def drop_upload(*, conversation: Conversation, key: uuid.UUID, by: User) -> None:
    """Throw away a file that waits; one that has been sent stays."""
    rows = Attachment.objects.select_for_update().filter(pending_in=conversation, uploaded_by=by)
    found = rows.filter(pk=key).first()
    if found is None:
        return
    place = found.key
    found.delete()
    transaction.on_commit(lambda: drop_file(place))


def chosen_files(
    conversation: Conversation, by: User | None, keys: Sequence[uuid.UUID]
) -> list[Attachment]:
    """Return the files that go with an answer, locked.

    Raises:
        NotFound: one of them does not wait here for this writer.
    """
    if not keys:
        return []
    # What a program has uploaded is nobody's own: whoever names it may send it.
    rows = Attachment.objects.select_for_update().filter(
        Q(uploaded_by=by) | Q(uploaded_by=None), pending_in=conversation, entry=None, pk__in=keys
    )
    found = list(rows.order_by("created_at", "id"))
    if len(found) != len(set(keys)):
        raise NotFound("A file is not there any more.", remedy="Attach it again, then send.")
    return found


def refuse_too_large(thread: Thread, files: Sequence[Attachment]) -> None:
    """Let files pass that the channel can take along.

    Raises:
        Invalid: it takes none, or less.
    """
    if not files:
        return
    able = capabilities_of(thread)
    most = able.attachment_bytes if able is not None else 0
    if most == 0:
        raise Invalid(
            "Files cannot be sent this way.",
            kept="Your answer is still here.",
            remedy="Take them out, or answer by another channel.",
        )
    if sum(file.size for file in files) > most:
        raise Invalid(
            f"All files of one answer may have {most // 1_000_000} MB together.",
            kept="Your answer is still here.",
            remedy="Take one out, or send them in two answers.",
        )


def give_files(entry: Entry, files: Sequence[Attachment]) -> None:
    """Let waiting files belong to an entry."""
    ids = [file.pk for file in files]
    Attachment.objects.filter(pk__in=ids).update(entry=entry, pending_in=None)


def take_files_back(entry: Entry, by: User | None) -> None:
    """Let the files of an entry wait again for somebody's next answer."""
    entry.attachments.update(entry=None, pending_in=entry.conversation_id, uploaded_by=by)


def as_message_files(files: Sequence[Attachment]) -> list[dict[str, object]]:
    """Return files as the data of a message names them."""
    return [
        {"name": file.name, "type": file.content_type, "size": file.size, "key": file.key}
        for file in files
    ]
