"""Making a mail that a colleague passed on the customer's own: their words, their conversation.

What the colleague wrote above becomes an internal note, and the answer goes to the customer. What
came in stays as it came: the HTML of the entry, its files, the stored raw mail. A newcomer's
mistake: keeping what vouched for the colleague. It says nothing about whose words it contains.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from shopbell.accounts.models import Staff, Store, User
from shopbell.conversations.actions.notes import add_note
from shopbell.conversations.actions.receive import add_files
from shopbell.conversations.actions.timeline import (
    locked,
    log_activity,
    next_number,
    show_anew,
    tell_pages,
)
from shopbell.conversations.events import ConversationStarted
from shopbell.conversations.mail.passing_on import LEFT, OFFERED, TAKEN
from shopbell.conversations.mail.reading import READERS
from shopbell.conversations.models import Conversation, Entry, EntryKind, Thread
from shopbell.conversations.ports import IncomingFile
from shopbell.conversations.subjects import bare_subject
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer
from shopbell.customers.ports import Person
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid, NotFound
from shopbell.kit.mail.addresses import parse_address
from shopbell.kit.mail.reading import Mail, trim_text
from shopbell.kit.mail.reading.forwards import bare_forward
from shopbell.kit.media import file_bytes
from shopbell.kit.text import one_line, storable
from shopbell.messaging.inbound.doors import addresses_of, plain_address

_KEPT = "The mail stays as it came."
_KEPT_DATA = ("mail", "problems", "list", "linked_to", "linked_message", "invitation")


@transaction.atomic
def take_over_forward(
    *, store: Store, entry: Entry, by: User | None, address: str = ""
) -> Conversation:
    """Make a mail that was passed on its first writer's, and return their conversation.

    `address` is asked for when the mail names its writer without one. Where the entry stands among
    other messages, it becomes a conversation of its own. Without `by` it happened by itself.

    Raises:
        Invalid: there is no usable address, or it is one of the store's own.
        Conflict: there is nothing (any more) to take over.
    """
    row = locked(entry.conversation)
    entry = _offered(row, entry)
    offer = entry.data["forwarded"]
    customer = _customer_of(store, entry, offer, address)
    row, thread = _own_place(row, entry)
    inner = _attached(entry, offer)
    arrived, before = entry.happened_at, entry.conversation_id
    _become_theirs(entry, customer, row, thread, offer, inner)
    subject = bare_subject(bare_forward(entry.subject)) or row.subject
    _give_to(row, thread, customer, subject, entry)
    if offer["above"]:
        _keep_as_note(row, offer, arrived)
    how = f"Taken over as {entry.sender_address}’s mail, forwarded by {offer['by_name']}"
    log_activity(row, how, by=by)
    show_anew(row)
    row.save()
    tell_pages(row)
    if row.pk != before:
        _leave_behind(before, row, by)
    return row


@transaction.atomic
def leave_forward(*, entry: Entry) -> None:
    """Let a mail stay its sender's: it is not offered any more."""
    row = locked(entry.conversation)
    entry = _offered(row, entry)
    entry.data["forwarded"]["state"] = LEFT
    entry.save(update_fields=["data"])
    tell_pages(row)


def _offered(row: Conversation, entry: Entry) -> Entry:
    found = Entry.objects.select_for_update().filter(pk=entry.pk, conversation=row).first()
    if found is None or (found.data.get("forwarded") or {}).get("state") != OFFERED:
        raise Conflict("There is nothing to take over any more.", kept=_KEPT)
    return found


def _customer_of(store: Store, entry: Entry, offer: dict[str, Any], typed: str) -> Customer:
    wanted = str(parse_address((offer["address"] or typed).strip())).lower()
    staff = {each.lower() for each in Staff.objects.values_list("user__email", flat=True)}
    if plain_address(wanted) in addresses_of(store.pk) or wanted in staff:
        raise Invalid(f"{wanted} is an address of this store, not a customer’s.", kept=_KEPT)
    offer["address"] = wanted
    first, _, last = one_line(offer["name"], 150).partition(" ")
    inbox = entry.thread.inbox if entry.thread else None
    source = f"{inbox.connector}/{inbox.slug}" if inbox else "forward"
    named = "@" not in offer["name"]
    [customer] = record_people(
        people=[
            Person(
                source=source,
                email=wanted,
                first_name=first if named else "",
                last_name=last if named else "",
            )
        ]
    )
    if customer is None:
        raise Invalid("This address names nobody.", kept=_KEPT)
    return customer


