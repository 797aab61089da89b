"""Mails that cannot be read: the desk sees a stub with the original, and it can be read later."""

from shopbell.connections.intake import Item
from shopbell.connections.models import Connection
from shopbell.conversations.actions.receive import add_files, receive
from shopbell.conversations.mail.reading import Found
from shopbell.conversations.models import Entry
from shopbell.conversations.ports import Incoming, IncomingFile
from shopbell.customers.ports import Person
from shopbell.kit.text import one_line, storable


def leave_stub(connection: Connection, item: Item, found: Found, sentence: str) -> Entry:
    """Open a conversation that says what happened, with the original to download."""
    known = Entry.objects.filter(intake_id=item.id).first()
    if known is not None:
        return known
    mail = found.mail
    first, _, last = one_line(mail.from_name, 150).partition(" ")
    person = Person(
        source=f"{connection.connector}/{connection.slug}",
        source_id="" if mail.from_address else item.provider_id[:100],
        email=mail.from_address,
        first_name=first,
        last_name=last,
    )
    return receive(
        incoming=Incoming(
            medium="email",
            person=person,
            text=sentence,
            inbox=connection,
            subject=mail.subject or "A mail that could not be read",
            sender_name=mail.from_name,
            sender_address=mail.from_address,
            message_id=f"<stub:{item.provider_id}>",
            intake_id=item.id,
            happened_at=item.received_at,
            data={"unreadable": True},
            files=(IncomingFile("mail.eml", "message/rfc822", found.raw),) if found.raw else (),
        )
    )


def fill_stub(item: Item, incoming: Incoming) -> Entry | None:
    """Put what can be read now in the place of the stub that was left for this item, if any."""
    entry = Entry.objects.filter(intake_id=item.id, data__unreadable=True).first()
    if entry is None:
        return None
    entry.subject = one_line(incoming.subject, 300)
    entry.text, entry.quoted = storable(incoming.text), storable(incoming.quoted)
    entry.html, entry.nature = storable(incoming.html), incoming.nature
    entry.sender_name = one_line(incoming.sender_name, 200) or entry.sender_name
    entry.sender_address = incoming.sender_address[:320]
    entry.message_id, entry.data = incoming.message_id[:400], incoming.data
    entry.save()
    add_files(entry, incoming.files)
    return entry
