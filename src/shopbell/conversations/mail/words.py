"""The customer's own new words, apart from what is quoted below them."""

import re

_ABOVE = re.compile(
    r"^(?:On .{5,200} wrote:|Am .{5,200} schrieb .{1,200}:|Le .{5,200} a écrit\s?:"
    r"|-{2,}\s?Original Message\s?-{2,})\s*$",
    re.M,
)


def own_words(text: str) -> tuple[str, str]:
    """Return (new, quoted)."""
    found = _ABOVE.search(text)
    at = (
        found.start()
        if found
        else next((match.start() for match in re.finditer(r"^>", text, re.M)), len(text))
    )
    return text[:at].strip(), text[at:].strip()
