"""What is said, for each language, and how it becomes texts of the channels.

Merchants write plain words with Liquid in it. A newcomer's mistake: putting them into a mail as
they are; what is not Liquid is escaped, paragraphs and links are made here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Self

from shopbell.announcements.audience import ORDERS, PARCELS, Affected
from shopbell.kit.errors import Invalid
from shopbell.messaging.catalogue import catalogue_of
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source

_LIQUID = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_PRINTED_LINK = re.compile(r"\{\{-?\s*(?:links\.\w+|[\w.]*_url)\s*-?\}\}")
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_LIKE = "delayed"  # the notification that knows what an announcement knows
_BLANK = re.compile(r"\n\s*\n")

VARIABLES: Mapping[str, str] = {
    "customer.first_name": "First name; write {{ customer.first_name | default: 'there' }}",
    "order.number": "The newest affected order",
    "affected.numbers": "All of their affected orders, such as “#1001, #1007”",
    "affected.count": "How many those are",
    "shipment.carrier": "Who carries the parcel, if there is one",
    "shipment.expected_text": "When it is expected, if known",
    "links.track": "Their tracking page",
    "store.name": "The name of the shop",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language: `text` on phones, `mail` in mails (empty: the same)."""

    subject: str = ""
    text: str = ""
    mail: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Read plain values."""
        return cls(*(str(values.get(name, "")).strip() for name in ("subject", "text", "mail")))

    def to_json(self) -> dict[str, str]:
        """Return plain values."""
        return asdict(self)

    def source(self, medium: str, locale: str) -> Source:
        """Return the text of one channel."""
        if medium != Medium.EMAIL:
            return Source(body=self.text, medium=Medium(medium), locale=locale)
        said = self.mail or self.text
        return Source(
            body="".join(_paragraphs(said)),
            subject=self.subject,
            medium=Medium.EMAIL,
            locale=locale,
        )


def _paragraphs(said: str) -> Iterator[str]:
    for part in _BLANK.split(said.strip()):
        if part.strip():
            yield f"<mj-text>{_escaped(part.strip())}</mj-text>"


def _escaped(part: str) -> str:
    pieces = []
    for piece in _LIQUID.split(part):
        if _PRINTED_LINK.fullmatch(piece):
            name = piece.strip("{}- \n\t")
            pieces.append(f'<a href="{piece}">{{{{ {name} | truncate: 48 }}}}</a>')
        elif _LIQUID.fullmatch(piece):
            pieces.append(piece)
        else:
            pieces.append(_with_links(escape(piece, quote=False)).replace("\n", "<br/>"))
    return "".join(pieces)


def _with_links(text: str) -> str:
    return _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', text)


def words_in(texts: Mapping[str, Any]) -> dict[str, Words]:
    """Return the words of a telling by language."""
    return {locale: Words.of(said) for locale, said in texts.items()}


def check_words(texts: Mapping[str, Words], media: list[str], main: str) -> None:
    """Let texts pass that can be sent: the store's language is there, and no part is missing.

    A name that nothing fills in is refused too: it would hold the message for everybody.

    Raises:
        Invalid: with what is missing, by `<language>-<part>`.
    """
    missing: dict[str, str] = {}
    if not texts.get(main, Words()).text:
        missing[f"{main}-text"] = "Write the message in the language of your store first."
    for locale, said in texts.items():
        if not said.text:
            missing.setdefault(f"{locale}-text", "Write the message, or take the language out.")
        if Medium.EMAIL in media and not said.subject:
            missing[f"{locale}-subject"] = "A mail needs a subject."
        missing |= {f"{locale}-{part}": why for part, why in _unfilled(said, locale)}
    if not media:
        missing["channels"] = "Choose at least one channel."
    if missing:
        raise Invalid("The message is not complete.", fields=missing, kept="The draft is kept.")


def _unfilled(said: Words, locale: str) -> Iterator[tuple[str, str]]:
    # The analysis loads Liquid, which a process that serves no editor does not need.
    from shopbell.messaging.rendering.analysis import unknown_variables

    known = catalogue_of(_LIKE).sample(_LIKE, locale) | {"affected": {"numbers": "", "count": 1}}
    for part, text in said.to_json().items():
        source = Source(body=text, medium=Medium.SMS, locale=locale)
        if unknown := unknown_variables(source, known):
            names = ", ".join(f"“{name}”" for name in unknown)
            yield part, f"Nothing fills in {names}. Take a name from “What fills itself in”."


def people(number: int) -> str:
    """Return how many people, such as `1 person`."""
    return f"{number:,} {'person' if number == 1 else 'people'}"


def said_of(affected: Affected) -> list[str]:
    """Return the conditions in plain words, one line each."""
    lines = [
        ("Carrier", affected.carriers),
        ("Country", affected.countries),
        ("Postcode begins with", affected.postcodes),
        ("Product", affected.products),
        ("Order", tuple(ORDERS.get(each, each) for each in affected.orders)),
        ("Parcel", tuple(PARCELS.get(each, each) for each in affected.parcels)),
    ]
    said = [f"{label}: {' or '.join(values)}" for label, values in lines if values]
    if affected.placed_from:
        said.append(f"Ordered from {affected.placed_from}")
    if affected.placed_until:
        said.append(f"Ordered until {affected.placed_until}")
    return said
