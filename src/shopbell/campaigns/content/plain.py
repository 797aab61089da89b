"""The plain part of a mail: the same blocks in words; the frame adds the footer.

Derived from blocks and not from markup, so that what a picture says is not lost.
"""

from collections.abc import Iterator, Sequence

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
    Text,
    moment,
)
from shopbell.campaigns.content.liquid import address, unlinked
from shopbell.campaigns.content.markup import countdown_words, order_line
from shopbell.campaigns.content.phrases import day_and_hour, phrases


def plain_of(blocks: Sequence[Block], locale: str) -> str:
    """Return blocks as plain text, without the footer."""
    return "\n\n".join(said for said in _said(blocks, phrases(locale)) if said)


def _said(blocks: Sequence[Block], words: dict[str, str]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Columns):
            yield from _said((*block.left, *block.right), words)
        else:
            yield "\n".join(line for line in _lines(block, words) if line)


def _lines(block: Block, words: dict[str, str]) -> Iterator[str]:
    match block:
        case Heading():
            yield block.text
        case Text():
            yield unlinked(block.text)
        case Image():
            yield block.alt
            yield block.link if address(block.link) else ""
        case Product():
            yield block.name
            yield block.price
            yield block.url if address(block.url) else ""
        case LastOrder():
            yield from _order_lines(block, words)
        case Button():
            if block.label and address(block.url):
                yield f"{block.label}: {block.url}"
        case Coupon():
            yield unlinked(block.text)
            yield f"{words['code']}: {block.code}" if block.code else ""
            if block.until and moment(block.until):
                yield f"{words['valid_until']} {day_and_hour(block.until)}"
        case Countdown():
            said = countdown_words(block, words, str)
            yield block.text if said else ""
            yield said
        case Divider():
            yield "---"


def _order_lines(block: LastOrder, words: dict[str, str]) -> Iterator[str]:
    above = f"{unlinked(block.text)}\n" if block.text else ""
    yield f"{{% if order %}}{above}{order_line(words)}"
    yield (
        "{% for line in order.lines %}{{ line.quantity }} × {{ line.title }}"
        "{% if line.variant %} ({{ line.variant }}){% endif %}"
        "{% unless forloop.last %}\n{% endunless %}{% endfor %}"
    )
    if block.label:
        yield f"{{% if links.track %}}{block.label}: {{{{ links.track }}}}{{% endif %}}"
    yield f"{{% else %}}{unlinked(block.otherwise)}{{% endif %}}"
