"""Mails that somebody passes on: what there is to take over, kept with the entry as an offer.

Nothing is put into a customer's mouth here. Anybody can write a mail that looks forwarded, so a
person looks and takes it over (`actions.forwards`); by itself that happens only where the store
names the mail server whose word counts, and that server vouches for a colleague's address.
"""

from datetime import datetime
from typing import Any

from shopbell.accounts.models import Store, User
from shopbell.conversations.mail.belonging import Place
from shopbell.conversations.policy import desk_policy
from shopbell.conversations.queries import staff_of_store
from shopbell.kit.mail.reading import Mail, Nature
from shopbell.kit.mail.reading.forwards import innermost
from shopbell.kit.mail.reading.mails import Forwarded
from shopbell.kit.text import one_line, storable
from shopbell.messaging.inbound.doors import addresses_of, plain_address
from shopbell.web.formats import zone_of

OFFERED, TAKEN, LEFT = "offered", "taken", "left"
_PEOPLE = (Nature.PERSON, Nature.LIST)


def offer_of(store: Store, mail: Mail, place: Place) -> dict[str, Any]:
    """Return what an entry keeps of the mail that this one passes on; nothing if it does not.

    From a colleague whatever looks like it counts, from others only what says so.
    """
    found = mail.forwarded
    if found is None or place.thread or place.answers or mail.nature not in _PEOPLE:
        return {}
    staff = {user.email.lower(): user for user in staff_of_store()}
    by = staff.get(mail.from_address)
    if by is None and not found.marked:
        return {}
    found = innermost(found, {*staff, *addresses_of(store.pk), mail.from_address})
    if found is None or plain_address(found.address) in addresses_of(store.pk):
        return {}
    if not found.address and by is None:
        return {}
    return _as_data(found, store, mail, by)


def is_vouched_for(store: Store, mail: Mail) -> bool:
    """Whether the mail server that the store trusts in this says who sent the mail."""
    trusted = desk_policy(store).forwards_vouched_by.lower()
    return bool(trusted) and mail.authenticated == "pass" and mail.authenticated_by == trusted


def _as_data(found: Forwarded, store: Store, mail: Mail, by: User | None) -> dict[str, Any]:
    file = mail.parts[found.part] if 0 <= found.part < len(mail.parts) else None
    return {
        "state": OFFERED,
        "by": by.pk if by else None,
        "by_name": str(by) if by else one_line(mail.from_name or mail.from_address, 200),
        "name": one_line(found.name, 200),
        "address": found.address,
        "subject": one_line(found.subject, 300),
        "sent_at": _moment(found.sent_at, store),
        "text": storable(found.text),
        "above": storable(found.above),
        "message_id": _usable(found.message_id or mail.in_reply_to),
        "file": {"name": file.name, "size": len(file.content)} if file else None,
    }


def _moment(sent_at: datetime | None, store: Store) -> str:
    """Return a moment as text; one without a zone is meant in the store's."""
    if sent_at is None:
        return ""
    known = sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=zone_of(store.timezone))
    return known.isoformat()


def _usable(message_id: str) -> str:
    """Return a Message-ID that an answer may name in its headers, or ""."""
    plain = message_id.isascii() and message_id.isprintable() and len(message_id) <= 300
    return message_id if plain else ""
