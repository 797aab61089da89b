"""Blocks as MJML with Liquid, safe whatever stands in them.

A newcomer's mistake: adding a field to an f-string as it is. Words go through `escaped` or
`linked`, addresses through `address`; a block whose address is none is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from shopbell.campaigns.content.blocks import (
    Block,
    Button,
    Columns,
    Countdown,
    Coupon,
    Divider,
    Heading,
    Image,
    LastOrder,
    Product,
    Spacer,
    Text,
    moment,
)
from shopbell.campaigns.content.liquid import address, escaped, linked, paragraphs
from shopbell.campaigns.content.phrases import day_and_hour, phrases, time_left

type Words = dict[str, str]

_HEIGHTS = {"small": "12px", "medium": "28px", "large": "48px"}
_CODE = (
    "display:inline-block;padding:10px 18px;border:2px dashed #8b9189;border-radius:10px;"
    "font-size:20px;font-weight:700;letter-spacing:0.06em;"
)


def mjml_of(blocks: Sequence[Block], locale: str) -> str:
    """Return the body of a mail."""
    words = phrases(locale)
    parts = []
    for are_columns, some in groupby(blocks, lambda block: isinstance(block, Columns)):
        for group in [[each] for each in some] if are_columns else [list(some)]:
            first = group[0]
            sides = [first.left, first.right] if isinstance(first, Columns) else [group]
            parts.append(_section(sides, words))
    return "".join(parts)


def _section(sides: Sequence[Sequence[Block]], words: Words) -> str:
    inner = ["".join(_markup(block, words) for block in side) for side in sides]
    if not any(inner):
        return ""
    padding = ["0 8px 0 0", "0 0 0 8px"] if len(inner) == 2 else ["0"]
    columns = "".join(
        f'<mj-column padding="{room}">{said}</mj-column>'
        for said, room in zip(inner, padding, strict=True)
    )
    return f"<mj-section>{columns}</mj-section>"


def _markup(block: Block, words: Words) -> str:
    made = _MAKERS.get(type(block))
    return made(block, words) if made else ""


def _heading(block: Heading, words: Words) -> str:
    del words
    tag = "h1" if block.size == "large" else "h2"
    return f"<mj-text><{tag}>{escaped(block.text)}</{tag}></mj-text>" if block.text else ""


def _text(block: Text, words: Words) -> str:
    del words
    said = "".join(f"<p>{linked(part)}</p>" for part in paragraphs(block.text))
    return f'<mj-text padding="0">{said}</mj-text>' if said else ""


def _picture(url: str, alt: str, link: str) -> str:
    source, target = address(url), address(link)
    if not source:
        return ""
    href = f' href="{target}"' if target else ""
    return f'<mj-image src="{source}" alt="{escaped(alt)}"{href} border-radius="8px"/>'


def _image(block: Image, words: Words) -> str:
    del words
    return _picture(block.url, block.alt, block.link)


def _product(block: Product, words: Words) -> str:
    picture = _picture(block.image, block.name, block.url)
    target = address(block.url)
    name = f"<strong>{escaped(block.name)}</strong>" if block.name else ""
    price = escaped(block.price)
    see = f'<a href="{target}">{words["see"]}</a>' if target else ""
    lines = "<br/>".join(line for line in (name, price, see) if line)
    return picture + (f"<mj-text>{lines}</mj-text>" if lines else "")


def _order(block: LastOrder, words: Words) -> str:
    above = f"<p>{linked(block.text)}</p>" if block.text else ""
    shown = f'<mj-text padding="0">{above}<p>{order_line(words)}</p></mj-text><sb-items/>'
    if block.label:
        button = f'<mj-button href="{{{{ links.track }}}}">{escaped(block.label)}</mj-button>'
        shown += f"{{% if links.track %}}{button}{{% endif %}}"
    instead = "".join(f"<p>{linked(part)}</p>" for part in paragraphs(block.otherwise))
    instead = f'{{% else %}}<mj-text padding="0">{instead}</mj-text>' if instead else ""
    return f"{{% if order %}}{shown}{instead}{{% endif %}}"


def order_line(words: Words) -> str:
    """Return which order it is, as Liquid."""
    day = "{% if order.placed_at %}, {{ order.placed_at | date: 'long' }}{% endif %}"
    return f"{words['order']} {{{{ order.number }}}}{day}"


def _button(block: Button, words: Words) -> str:
    del words
    target = address(block.url)
    if not target or not block.label:
        return ""
    return f'<mj-button href="{target}">{escaped(block.label)}</mj-button>'


def _coupon(block: Coupon, words: Words) -> str:
    if not block.code:
        return ""
    lines = [linked(block.text)] if block.text else []
    lines.append(f'<span style="{_CODE}">{escaped(block.code)}</span>')
    if block.until and moment(block.until):
        until = f"{words['valid_until']} {day_and_hour(block.until)}"
        lines.append(f'<span class="sb-second sb-small">{until}</span>')
    return f'<mj-text align="center" line-height="2">{"<br/>".join(lines)}</mj-text>'


def _countdown(block: Countdown, words: Words) -> str:
    said = countdown_words(block, words, escaped)
    if not said:
        return ""
    text = f"<strong>{escaped(block.text)}</strong><br/>" if block.text else ""
    return f'<mj-text align="center">{text}{said}</mj-text>'


def countdown_words(block: Countdown, words: Words, clean: Callable[[str], str]) -> str:
    """Return what a countdown says about its end, as Liquid; "" without an end."""
    ends = moment(block.ends) if block.ends else None
    if ends is None:
        return ""
    said = f"{words['ends']} {day_and_hour(block.ends)}."
    over = clean(block.over) or words["over"]
    return time_left(int(ends.timestamp()), words, said, over)


def _divider(block: Divider, words: Words) -> str:
    del block, words
    return "<mj-divider/>"


def _spacer(block: Spacer, words: Words) -> str:
    del words
    return f'<mj-spacer height="{_HEIGHTS.get(block.size, _HEIGHTS["medium"])}"/>'


_MAKERS: Mapping[type[Block], Callable[[Any, Words], str]] = {
    Heading: _heading,
    Text: _text,
    Image: _image,
    Product: _product,
    LastOrder: _order,
    Button: _button,
    Coupon: _coupon,
    Countdown: _countdown,
    Divider: _divider,
    Spacer: _spacer,
}
