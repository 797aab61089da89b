"""Answering a customer. Every reply is a message of `messaging` and passes the send gate."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions.files import (
    as_message_files,
    chosen_files,
    give_files,
    refuse_too_large,
    take_files_back,
)
from shopbell.conversations.actions.owning import refuse_unless_owner
from shopbell.conversations.actions.status import set_status
from shopbell.conversations.actions.timeline import (
    AUTOMATIC,
    locked,
    show_anew,
    show_last,
    tell_pages,
)
from shopbell.conversations.composing import Composed, compose
from shopbell.conversations.events import ReplySent
from shopbell.conversations.models import (
    Attachment,
    Conversation,
    Entry,
    EntryKind,
    Status,
    Thread,
)
from shopbell.conversations.policy import desk_policy
from shopbell.conversations.recipients import copies_for
from shopbell.conversations.search.keeping import keep_entry
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.ids import uuid7
from shopbell.kit.text import storable
from shopbell.messaging.actions import Draft, cancel_message, queue_messages, send_directly
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as somebody wrote it: Markdown, and what to do afterwards.

    `seen`: the last entry of the customer the writer has read; a newer one is a `Conflict`.
    `then`: the status the conversation takes; empty: waiting for the customer.
    `files`: what was uploaded for it before.
    `automatic`: a rule wrote it. The customer goes on waiting for a person, the status stays, and
    no machine shall answer.
    """

    text: str
    files: tuple[uuid.UUID, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    client_id: uuid.UUID | None = None
    thread: Thread | None = None
    seen: uuid.UUID | None = None
    then: str = ""
    automatic: bool = False
    origin: str = ""  # of an automatic one: who wrote it, for staff only


@transaction.atomic
def send_reply(
    *, store: Store, conversation: Conversation, author: User | None, reply: Reply
) -> Entry:
    """Answer a customer where they wrote last; a mail leaves after the seconds of undo.

    Without `author` it is the store that answers: a program, a rule.

    Raises:
        Invalid: it is empty, there is nowhere to answer to, or the channel cannot do it.
        NotFound: one of its files is gone.
        Conflict: the customer wrote meanwhile (only with `reply.seen`), or somebody else has it and
            only the owner answers here.
    """
    words = storable(reply.text).strip()
    if not words and not reply.files:
        raise Invalid("The answer is empty.", fields={"text": "Write something."})
    row = locked(conversation)
    if reply.client_id is not None:
        known = Entry.objects.filter(conversation=row, client_id=reply.client_id).first()
        if known is not None:
            return known
    refuse_unless_owner(store=store, conversation=row, by=author)
    _refuse_if_overtaken(row, reply)
    thread = reply.thread or _thread_to_answer(row)
    files = chosen_files(row, author, reply.files)
    refuse_too_large(thread, files)
    cc, bcc = copies_for(thread, reply.cc, reply.bcc)
    entry = _add_entry(row, thread, author, words, reply, (cc, bcc))
    give_files(entry, files)
    composed = compose(store=store, conversation=row, thread=thread, entry=entry, author=author)
    entry.outgoing = _send(store, row, thread, entry, composed, files)
    entry.save(update_fields=["outgoing"])
    show_last(row, entry)
    keep_entry(row, entry, files=[file.name for file in files])
    if not reply.automatic:
        row.waiting_since = None
        row.first_reply_at = row.first_reply_at or entry.created_at
        row.owner = row.owner or author
    row.save()
    if reply.then or not reply.automatic:
        set_status(conversation=row, status=reply.then or Status.PENDING, by=author)
    if author is not None:
        row.drafts.filter(user=author, is_note=False).delete()
    emit(
        ReplySent(
            conversation_id=row.pk,
            entry_id=entry.pk,
            medium=thread.medium,
            automatic=reply.automatic,
        )
    )
    tell_pages(row, thread)
    return entry


@transaction.atomic
def undo_reply(*, entry: Entry, by: User) -> str:
    """Take back a reply that has not left; returns its text, for the composer.

    Its files wait for the writer's next answer again.


    Raises:
        Conflict: it has left already, or it is somebody else's.
    """
    row = locked(entry.conversation)
    if entry.kind != EntryKind.REPLY or entry.author_id != by.pk or entry.outgoing is None:
        raise Conflict("Only your own answer can be taken back.", kept="Nothing was changed.")
    cancel_message(message=entry.outgoing, by=str(by))
    text = entry.text
    thread = entry.thread
    take_files_back(entry, by)
    entry.delete()
    set_status(conversation=row, status=Status.OPEN, by=by)
    row.refresh_from_db()
    show_anew(row)
    row.save()
    tell_pages(row, thread)
    return text


def _refuse_if_overtaken(conversation: Conversation, reply: Reply) -> None:
    if reply.seen is None:
        return
    last = conversation.entries.filter(kind=EntryKind.INCOMING).order_by("-created_at").first()
    if last is not None and last.pk != reply.seen:
        raise Conflict(
            "The customer has written meanwhile.",
            kept="Your answer is still here.",
            remedy="Read what is new, then send again.",
        )


def _thread_to_answer(conversation: Conversation) -> Thread:
    last = (
        conversation.entries.filter(kind=EntryKind.INCOMING)
        .exclude(thread=None)
        .order_by("-created_at")
        .select_related("thread")
        .first()
    )
    thread = (last.thread if last else None) or conversation.threads.first()
    if thread is None:
        raise Invalid("There is nowhere to answer to: the customer never wrote here.")
    return thread


def _add_entry(
    conversation: Conversation,
    thread: Thread,
    author: User | None,
    words: str,
    reply: Reply,
    copies: tuple[list[str], list[str]],
) -> Entry:
    now = clock.now()
    entry = Entry.objects.create(
        conversation=conversation,
        thread=thread,
        kind=EntryKind.REPLY,
        author=author,
        sender_name=author.name if author else "",
        copies=copies[0],
        blind_copies=copies[1],
        nature=AUTOMATIC if reply.automatic else "",
        data={"origin": reply.origin[:200]} if reply.automatic else {},
        text=words,
        client_id=reply.client_id or uuid7(),
        happened_at=now,
        created_at=now,
    )
    return entry


def _send(
    store: Store,
    conversation: Conversation,
    thread: Thread,
    entry: Entry,
    composed: Composed,
    files: Sequence[Attachment],
) -> Message:
    direct = thread.medium == Medium.CHAT
    undo = timedelta(seconds=desk_policy(store).undo_seconds)
    draft = Draft(
        business_key=f"reply:{entry.pk}",
        kind="reply",
        purpose="support",
        media=(thread.answered_by,),
        customer=conversation.customer,
        to_address=thread.external_key if direct else thread.address,
        to_name=conversation.customer.name if conversation.customer else "",
        locale=conversation.locale,
        origin="agent",
        due_at=None if direct else clock.now() + undo,
        data={
            "content": {"subject": composed.subject, "text": composed.text, "html": composed.html},
            "headers": composed.headers,
            "from_name": composed.from_name,
            "inbox": str(thread.inbox_id or ""),
            "conversation": conversation.number,
            "cc": entry.copies,
            "bcc": entry.blind_copies,
            "files": as_message_files(files),
            **({"automatic": True} if entry.nature == AUTOMATIC else {}),
        },
    )
    if direct:
        return send_directly(store=store, draft=draft)
    queue_messages(drafts=[draft])
    return Message.objects.get(business_key=draft.business_key)
