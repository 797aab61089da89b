"""The filters templates may use: most of Liquid's, `money` and `date` of our own, nothing else.

`safe` and `escapejs` are not among them: in a mail every printed value is escaped, always.
A contextual filter gets the rendering first: `filter_(context, value, …)`.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from liquid.exceptions import FilterArgumentError

from shopbell.messaging.rendering.locales import date_text, money_text

CONTEXTUAL = frozenset({"money", "date"})

ALLOWED = frozenset(
    """
    abs at_least at_most ceil divided_by floor minus modulo plus round times
    append base64_decode base64_encode base64_url_safe_decode base64_url_safe_encode capitalize
    downcase escape escape_once lstrip newline_to_br prepend remove remove_first remove_last
    replace replace_first replace_last rstrip slice split squish strip strip_html strip_newlines
    truncate truncatewords upcase url_decode url_encode
    compact concat find find_index first has join last map reject reverse size sort sort_natural
    sum uniq where
    default date money ink_on web_link
    """.split()  # noqa: SIM905
)

_LARGEST_AMOUNT = 10**15
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}")


def money(context: Any, value: object, currency: object = None) -> str:
    """`{{ order.total | money }}`: minor units, as the customer is used to read money."""
    if value is None or value == "" or not isinstance(value, int | float | str):
        return ""
    try:
        amount = int(value)
    except (ValueError, OverflowError):
        raise FilterArgumentError("money needs a whole number of cents", token=None) from None
    if abs(amount) > _LARGEST_AMOUNT:
        raise FilterArgumentError("money got an amount out of range", token=None)
    code = currency if isinstance(currency, str) and currency else context.currency
    return money_text(amount, str(code)[:3].upper(), context.locale)


def date(context: Any, value: object, style: object = "medium") -> object:
    """`{{ order.placed_at | date: "long" }}`: a time in the customer's language and zone."""
    if value is None or value == "" or not isinstance(value, int | float | str):
        return ""
    if isinstance(value, str):
        value = str(value)
        if value in ("now", "today"):
            value = context.now or datetime.now(UTC).isoformat()
    if not isinstance(style, str) or not style:
        return str(value)
    text = date_text(value, style, context.locale, context.zone)
    return str(value) if text is None else text


def ink_on(colour: object) -> str:
    """`{{ store.brand_colour | ink_on }}`: black or white, whichever reads better on it."""
    return _ink_on(str(colour).strip())


@lru_cache(maxsize=256)
def _ink_on(text: str) -> str:
    if not _COLOUR.fullmatch(text):
        return "#ffffff"
    digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
    red, green, blue = (_linear(int(digits[place : place + 2], 16)) for place in (0, 2, 4))
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.06 else "#1b1f1b"


def _linear(channel: int) -> float:
    part = channel / 255
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)


def web_link(value: object) -> str:
    """`{{ shipment.tracking_url | web_link }}`: the address, or nothing if it is none."""
    text = str(value).strip()
    return text if re.match(r"https?://[^\s]+\Z", text, re.IGNORECASE) else ""


def ours() -> dict[str, Callable[..., object]]:
    """Return the filters Shopbell adds or replaces."""
    return {"money": money, "date": date, "ink_on": ink_on, "web_link": web_link}
