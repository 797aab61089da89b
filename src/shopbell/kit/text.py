"""Text that comes from outside, made storable: NUL and lone surrogates go, the rest stays.

PostgreSQL refuses NUL; UTF-8 refuses lone surrogates (`"\\ud800"` in JSON). Both are replaced by
U+FFFD in free text rather than failing a whole order.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_REPLACEMENT = "�"


def storable(value: str) -> str:
    """Return `value` with NUL and lone surrogates replaced by U+FFFD."""
    if "\0" in value:
        value = value.replace("\0", _REPLACEMENT)
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def storable_json(value: Any) -> Any:
    """Return a JSON value with every string in it made storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [storable_json(item) for item in value]
    if isinstance(value, dict):
        return {storable(str(key)): storable_json(item) for key, item in value.items()}
    return value


def one_line(value: str, limit: int = 200) -> str:
    """Return `value` without line breaks and controls, cut to `limit` characters."""
    cleaned = "".join(character if character.isprintable() else " " for character in value)
    folded = " ".join(cleaned.split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def masked_address(address: str) -> str:
    """Return an address that its owner recognises and a stranger cannot use: `m•••@example.com`."""
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}•••@{domain}"
    return f"{address[:3]}•••{address[-2:]}" if len(address) > 6 else "•••"


def locale_chain(*locales: str) -> Iterator[str]:
    """Yield locales to try: each one, its language, at last English."""
    seen: set[str] = set()
    for locale in (*locales, "en"):
        code = locale.replace("_", "-")
        for candidate in (code, code.split("-")[0]):
            if candidate and candidate not in seen:
                seen.add(candidate)
                yield candidate


def first_language(wishes: Iterable[str], known: Sequence[str]) -> str:
    """Return the first language we have among locale names such as `de-AT`, else the first one."""
    for wish in wishes:
        code = wish.strip().replace("_", "-").split("-")[0].lower()
        if code in known:
            return code
    return known[0]
