"""Turning one read mail into an entry, or saying why it is none."""

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

from shopbell.connections.intake import Item, Result
from shopbell.connections.models import Connection, IntakeState
from shopbell.conversations.actions.forwards import take_over_forward
from shopbell.conversations.actions.linking import link_conversations
from shopbell.conversations.actions.receive import receive
from shopbell.conversations.mail.acknowledging import acknowledge
from shopbell.conversations.mail.belonging import Place, place_of
from shopbell.conversations.mail.loops import own_loop
from shopbell.conversations.mail.passing_on import is_vouched_for, offer_of
from shopbell.conversations.mail.reading import Found
from shopbell.conversations.mail.reports import take_report
from shopbell.conversations.mail.stubs import fill_stub, leave_stub, stub_name
from shopbell.conversations.models import Entry
from shopbell.conversations.ports import Incoming, IncomingFile
from shopbell.customers.ports import Person
from shopbell.kit.errors import Invalid
from shopbell.kit.mail.reading import Mail, Nature, trim_text
from shopbell.kit.text import one_line

_REPORTS = (Nature.BOUNCE, Nature.DELAYED)


def take_mail(connection: Connection, item: Item, found: Found) -> Result:
    """Write a mail down where it belongs, in the scope and transaction of the caller."""
    if found.trouble:
        leave_stub(connection, item, found, found.trouble)
        return Result(IntakeState.QUARANTINED, found.trouble)
    mail = found.mail
    loop = own_loop(mail)
    if loop:
        return Result(IntakeState.UNUSED, loop)
    store = connection.store  # read once for all mails of a batch
    if mail.nature in _REPORTS:
        return take_report(store, item, mail)
    place = place_of(store, connection, mail)
    if mail.nature == Nature.AUTO_REPLY and not (place.thread or place.answers):
        return Result(IntakeState.UNUSED, "An automatic answer to nothing of ours.")
    kept = _kept(mail.message_id, stub_name(item))
    name = message_id_of(item, mail, kept.get(mail.message_id[:400]))
    offer = offer_of(store, mail, place)
    incoming = _offered(_incoming(connection, item, mail, place, name), offer)
    stub = kept.get(stub_name(item))
    entry = fill_stub(stub, incoming) if stub else receive(incoming=incoming)
    known = entry.intake_id != item.id
    if known:
        return Result(IntakeState.DONE, "Known already.")
    if place.linked_to is not None:
        with suppress(Invalid):  # it has many links already; the entry names it all the same
            link_conversations(one=entry.conversation, other=place.linked_to, by=None)
    if offer.get("by") and offer["address"] and is_vouched_for(store, mail):
        take_over_forward(store=store, entry=entry, by=None)
    elif not place.is_ours and not offer.get("by"):
        acknowledge(store, entry, mail)
    return Result(IntakeState.DONE)


def _offered(incoming: Incoming, offer: dict[str, Any]) -> Incoming:
    """Keep with a mail that passes another one on what there is to take over."""
    if not offer:
        return incoming
    data = incoming.data | {"forwarded": offer}
    # Each mail that a colleague passes on is another customer's.
    return replace(incoming, data=data, fresh=bool(offer["by"]))


def _kept(*names: str) -> dict[str, Entry]:
    """Return what is kept already under these names."""
    rows = Entry.objects.filter(message_id__in=[name[:400] for name in names if name])
    return {row.message_id: row for row in rows}


def _incoming(connection: Connection, item: Item, mail: Mail, place: Place, name: str) -> Incoming:
    words = trim_text(mail.text)
    return Incoming(
        medium="email",
        person=person_of(connection, item, mail),
        text=words.new,
        quoted=words.quoted,
        inbox=connection,
        thread=place.thread,
        answers=place.answers,
        subject=mail.subject,
        html=mail.html,
        # A shop's address may be a group that marks each customer's mail as from a list.
        nature=str(mail.nature) if mail.nature == Nature.AUTO_REPLY else "",
        sender_name=mail.from_name,
        sender_address=mail.from_address,
        copies=_copies(connection, mail),
        message_id=name,
        intake_id=item.id,
        happened_at=item.received_at,
        data=_data(mail, place) | ({"signature": words.signature} if words.signature else {}),
        files=tuple(
            IncomingFile(
                name=part.name,
                content_type=part.sniffed_type or part.content_type,
                content=part.content,
                content_id=part.content_id,
                inline=part.inline,
            )
            for part in mail.parts
        ),
    )


def person_of(connection: Connection, item: Item, mail: Mail) -> Person:
    """Return the sender: From and nothing else; a mail without one is somebody we cannot name."""
    first, _, last = one_line(mail.from_name, 150).partition(" ")
    return Person(
        source=f"{connection.connector}/{connection.slug}",
        source_id="" if mail.from_address else item.provider_id[:100],
        email=mail.from_address,
        first_name="" if "@" in mail.from_name else first,
        last_name="" if "@" in mail.from_name else last,
    )


def message_id_of(item: Item, mail: Mail, known: Entry | None) -> str:
    """Return the name under which this mail exists once; `known` bears its Message-ID already.

    Two different mails with one Message-ID are both kept: a copied one must not hide a customer's.
    """
    if not mail.message_id:
        return f"<{item.provider_id}>"
    if known is None or known.intake_id == item.id:
        return mail.message_id
    if known.data.get("unreadable") or known.data.get("mail") == content_mark(mail):
        return mail.message_id
    return f"{mail.message_id[:300]} {content_mark(mail)}"


def content_mark(mail: Mail) -> str:
    """Return a short mark of who wrote what; the same for the same mail by another way."""
    whole = "\0".join((mail.from_address, mail.subject, mail.text or mail.html))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:24]


def _copies(connection: Connection, mail: Mail) -> tuple[str, ...]:
    """Return who else got it, without ourselves and the sender."""
    ours = connection.address.lower()
    local, _, domain = ours.rpartition("@")
    others = [address for _, address in (*mail.to[1:], *mail.cc)]
    return tuple(
        address
        for address in dict.fromkeys(others)
        if address not in (ours, mail.from_address)
        and not (address.startswith(f"{local}+") and address.endswith(f"@{domain}"))
    )


def _data(mail: Mail, place: Place) -> dict[str, Any]:
    data: dict[str, Any] = {"mail": content_mark(mail)}
    if mail.date is not None:
        data["date"] = mail.date.isoformat()
    if mail.reply_to:
        data["reply_to"] = [address for _, address in mail.reply_to[:5]]
    if mail.problems:
        data["problems"] = list(mail.problems)
    if mail.nature == Nature.LIST:
        data["list"] = True
    if mail.authenticated:
        data["authenticated"] = mail.authenticated
    if place.answers is not None:
        data["answers"] = str(place.answers.pk)
    if place.linked_to is not None:
        data["linked_to"] = place.linked_to.number
    if place.linked_message is not None:
        data["linked_message"] = str(place.linked_message.pk)
    if mail.invitation is not None:
        data["invitation"] = _invitation(mail)
    return data


def _invitation(mail: Mail) -> dict[str, str]:
    found = mail.invitation
    assert found is not None
    return {
        "summary": found.summary,
        "location": found.location,
        "organiser": found.organiser,
        "start": found.start.isoformat() if found.start else "",
        "end": found.end.isoformat() if found.end else "",
    }
