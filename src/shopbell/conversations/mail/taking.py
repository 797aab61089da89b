"""Turning read mails into entries, or saying why one is none.

Mails that have nothing to do with each other are written down together. A newcomer's mistake:
looking for something in the database that an earlier mail of the same batch is about to write.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from shopbell.accounts.models import Store
from shopbell.connections.intake import Item, Result
from shopbell.connections.models import Connection, IntakeState
from shopbell.conversations.actions.forwards import take_over_forward
from shopbell.conversations.actions.linking import link_conversations
from shopbell.conversations.actions.receive import lock_writers, receive_many
from shopbell.conversations.mail.acknowledging import acknowledge
from shopbell.conversations.mail.belonging import Place, place_of, references_of
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


def take_mails(connection: Connection, ready: Sequence[tuple[Item, Found]]) -> dict[int, Result]:
    """Write mails down where they belong, in the scope and transaction of the caller."""
    lock_writers([person_of(connection, item, found.mail) for item, found in ready])
    results: dict[int, Result] = {}
    waiting = list(ready)
    while waiting:
        several = _first_apart(waiting)
        results |= _take_together(connection, several)
        waiting = waiting[len(several) :]
    return results


def _first_apart(waiting: Sequence[tuple[Item, Found]]) -> Sequence[tuple[Item, Found]]:
    """Return the first mails of which none refers to what another one of them changes."""
    seen: set[str] = set()
    for number, (_, found) in enumerate(waiting):
        mail = found.mail
        if found.trouble or mail.nature in _REPORTS or mail.forwarded is not None:
            return waiting[: max(number, 1)]
        addressed = (*mail.delivered_to, *(address for _, address in (*mail.to, *mail.cc)))
        tokens = (address for address in addressed if "+" in address)
        marks = {mail.message_id, mail.from_address, *references_of(mail), *tokens} - {""}
        if seen & marks:
            return waiting[:number]
        seen |= marks
    return waiting


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail that becomes an entry."""

    item: Item
    mail: Mail
    place: Place
    offer: dict[str, Any]
    incoming: Incoming
    stub: Entry | None


def _take_together(
    connection: Connection, several: Sequence[tuple[Item, Found]]
) -> dict[int, Result]:
    """Write down mails of which none refers to another."""
    store, results, letters = connection.store, dict[int, Result](), list[_Letter]()
    kept = _kept(
        [name for item, found in several for name in (found.mail.message_id, stub_name(item))]
    )
    for item, found in several:
        result = _aside(connection, item, found)
        if result is not None:
            results[item.id] = result
            continue
        place = place_of(store, connection, found.mail)
        if found.mail.nature == Nature.AUTO_REPLY and not (place.thread or place.answers):
            note = "An automatic answer to nothing of ours."
            results[item.id] = Result(IntakeState.UNUSED, note)
            continue
        letters.append(_letter(connection, item, found.mail, place, kept))
    received = iter(receive_many(incoming=[each.incoming for each in letters if not each.stub]))
    for each in letters:
        entry = fill_stub(each.stub, each.incoming) if each.stub else next(received)
        results[each.item.id] = _after(store, each, entry)
    return results


def _aside(connection: Connection, item: Item, found: Found) -> Result | None:
    """Deal with what is no mail of a customer."""
    if found.trouble:
        leave_stub(connection, item, found, found.trouble)
        return Result(IntakeState.QUARANTINED, found.trouble)
    if loop := own_loop(found.mail):
        return Result(IntakeState.UNUSED, loop)
    if found.mail.nature in _REPORTS:
        return take_report(connection.store, item, found.mail)
    return None


def _letter(
    connection: Connection, item: Item, mail: Mail, place: Place, kept: dict[str, Entry]
) -> _Letter:
    name = message_id_of(item, mail, kept.get(mail.message_id[:400]))
    offer = offer_of(connection.store, mail, place)
    incoming = _offered(_incoming(connection, item, mail, place, name), offer)
    return _Letter(item, mail, place, offer, incoming, kept.get(stub_name(item)))


def _after(store: Store, letter: _Letter, entry: Entry) -> Result:
    """Do what follows from a mail that was written down."""
    place, offer = letter.place, letter.offer
    if entry.intake_id != letter.item.id:
        return Result(IntakeState.DONE, "Known already.")
    if place.linked_to is not None:
        with suppress(Invalid):  # it has many links already; the entry names it all the same
            link_conversations(one=entry.conversation, other=place.linked_to, by=None)
    if offer.get("by") and offer["address"] and is_vouched_for(store, letter.mail):
        take_over_forward(store=store, entry=entry, by=None)
    elif not place.is_ours and not offer.get("by"):
        acknowledge(store, entry, letter.mail)
    return Result(IntakeState.DONE)


def _offered(incoming: Incoming, offer: dict[str, Any]) -> Incoming:
    """Keep with a mail that passes another one on what there is to take over."""
    if not offer:
        return incoming
    data = incoming.data | {"forwarded": offer}
    # Each mail that a colleague passes on is another customer's.
    return replace(incoming, data=data, fresh=bool(offer["by"]))


def _kept(names: Sequence[str]) -> dict[str, Entry]:
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
