"""Who is named in an internal note, as `@Ada Owner` or `@ada@shop.example`."""

import re
from collections.abc import Iterable

from shopbell.accounts.models import User


def find_mentions(text: str, people: Iterable[User]) -> list[User]:
    """Return the people named, each once; the longest name wins: "@Ann-Marie" does not call Ann."""
    found: dict[int, User] = {}
    names = [(name.casefold(), user) for user in people for name in (user.name, user.email) if name]
    names.sort(key=lambda pair: -len(pair[0]))
    for match in re.finditer(r"(?<![\w@])@", text):
        rest = text[match.end() :].casefold()
        for name, user in names:
            if rest.startswith(name) and not re.match(r"[\w-]", rest[len(name) : len(name) + 1]):
                found[user.pk] = user
                break
    return list(found.values())
