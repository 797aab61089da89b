"""Answering a customer. Every reply is a message of `messaging` and passes the send gate."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions.delivering import deliver
from shopbell.conversations.actions.files import (
    chosen_files,
    give_files,
    refuse_too_large,
    take_files_back,
)
from shopbell.conversations.actions.owning import refuse_unless_owner
from shopbell.conversations.actions.status import set_status, snooze
from shopbell.conversations.actions.timeline import (
    AUTOMATIC,
    locked,
    show_anew,
    tell_pages,
)
from shopbell.conversations.comments import ANSWERED, PRIVATE
from shopbell.conversations.models import (
    Conversation,
    Entry,
    EntryKind,
    Status,
    Thread,
)
from shopbell.conversations.plain_words import formats, without_signs
from shopbell.conversations.recipients import capabilities_of, copies_for
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.ids import uuid7
from shopbell.kit.text import storable
from shopbell.messaging.actions import cancel_message
from shopbell.messaging.ports import Medium, Option
from shopbell.messaging.titles import medium_title

LATEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as somebody wrote it: Markdown, and what to do afterwards.

    `seen`: the last entry of the customer the writer has read; a newer one is a `Conflict`.
    `then`: the status the conversation takes; empty: waiting for the customer.
    `files`: what was uploaded for it before. `at`: when it is to be sent; None: now.
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
    at: datetime | None = None
    automatic: bool = False
    origin: str = ""  # of an automatic one: who wrote it, for staff only
    approved: dict[str, Any] | None = None  # the approved template it is, with its gaps filled
    options: tuple[Option, ...] = ()  # buttons below it
    private_to: Entry | None = None  # the public comment it answers in private


@transaction.atomic
def send_reply(
    *, store: Store, conversation: Conversation, author: User | None, reply: Reply
) -> Entry:
    """Answer a customer where they wrote last; a mail leaves after the seconds of undo.

    With `reply.at` it waits until then as a scheduled entry (see `scheduling`), and the
    conversation is put aside until it leaves or the customer writes. Without `author` it is the
    store that answers: a program, a rule.

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
    _refuse_strange_time(reply.at)
    thread = reply.thread or _thread_to_answer(row)
    if thread.medium == Medium.PHONE:
        raise Invalid("Nothing can be written by phone.", remedy="Call, or answer by mail.")
    if reply.automatic and not formats(thread):
        words = without_signs(words)
    _refuse_too_long(thread, reply, words)
    files = chosen_files(row, author, reply.files)
    refuse_too_large(thread, files)
    cc, bcc = copies_for(thread, reply.cc, reply.bcc)
    entry = _add_entry(row, thread, author, words, reply, (cc, bcc))
    give_files(entry, files)
    if author is not None:
        row.drafts.filter(user=author, is_note=False).delete()
    if reply.at is None:
        return deliver(store=store, row=row, entry=entry, then=reply.then)
    row.owner = row.owner or author
    row.save(update_fields=["owner"])
    snooze(conversation=row, until=None, by=author)
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
    _free_comment(entry)
    entry.delete()
    set_status(conversation=row, status=Status.OPEN, by=by)
    row.refresh_from_db()
    show_anew(row)
    row.save()
    tell_pages(row, thread)
    return text


def _free_comment(entry: Entry) -> None:
    """A private reply that was taken back may be written anew."""
    told = entry.data.get(PRIVATE)
    if told:
        comment = Entry.objects.select_for_update(of=("self",)).get(pk=told["entry"])
        comment.data.pop(ANSWERED, None)
        comment.save(update_fields=["data"])


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


def _refuse_too_long(thread: Thread, reply: Reply, words: str) -> None:
    able = capabilities_of(thread)
    if able is None or reply.approved is not None:
        return
    name = medium_title(able.medium)
    public = bool(thread.comment) and reply.private_to is None
    most = able.public_length if public and able.public_length else able.max_length
    if (public or reply.private_to is not None) and reply.files:
        raise Invalid("An answer to a comment is words only.", kept="Your answer is still here.")
    if most is not None and len(words) > most:
        below = " below a comment" if public else ""
        raise Invalid(
            f"{name} takes {most:,} characters{below}; this answer has {len(words):,}.",
            fields={"text": "Shorten it."},
            kept="Your answer is still here.",
        )
    if len(reply.options) > able.options:
        limit = f"takes {able.options} buttons at most" if able.options else "has no buttons"
        raise Invalid(f"{name} {limit}.", kept="Your answer is still here.")


def _refuse_strange_time(at: datetime | None) -> None:
    if at is None:
        return
    now = clock.now()
    if not now < at < now + LATEST:
        raise Invalid(
            "That time is past." if at <= now else "That is more than a year away.",
            fields={"at": "Choose a time within the next year."},
            kept="Your answer is still here.",
        )


def _thread_to_answer(conversation: Conversation) -> Thread:
    last = (
        conversation.entries.filter(kind=EntryKind.INCOMING)
        .exclude(thread=None)
        .exclude(thread__medium=Medium.PHONE)
        .order_by("-created_at")
        .select_related("thread")
        .first()
    )
    others = conversation.threads.exclude(medium=Medium.PHONE).order_by("created_at")
    thread = (last.thread if last else None) or others.first()
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
    data: dict[str, Any] = {"origin": reply.origin[:200]} if reply.automatic else {}
    if reply.at is not None:
        data["then"] = reply.then
    if reply.approved is not None:
        data["approved"] = reply.approved
    if reply.private_to is not None:
        comment = reply.private_to
        data[PRIVATE] = {
            "comment": str(comment.data.get("provider_id", "")),
            "commented_at": comment.happened_at.isoformat(),
            "to": comment.sender_address,
            "customer": str(comment.customer_id or ""),
            "entry": str(comment.pk),
        }
    if reply.options:
        data["options"] = [asdict(option) for option in reply.options]
    entry = Entry.objects.create(
        conversation=conversation,
        thread=thread,
        kind=EntryKind.REPLY if reply.at is None else EntryKind.SCHEDULED,
        due_at=reply.at,
        author=author,
        sender_name=author.name if author else "",
        copies=copies[0],
        blind_copies=copies[1],
        nature=AUTOMATIC if reply.automatic else "",
        data=data,
        text=words,
        client_id=reply.client_id or uuid7(),
        happened_at=now,
        created_at=now,
    )
    return entry
