"""What one variant says in one language, and whether it can be sent.

A draft may hold anything that can be read; `check_content` is asked before it leaves. A newcomer's
mistake: taking `Content.of` for that check.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from shopbell.campaigns.content.blocks import (
    LONGEST,
    Block,
    Button,
    Columns,
    Countdown,
    Coupon,
    Heading,
    Image,
    LastOrder,
    Product,
    Text,
    moment,
    read_blocks,
    walked,
)
from shopbell.campaigns.content.liquid import address, links_in, problem_of
from shopbell.campaigns.content.markup import mjml_of
from shopbell.campaigns.content.plain import plain_of
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source

LONGEST_SUBJECT = 200

VARIABLES: Mapping[str, str] = {
    "customer.first_name": "First name; write {{ customer.first_name | default: 'there' }}",
    "customer.name": "First and last name, with a default likewise",
    "coupon.code": "Their own code, if the campaign has codes",
    "store.name": "The name of the shop",
    "store.url": "The address of the shop",
    "links.preferences": "Where they choose what they get",
}
SAMPLE: Mapping[str, Any] = {
    "customer": {
        "first_name": "Ada", "last_name": "Berg", "name": "Ada Berg", "email": "ada@example.org",
        "locale": "en",
    },
    "store": {
        "name": "Shop", "url": "https://shop.example", "address": "1 High Street",
        "logo_url": "https://shop.example/logo.png", "brand_colour": "#20261f",
        "help_url": "https://shop.example/help", "help_email": "help@shop.example",
        "phone": "+1 555 0100", "hours": "Mo-Fr 9-17",
    },
    "links": {"preferences": "https://shop.example/p", "unsubscribe": "https://shop.example/p"},
    "coupon": {"code": "ADA-2041"},
    "message": {"kind": "campaign"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """`text` is for phones; `plain` is an own plain part of the mail, "" one made from blocks."""

    subject: str = ""
    preheader: str = ""
    blocks: tuple[Block, ...] = ()
    text: str = ""
    plain: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Read plain values.

        Raises:
            Invalid: something in them cannot be read; `fields` names the place.
        """
        if not isinstance(values, Mapping):
            raise Invalid("Words come by name.", fields={"": "An object with subject and blocks."})
        said = {name: _words(values, name) for name in ("subject", "preheader", "text", "plain")}
        for name in ("subject", "preheader"):
            said[name] = one_line(said[name], LONGEST)
            if len(said[name]) > LONGEST_SUBJECT:
                says = f"At most {LONGEST_SUBJECT} characters."
                raise Invalid(f"{name}: {says}", fields={name: says})
        return cls(**said, blocks=read_blocks(values.get("blocks", [])))

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        kept: dict[str, Any] = {
            each.name: getattr(self, each.name) for each in fields(self) if each.name != "blocks"
        }
        return kept | {"blocks": [block.to_json() for block in self.blocks]}

    def source(self, medium: str, locale: str) -> Source:
        """Return the text of one channel; safe to compile whatever was typed."""
        if medium != Medium.EMAIL:
            return Source(body=self.text, medium=Medium(medium), locale=locale)
        return Source(
            body=mjml_of(self.blocks, locale),
            subject=self.subject,
            preheader=self.preheader,
            text=self.plain or plain_of(self.blocks, locale),
            medium=Medium.EMAIL,
            locale=locale,
        )

    def uses_codes(self) -> bool:
        """Return whether something in it prints a code of the reader's own."""
        return any("coupon.code" in text for _, text in texts_of(self))

    def shows_orders(self) -> bool:
        """Return whether something in it is the reader's last order."""
        return any(isinstance(block, LastOrder) for _, block in walked(self.blocks))


def _words(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name, "")
    if not isinstance(value, str):
        raise Invalid(f"{name}: Words.", fields={name: "Words."})
    if len(value) > LONGEST:
        says = f"At most {LONGEST:,} characters."
        raise Invalid(f"{name}: {says}", fields={name: says})
    return value.replace("\r\n", "\n").replace("\0", "").strip()


def texts_of(content: Content) -> Iterator[tuple[str, str]]:
    """Return every text people read, with its place; addresses and dates are not among them."""
    for name in ("subject", "preheader", "text", "plain"):
        yield name, getattr(content, name)
    for place, block in walked(content.blocks):
        for name in _READ.get(type(block), ()):
            yield f"{place}.{name}", getattr(block, name)


