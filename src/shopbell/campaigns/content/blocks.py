"""The blocks a mail is made of, read from JSON; a mistake is told with its place.

Whatever somebody has typed so far can be read, even if it cannot be sent yet: an empty picture is a
draft, not an error. What is missing is said by `words.check_content`. A newcomer's mistake:
keeping markup in a block. Blocks hold plain words, addresses and dates.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from shopbell.kit.errors import Invalid

MOST_BLOCKS = 60
LONGEST = 10_000  # characters of one field
PERSONAL = "{{ coupon.code }}"
SIZES = ("small", "medium", "large")


@dataclass(frozen=True, slots=True)
class Block:
    """One block. Every field is a string; "" is not filled in yet."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": self.kind} | {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class Heading(Block):
    """A line that says what follows. `size`: large or small."""

    kind: ClassVar[str] = "heading"
    title: ClassVar[str] = "Heading"
    text: str = ""
    size: str = "large"


@dataclass(frozen=True, slots=True)
class Text(Block):
    """Plain words: a blank line begins a paragraph; `[words](https://…)` is a link."""

    kind: ClassVar[str] = "text"
    title: ClassVar[str] = "Text"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Image(Block):
    """A picture. `alt` is what it says to whoever does not see it."""

    kind: ClassVar[str] = "image"
    title: ClassVar[str] = "Picture"
    url: str = ""
    alt: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Product(Block):
    """A product. `product` is its id in the catalogue, if it was taken from there."""

    kind: ClassVar[str] = "product"
    title: ClassVar[str] = "Product"
    name: str = ""
    image: str = ""
    price: str = ""  # as people read it
    url: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class LastOrder(Block):
    """What the reader ordered last. `text` stands above it, `otherwise` where there is no order."""

    kind: ClassVar[str] = "order"
    title: ClassVar[str] = "Last order"
    text: str = ""
    label: str = ""  # of the button that leads to the order's page
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Button(Block):
    """A link that asks for something."""

    kind: ClassVar[str] = "button"
    title: ClassVar[str] = "Button"
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Coupon(Block):
    """A code: the same for all, or `PERSONAL`. `until`: ISO 8601 with zone, if it ends."""

    kind: ClassVar[str] = "coupon"
    title: ClassVar[str] = "Coupon"
    text: str = ""
    code: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Countdown(Block):
    """How long something lasts. `ends`: ISO 8601 with zone; `over` is said from then on."""

    kind: ClassVar[str] = "countdown"
    title: ClassVar[str] = "Countdown"
    text: str = ""
    ends: str = ""
    over: str = ""


@dataclass(frozen=True, slots=True)
class Divider(Block):
    """A line across."""

    kind: ClassVar[str] = "divider"
    title: ClassVar[str] = "Line"


@dataclass(frozen=True, slots=True)
class Spacer(Block):
    """Empty room."""

    kind: ClassVar[str] = "spacer"
    title: ClassVar[str] = "Space"
    size: str = "medium"


@dataclass(frozen=True, slots=True)
class Columns(Block):
    """Two stacks of blocks beside each other; on a phone the right one comes below."""

    kind: ClassVar[str] = "columns"
    title: ClassVar[str] = "Two columns"
    left: tuple[Block, ...] = ()
    right: tuple[Block, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        sides = {"left": self.left, "right": self.right}
        return {"kind": self.kind} | {
            name: [block.to_json() for block in side] for name, side in sides.items()
        }


KINDS: Mapping[str, type[Block]] = {
    made.kind: made
    for made in (
        Heading, Text, Image, Product, LastOrder, Button, Columns, Coupon, Countdown, Divider,
        Spacer,
    )
}  # fmt: skip
_CHOICES = {("heading", "size"): ("large", "small"), ("spacer", "size"): SIZES}
_MOMENTS = frozenset({("coupon", "until"), ("countdown", "ends")})


def read_blocks(listed: Any, place: str = "blocks") -> tuple[Block, ...]:
    """Return the blocks of a list.

    Raises:
        Invalid: something in it cannot be read; `fields` names the place.
    """
    found = _read_list(listed, place, inside=False)
    if sum(1 for _ in walked(found)) > MOST_BLOCKS:
        raise _wrong(place, f"At most {MOST_BLOCKS} blocks.")
    return found


def _read_list(listed: Any, place: str, *, inside: bool) -> tuple[Block, ...]:
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes):
        raise _wrong(place, "A list of blocks.")
    if len(listed) > MOST_BLOCKS:
        raise _wrong(place, f"At most {MOST_BLOCKS} blocks.")
    return tuple(
        _read(data, f"{place}.{number}", inside=inside) for number, data in enumerate(listed, 1)
    )


def _read(data: Any, place: str, *, inside: bool) -> Block:
    if not isinstance(data, Mapping):
        raise _wrong(place, "A block is an object with a kind.")
    kind = data.get("kind")
    made = KINDS.get(kind) if isinstance(kind, str) else None
    if made is None:
        raise _wrong(f"{place}.kind", f"One of {', '.join(KINDS)}.")
    known = [each.name for each in fields(made)]
    if unknown := sorted(set(data) - set(known) - {"kind"}):
        says = f"Not known here. Known: {', '.join(known)}." if known else "Not known here."
        raise _wrong(f"{place}.{unknown[0]}", says)
    if made is Columns:
        if inside:
            raise _wrong(place, "Columns cannot stand in columns.")
        left, right = (
            _read_list(data.get(side, []), f"{place}.{side}", inside=True)
            for side in ("left", "right")
        )
        return Columns(left, right)
    given = {name: _value(made.kind, name, data[name], place) for name in known if name in data}
    return made(**given)


def _value(kind: str, name: str, value: Any, place: str) -> str:
    here = f"{place}.{name}"
    if not isinstance(value, str):
        raise _wrong(here, "Words.")
    if len(value) > LONGEST:
        raise _wrong(here, f"At most {LONGEST:,} characters.")
    text = value.replace("\r\n", "\n").replace("\0", "").strip()
    choices = _CHOICES.get((kind, name))
    if choices and text not in choices:
        raise _wrong(here, f"One of {', '.join(choices)}.")
    if (kind, name) in _MOMENTS and text and moment(text) is None:
        raise _wrong(here, "A day and hour with a zone, such as 2026-11-30T23:59:00+01:00.")
    return text


def moment(text: str) -> datetime | None:
    """Return the moment a field names; None if it is none or has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def walked(blocks: Sequence[Block], place: str = "blocks") -> Iterator[tuple[str, Block]]:
    """Return every block with its place, those in columns too: `blocks.2.left.1`."""
    for number, block in enumerate(blocks, 1):
        here = f"{place}.{number}"
        yield here, block
        if isinstance(block, Columns):
            yield from walked(block.left, f"{here}.left")
            yield from walked(block.right, f"{here}.right")


def _wrong(place: str, says: str) -> Invalid:
    return Invalid(f"{place}: {says}", fields={place: says})
