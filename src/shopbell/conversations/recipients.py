"""Who gets an answer beside the customer: addresses as somebody typed them, checked."""

import re
from collections.abc import Iterable, Sequence

from shopbell.conversations.models import Entry, Thread
from shopbell.kit.errors import Invalid
from shopbell.kit.mail.addresses import parse_address
from shopbell.messaging.inbound.doors import addresses_of, plain_address
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.ports import CHANNELS, Capabilities, Medium, able_with

MOST = 20
_BETWEEN = re.compile(r"[,;\n]")
_QUOTED = re.compile(r'"[^"]*"')  # a name, which may hold a comma
_BARE = re.compile(r"[^<>]*<([^<>]*)>\s*")


def addresses_in(text: str) -> list[str]:
    """Return the addresses in a field such as `Tom <tom@x.example>, liv@y.example`.

    Raises:
        Invalid: something in it is no address.
    """
    found = [_BARE.sub(r"\1", each).strip() for each in _BETWEEN.split(_QUOTED.sub("", text))]
    return checked_addresses(each for each in found if each)


def checked_addresses(given: Iterable[str]) -> list[str]:
    """Return addresses that mail can be sent to, each once.

    Raises:
        Invalid: one is no address, or there are too many.
    """
    found = list(dict.fromkeys(str(parse_address(each.strip())) for each in given))
    if len(found) > MOST:
        raise Invalid(f"At most {MOST} people can get a copy.", kept="Your answer is still here.")
    return found


def copies_for(
    thread: Thread, cc: Sequence[str], bcc: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return who gets an open and who a hidden copy: nobody twice, and nobody who gets it anyhow.

    Raises:
        Invalid: the channel sends no copies, or one address is the shop's own.
    """
    if not cc and not bcc:
        return [], []
    able = capabilities_of(thread)
    if able is None or not able.copies:
        raise Invalid("Copies go by e-mail only.", kept="Your answer is still here.")
    ours = set(addresses_of(thread.store_id))
    taken = {thread.address.lower()}
    kept: list[list[str]] = []
    for addresses in (checked_addresses(cc), checked_addresses(bcc)):
        for each in addresses:
            if plain_address(each) in ours:
                raise Invalid(
                    f"{each} is this shop's own inbox: the answer would come back as a question.",
                    kept="Your answer is still here.",
                    remedy="Take the address out.",
                )
        kept.append([each for each in addresses if each.lower() not in taken])
        taken |= {each.lower() for each in addresses}
    return kept[0], kept[1]


def offered_copies(thread: Thread | None, last: Entry | None) -> list[str]:
    """Return whom the customer had copied when they wrote `last`: they may want the answer too."""
    if thread is None or last is None or thread.answered_by != Medium.EMAIL:
        return []
    people = [*map(str, last.copies), last.sender_address]  # who wrote may be one who was copied
    taken = {"", thread.address.lower()}
    others = [each for each in dict.fromkeys(people) if each.lower() not in taken and "@" in each]
    if not others:
        return []
    ours = set(addresses_of(thread.store_id))
    return [each for each in others if plain_address(each) not in ours][:MOST]


def capabilities_of(thread: Thread) -> Capabilities | None:
    """Return what the channel can do by which an answer leaves; None: there is no such channel."""
    inbox = thread.inbox
    if inbox is not None and inbox.connector in CHANNELS:
        able = able_with(inbox.connector, inbox.settings)
        if able.can_send(inbox.settings):
            return able
    medium = thread.answered_by
    other = inboxes().get(Medium(medium)) if medium in Medium else None
    return able_with(other.connector, other.settings) if other is not None else None
