"""A chat goes on by mail: what the visitor has left unread is sent to the address they gave, once.

The mail is a message of its own, so it passes the gate and carries a reply token; a mail thread in
the same conversation takes what they answer.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from html import escape
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection, ConnectionState
from shopbell.conversations.actions.files import as_message_files
from shopbell.conversations.actions.timeline import locked, tell_pages
from shopbell.conversations.actions.visiting import mail_time, unseen
from shopbell.conversations.chat_words import ChatWords, chat_words
from shopbell.conversations.composing import markdown_to_html
from shopbell.conversations.models import Attachment, Conversation, Entry, EntryKind, Thread
from shopbell.conversations.recipients import capabilities_of
from shopbell.conversations.signatures import signature_for
from shopbell.kit import clock
from shopbell.kit.media import is_kept
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.messaging.ports import CHANNELS, MailDoor, MailSource, Medium

GONE_AFTER = timedelta(seconds=40)
AGAIN_AFTER = timedelta(seconds=20)


@transaction.atomic
def plan_mails(*, store: Store, entry_ids: Sequence[uuid.UUID]) -> None:
    """Note for answers of a moment ago when they go by mail, if they are not seen until then."""
    rows = Thread.objects.select_for_update().filter(
        entries__in=entry_ids, medium=Medium.CHAT, mail_due_at=None
    )
    for row in rows.exclude(address="").order_by("id"):
        if unseen(row).exists():
            row.mail_due_at = mail_time(store)
            row.save(update_fields=["mail_due_at"])


@transaction.atomic
def continue_by_mail(*, store: Store, thread_id: uuid.UUID) -> bool:
    """Send what is unread, unless the visitor is there; returns whether a mail was written."""
    now = clock.now()
    row = Thread.objects.select_for_update(skip_locked=True).filter(pk=thread_id).first()
    if row is None or row.mail_due_at is None or row.mail_due_at > now:
        return False
    if row.here_at is not None and now - row.here_at < GONE_AFTER:
        row.mail_due_at = now + AGAIN_AFTER
        row.save(update_fields=["mail_due_at"])
        return False
    answers = list(unseen(row).select_related("author"))
    row.mail_due_at = None
    if answers and row.address:
        _send(store, row, answers)
        row.mailed_to = answers[-1].pk
    row.save(update_fields=["mail_due_at", "mailed_to"])
    return bool(answers and row.address)


def _send(store: Store, chat: Thread, answers: Sequence[Entry]) -> None:
    conversation = locked(chat.conversation)
    words = chat_words(conversation.locale or store.locale)
    subject = words.subject.format(store=store.name)
    thread = _mail_thread(conversation, chat.address, subject)
    asked = chat.entries.filter(kind=EntryKind.INCOMING, id__lt=answers[-1].pk).order_by("-id")
    last = asked.first()
    sign = signature_for(
        store, answers[-1].author, inbox_id=thread.inbox_id, locale=conversation.locale
    )
    text, html = _body(words, sign, answers, last.text if last else "")
    draft = Draft(
        business_key=f"chat-mail:{answers[-1].pk}",
        kind="reply",
        purpose="support",
        media=(Medium.EMAIL,),
        customer=conversation.customer,
        to_address=chat.address,
        to_name=conversation.customer.name if conversation.customer else "",
        locale=conversation.locale,
        origin="agent",
        data={
            "content": {"subject": subject, "text": text, "html": html},
            "from_name": _sender(store, answers),
            "inbox": str(thread.inbox_id or ""),
            "conversation": conversation.number,
            "files": as_message_files(_files_that_fit(thread, answers)),
        },
    )
    queue_messages(drafts=[draft])
    now = clock.now()
    Entry.objects.create(
        conversation=conversation,
        thread=thread,
        kind=EntryKind.ACTIVITY,
        text=f"Sent to {chat.address} by mail: the visitor had left the chat",
        outgoing=Message.objects.get(business_key=draft.business_key),
        data={"answers": [str(answer.pk) for answer in answers]},
        happened_at=now,
        created_at=now,
    )
    tell_pages(conversation)


def _files_that_fit(thread: Thread, answers: Sequence[Entry]) -> list[Attachment]:
    """Return the files of the answers, as many as a mail can take; the rest stays in the chat."""
    able = capabilities_of(thread)
    room = able.attachment_bytes if able is not None else 0
    found: list[Attachment] = []
    rows = Attachment.objects.filter(entry__in=answers).order_by("created_at", "id")
    for file in rows:
        if file.size <= room and is_kept(file.key):
            room -= file.size
            found.append(file)
    return found


def _mail_thread(conversation: Conversation, address: str, subject: str) -> Thread:
    found = conversation.threads.filter(medium=Medium.EMAIL, address=address).first()
    return found or Thread.objects.create(
        conversation=conversation,
        inbox=mail_inbox(),
        medium=Medium.EMAIL,
        address=address,
        subject=subject,
    )


def mail_inbox() -> Connection | None:
    """Return the oldest inbox that sends mail and takes the answers in; None: the gate's choice."""
    rows = Connection.objects.filter(family="channel").exclude(
        state__in=[ConnectionState.OFF, ConnectionState.REMOVED]
    )
    for row in rows.order_by("created_at", "id"):
        plug: Any = CHANNELS.get(row.connector) if row.connector in CHANNELS else None
        if plug is None or not plug.capabilities.can_send(row.settings):
            continue
        if isinstance(plug, MailSource | MailDoor):
            return row
    return None


def _sender(store: Store, answers: Sequence[Entry]) -> str:
    name = answers[-1].sender_name
    return f"{name} ({store.name})" if name else store.name


def _body(
    words: ChatWords, signature: str, answers: Sequence[Entry], asked: str
) -> tuple[str, str]:
    """Return the mail as text and as HTML: the answers, why it comes by mail, what was asked."""
    said = "\n\n".join(answer.text for answer in answers)
    text = f"{said}\n\n-- \n{signature}\n\n{words.why}"
    if asked:
        text += f"\n\n{words.asked}\n" + "\n".join(f"> {line}" for line in asked.splitlines())
    html = "".join(markdown_to_html(answer.text) for answer in answers)
    html += markdown_to_html(signature)
    html += f'<p style="color:#6b6459">{escape(words.why)}</p>'
    if asked:
        html += (
            f'<p style="color:#6b6459">{escape(words.asked)}</p>'
            '<blockquote type="cite" style="margin:0;padding-left:12px;'
            f'border-left:2px solid #d9d2c7">{escape(asked).replace(chr(10), "<br>")}</blockquote>'
        )
    return text, (
        f'<!doctype html><html lang="{words.language}" dir="{words.direction}"><head>'
        '<meta charset="utf-8"></head><body style="font-family:system-ui,sans-serif;'
        f'font-size:15px;line-height:1.5;color:#1d1b18">{html}</body></html>'
    )
