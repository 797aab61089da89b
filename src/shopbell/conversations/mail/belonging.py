"""What a mail continues: by our token, by the Message-IDs it names, and only for who takes part.

A stranger who answers (a forwarded mail, a copied token) gets a conversation of his own that names
the other one to staff, and sees nothing of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.conversations.mail.loops import OUR_IDS
from shopbell.conversations.models import Conversation, Entry, EntryKind, Thread
from shopbell.kit.mail.reading import Mail
from shopbell.messaging.inbound.doors import addresses_of, plain_address
from shopbell.messaging.models import Message
from shopbell.messaging.queries import message_by_reply_token, messages_by_message_ids

_REFERENCES = 30
_TOKEN = 36


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail goes.

    `thread` or `answers` when the sender belongs there; else `linked_to` names the conversation
    (or the message) that a stranger referred to.
    """

    thread: Thread | None = None
    answers: Message | None = None
    linked_to: Conversation | None = None
    linked_message: Message | None = None

    @property
    def is_ours(self) -> bool:
        """Whether the mail refers to anything of ours at all."""
        return any((self.thread, self.answers, self.linked_to, self.linked_message))


def place_of(store: Store, inbox: Connection, mail: Mail) -> Place:
    """Return where a mail goes, in the scope of the store."""
    first: Place | None = None
    for thread, message in _candidates(store, mail):
        if _belongs(mail.from_address, thread, message):
            if thread is None:
                return Place(answers=message)
            return Place(thread=_mail_thread(thread, inbox, mail))
        first = first or Place(
            linked_to=thread.conversation if thread else None, linked_message=message
        )
    return first or Place()


def references_of(mail: Mail) -> list[str]:
    """Return the Message-IDs a mail refers to, the nearest first."""
    last = tuple(reversed(mail.references[-_REFERENCES:]))
    return [found for found in dict.fromkeys((mail.in_reply_to, *last)) if found]


def _candidates(store: Store, mail: Mail) -> Iterator[tuple[Thread | None, Message | None]]:
    """Yield what the mail may belong to, the surest first."""
    named = references_of(mail)
    messages = [*_by_token(store, mail)]
    ours = [name for name in named if name.startswith(OUR_IDS)]
    known = {message.message_id: message for message in messages_by_message_ids(ours)}
    messages += [known[name] for name in ours if name in known]
    for message in dict.fromkeys(messages):
        yield _thread_of(message), message
    if named:
        yield from _among_mails(named)


def _among_mails(named: list[str]) -> Iterator[tuple[Thread | None, Message | None]]:
    entries = {
        entry.message_id: entry
        for entry in Entry.objects.filter(message_id__in=named, kind=EntryKind.INCOMING)
        .exclude(thread=None)
        .select_related("thread__conversation__customer", "thread__inbox")
    }
    for name in named:
        if name in entries:
            yield entries[name].thread, None


def _by_token(store: Store, mail: Mail) -> Iterator[Message]:
    addressed = (*mail.delivered_to, *(address for _, address in (*mail.to, *mail.cc)))
    for address in dict.fromkeys(addressed):
        token = address.rpartition("@")[0].partition("+")[2]
        if len(token) == _TOKEN and plain_address(address) in addresses_of(store.pk):
            message = message_by_reply_token(store, token)
            if message is not None:
                yield message


def _thread_of(message: Message) -> Thread | None:
    """Return the thread of a reply; a notification has none."""
    entry = (
        Entry.objects.filter(outgoing=message)
        .exclude(thread=None)
        .select_related("thread__conversation__customer", "thread__inbox")
        .first()
    )
    if entry is not None:
        return entry.thread
    number = message.data.get("conversation")
    if not isinstance(number, int):
        return None
    rows = Thread.objects.filter(conversation__number=number)
    return rows.select_related("conversation__customer", "inbox").order_by("-created_at").first()


def _belongs(sender: str, thread: Thread | None, message: Message | None) -> bool:
    """Whether the sender was written to, or has written in this thread, or was copied there."""
    if not sender:
        return False
    if message is not None and sender == message.to_address.lower():
        return True
    if thread is None:
        return False
    if sender == thread.address.lower():
        return True
    entries = thread.entries.filter(kind__in=[EntryKind.INCOMING, EntryKind.REPLY])
    for address, copies in entries.values_list("sender_address", "copies"):
        if sender == address.lower() or sender in _lower(copies):
            return True
    return False


def _lower(values: Sequence[object]) -> set[str]:
    return {str(value).lower() for value in values}


def _mail_thread(thread: Thread, inbox: Connection, mail: Mail) -> Thread:
    """Return the mail thread to go on in: a chat that was answered by mail goes on by mail."""
    if thread.medium == "email":
        return thread
    found = thread.conversation.threads.filter(medium="email", address=mail.from_address).first()
    return found or Thread.objects.create(
        conversation=thread.conversation,
        inbox=inbox,
        medium="email",
        address=mail.from_address,
        subject=mail.subject[:300],
    )