def _own_place(row: Conversation, entry: Entry) -> tuple[Conversation, Thread]:
    """Return conversation and thread for the entry: those it has, if nothing else is in them."""
    said = (EntryKind.INCOMING, EntryKind.REPLY, EntryKind.SCHEDULED)
    thread = entry.thread
    alone = not row.entries.filter(kind__in=said).exclude(pk=entry.pk).exists()
    if alone and thread is not None:
        return row, thread
    inbox = thread.inbox if thread else row.inbox
    fresh = Conversation.objects.create(
        number=next_number(), medium="email", inbox=inbox, created_at=clock.now()
    )
    emit(ConversationStarted(conversation_id=fresh.pk, medium="email"))
    made = Thread.objects.create(
        conversation=fresh, inbox=inbox, medium="email", created_at=clock.now()
    )
    return fresh, made


def _attached(entry: Entry, offer: dict[str, Any]) -> Mail | None:
    """Return the attached mail read anew, with its HTML and files; None if it is in the text."""
    if not offer["file"]:
        return None
    rows = entry.attachments.filter(name=offer["file"]["name"], size=offer["file"]["size"])
    file = rows.first()
    try:
        found = READERS.read(file_bytes(file.key)) if file else None
    except NotFound:
        return None
    return found if isinstance(found, Mail) else None


def _become_theirs(
    entry: Entry,
    customer: Customer,
    row: Conversation,
    thread: Thread,
    offer: dict[str, Any],
    inner: Mail | None,
) -> None:
    words = trim_text(offer.pop("text"))
    offer["state"] = TAKEN
    entry.conversation, entry.thread, entry.customer = row, thread, customer
    entry.sender_name, entry.sender_address = offer["name"] or customer.name, offer["address"]
    entry.subject = offer["subject"] or bare_forward(entry.subject)
    entry.text, entry.quoted = storable(words.new), storable(words.quoted)
    entry.copies = []
    entry.happened_at = _written_at(offer["sent_at"], entry.happened_at)
    kept = {name: entry.data[name] for name in _KEPT_DATA if name in entry.data}
    entry.data = kept | {"forwarded": offer}
    if words.signature:
        entry.data["signature"] = storable(words.signature)
    if inner is not None:
        entry.html = storable(inner.html)
        add_files(entry, [_file(part) for part in inner.parts])
    entry.save()


def _file(part: Any) -> IncomingFile:
    return IncomingFile(
        part.name,
        part.sniffed_type or part.content_type,
        part.content,
        content_id=part.content_id,
        inline=part.inline,
    )


def _written_at(said: str, arrived: datetime) -> datetime:
    """Return when it was written, as far as that can be: a date is what somebody wrote."""
    try:
        moment = datetime.fromisoformat(said) if said else arrived
    except ValueError:
        return arrived
    return min(moment, arrived)


def _give_to(
    row: Conversation, thread: Thread, customer: Customer, subject: str, entry: Entry
) -> None:
    row.customer = customer
    row.subject = one_line(subject, 300) or one_line(entry.text, 80)
    row.order = customer.orders.order_by("-placed_at").first()
    row.locale = customer.locale or row.locale
    thread.address, thread.subject = entry.sender_address, one_line(subject, 300)
    thread.save(update_fields=["address", "subject"])
    row.save()


def _keep_as_note(row: Conversation, offer: dict[str, Any], arrived: datetime) -> None:
    author = User.objects.filter(pk=offer["by"]).first() if offer["by"] else None
    note = add_note(conversation=row, author=author, text=offer.pop("above"))
    note.sender_name = "" if author else offer["by_name"]
    note.happened_at = arrived + timedelta(milliseconds=1)  # below the words it is about
    note.save(update_fields=["sender_name", "happened_at"])


def _leave_behind(before: Any, row: Conversation, by: User | None) -> None:
    old = Conversation.objects.select_for_update().get(pk=before)
    log_activity(old, f"A forwarded mail became #{row.number}", by=by, forwarded=str(row.pk))
    show_anew(old)
    old.save()
    tell_pages(old)