def addresses_of(content: Content) -> Iterator[tuple[str, str]]:
    """Return every address somebody typed, with its place."""
    for place, block in walked(content.blocks):
        for name in _ADDRESSES.get(type(block), ()):
            if getattr(block, name):
                yield f"{place}.{name}", getattr(block, name)
        for name in _LINKED.get(type(block), ()):
            for link in links_in(getattr(block, name)):
                yield f"{place}.{name}", link


_READ: Mapping[type[Block], tuple[str, ...]] = {
    Heading: ("text",),
    Text: ("text",),
    Image: ("alt",),
    Product: ("name", "price"),
    LastOrder: ("text", "label", "otherwise"),
    Button: ("label",),
    Coupon: ("text", "code"),
    Countdown: ("text", "over"),
}
_ADDRESSES: Mapping[type[Block], tuple[str, ...]] = {
    Image: ("url", "link"),
    Product: ("image", "url"),
    Button: ("url",),
}
_LINKED: Mapping[type[Block], tuple[str, ...]] = {
    Text: ("text",),
    Coupon: ("text",),
    LastOrder: ("text", "otherwise"),
}
_NEEDED: Mapping[type[Block], Mapping[str, str]] = {
    Heading: {"text": "Write the heading, or take it out."},
    Text: {"text": "Write the text, or take it out."},
    Image: {"url": "Say where the picture lies, or take it out."},
    Product: {"name": "Name the product.", "url": "Say where it can be bought."},
    Button: {"label": "Say what the button does.", "url": "Say where the button leads."},
    Coupon: {"code": "Write the code, or choose a code for each person."},
    Countdown: {"ends": "Say when it ends. A countdown without an end is not true."},
}


def check_content(texts: Mapping[str, Content], media: list[str], main_locale: str) -> None:
    """Let through what can be sent: the store's language is there, and nothing is missing.

    Raises:
        Invalid: with what is missing, by `<language>-<place>` such as `en-blocks.2.url`.
    """
    wrong: dict[str, str] = {}
    if not media:
        wrong["media"] = "Choose at least one channel."
    if main_locale not in texts:
        wrong[f"{main_locale}-subject"] = "Write it in the language of your store first."
    for locale, content in texts.items():
        for place, says in _wrong(content, media, locale):
            wrong.setdefault(f"{locale}-{place}", says)
    if wrong:
        raise Invalid("What it says is not complete.", fields=wrong, kept="The draft is kept.")


def _wrong(content: Content, media: list[str], locale: str) -> Iterator[tuple[str, str]]:
    if Medium.EMAIL in media:
        if not content.subject:
            yield "subject", "A mail needs a subject."
        if not any(not isinstance(block, Columns) for _, block in walked(content.blocks)):
            yield "blocks", "Add a block: the mail says nothing yet."
        for place, block in walked(content.blocks):
            for name, says in _NEEDED.get(type(block), {}).items():
                if not getattr(block, name):
                    yield f"{place}.{name}", says
    if any(medium != Medium.EMAIL for medium in media) and not content.text:
        yield "text", "Write the text for phones, or choose mail alone."
    for place, link in addresses_of(content):
        if not address(link):
            yield place, "A link begins with https:// and has no spaces."
    yield from _unfilled(content, locale)


def _unfilled(content: Content, locale: str) -> Iterator[tuple[str, str]]:
    # The analysis loads Liquid, which a process that serves no editor does not need.
    from shopbell.messaging.rendering.analysis import unknown_variables

    for place, text in (*texts_of(content), *addresses_of(content)):
        if "{" not in text:
            continue
        if says := problem_of(text):
            yield place, says
            continue
        source = Source(body=text, medium=Medium.SMS, locale=locale)
        if unknown := unknown_variables(source, SAMPLE):
            names = ", ".join(f"“{name}”" for name in unknown)
            yield place, f"Nothing fills in {names}. Take a name from “What fills itself in”."


def ends_of(content: Content) -> list[tuple[str, datetime]]:
    """Return the ends its blocks tell of, with their places."""
    told = [
        (f"{place}.{name}", moment(getattr(block, name)))
        for place, block in walked(content.blocks)
        for name in ("until", "ends")
        if hasattr(block, name)
    ]
    return [(place, at) for place, at in told if at is not None]
