"""Mails that cannot be read: the desk sees a stub with the original, and it can be read later."""

from shopbell.connections.intake import Item
from shopbell.connections.models import Connection
from shopbell.conversations.actions.receive import add_files, receive
from shopbell.conversations.mail.reading import Found
from shopbell.conversations.models import Entry
from shopbell.conversations.ports import Incoming, IncomingFile
from shopbell.conversations.search.keeping import keep_anew
from shopbell.customers.ports import Person
from shopbell.kit.text import one_line, storable


def leave_stub(connection: Connection, item: Item, found: Found, sentence: str) -> Entry:
    """Open a conversation that says what happened, with the original to download."""
    # `receive` knows a stub it has left before by its name.
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
            message_id=stub_name(item),
            intake_id=item.id,
            happened_at=item.received_at,
            data={"unreadable": True},
            files=(IncomingFile("mail.eml", "message/rfc822", found.raw),) if found.raw else (),
        )
    )


def stub_name(item: Item) -> str:
    """Return the name under which the stub of an item exists once."""
    return f"<stub:{item.provider_id}>"


def fill_stub(entry: Entry, incoming: Incoming) -> Entry:
    """Put what can be read now in the place of the stub that was left for its mail."""
    entry.subject = one_line(incoming.subject, 300)
    entry.text, entry.quoted = storable(incoming.text), storable(incoming.quoted)
    entry.html, entry.nature = storable(incoming.html), incoming.nature
    entry.sender_name = one_line(incoming.sender_name, 200) or entry.sender_name
    entry.sender_address = incoming.sender_address[:320]
    entry.data = incoming.data
    if not Entry.objects.filter(message_id=incoming.message_id[:400]).exists():
        entry.message_id = incoming.message_id[:400]
    entry.save()
    add_files(entry, incoming.files)
    keep_anew([entry.conversation_id])
    return entry
