"""Obeying STOP, START and HELP in what customers write, the moment it comes in.

At most one text answers a STOP, and none where the provider has answered already. A plea in free
words is not obeyed: sends are held and a person is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.consent.models import SuppressionReason
from shopbell.consent.optouts import hold_for_person, opt_in, opt_out, owners_of
from shopbell.consent.queries import opt_outs
from shopbell.consent.wishes import Recognised, folded, recognise
from shopbell.consent.words import Wish
from shopbell.kit import clock
from shopbell.kit.text import one_line
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.keyword_texts import KINDS, keyword_text
from shopbell.messaging.ports import CHANNELS, Medium, Written, WrittenKind
from shopbell.messaging.titles import medium_name

_MEDIA = (Medium.SMS, Medium.WHATSAPP)
# What an entry of such a word is called, see `conversations.history`.
NATURES: Mapping[Wish, str] = {
    Wish.STOP: "opt_out",
    Wish.START: "opt_in",
    Wish.HELP: "who_writes",
}


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What was done about a message. Without a `nature` it is one like any other."""

    wish: Wish
    nature: str


def obey(store: Store, connection: Connection, written: Written) -> Obeyed | None:
    """Do what a message's word wants, in the transaction of the caller; None: it is no such word.

    Doing the same message twice changes nothing.
    """
    able = CHANNELS.get(connection.connector).capabilities
    found = _understood(store, able.medium, written)
    if found is None:
        return None
    name = medium_name(able.medium)
    said, at = one_line(written.text, 40), min(written.at, clock.now())
    source = f"{connection.connector}/{connection.slug}"
    number = written.sender
    if found.wish is Wish.ASKS:
        hold_for_person(store=store, number=number, what=f"Wrote “{said}” by {name}")
        return Obeyed(found.wish, "")
    if found.wish is Wish.STOP:
        what = f"The customer answered {_shown(said)} by {name}"
        answer = opt_out(
            store=store, number=number, what=what, words=written.text, source=source, at=at
        )
    elif found.wish is Wish.START:
        answer = opt_in(store=store, number=number, words=written.text, source=source, at=at)
    else:
        answer = True
    if answer and not _provider_answers(able.answered_words, written):
        _answer(store, connection, able.medium, written, found)
    return Obeyed(found.wish, NATURES[found.wish])


def _understood(store: Store, medium: Medium, written: Written) -> Recognised | None:
    """Return what the message asks for here and now."""
    if medium not in _MEDIA or written.kind != WrittenKind.MESSAGE or written.files:
        return None
    if not written.sender.startswith("+"):
        return None
    found = recognise(written.text)
    told = str(written.data.get("keyword") or "")
    if told in (Wish.STOP, Wish.START, Wish.HELP):  # the provider has understood it as that
        found = Recognised(Wish(told), one_line(written.text, 80), found.language if found else "")
    if found is None:
        return None
    if found.wish is Wish.HELP and medium is not Medium.SMS:
        return None  # in a chat somebody who writes "help" wants help
    if found.weak and not _opted_out(store, written.sender):
        return None  # a plain "yes" answers some question
    return found


def _opted_out(store: Store, number: str) -> bool:
    rows = opt_outs(store, number)
    return any(row.reason == SuppressionReason.OPTED_OUT for row in rows)


def _provider_answers(words: frozenset[str], written: Written) -> bool:
    return bool(written.data.get("keyword")) or folded(written.text) in words


def _answer(
    store: Store, connection: Connection, medium: Medium, written: Written, found: Recognised
) -> None:
    """Queue the one text that answers: once a day for HELP, once for each STOP and START."""
    owners = owners_of(written.sender)
    customer = owners[0] if len(owners) == 1 else None
    locale = found.language or (customer.locale if customer else "") or store.locale
    kind = KINDS[found.wish]
    mark = f"{clock.now():%Y-%m-%d}" if found.wish is Wish.HELP else written.provider_id
    draft = Draft(
        business_key=f"{kind}:{written.sender}:{mark}",
        kind=kind,
        purpose="account",
        media=(str(medium),),
        customer=customer,
        to_address=written.sender,
        locale=locale,
        origin="agent",
        data={
            "content": {"text": keyword_text(store, found.wish, locale)},
            "inbox": str(connection.pk),
            "automatic": True,
            "from": str(written.data.get("number") or ""),
        },
    )
    queue_messages(drafts=[draft])


def _shown(said: str) -> str:
    """Return the word as it stands in a sentence: STOP, or what else was written."""
    return said.upper() if said.isascii() and len(said) <= 12 else f"“{said}”"
