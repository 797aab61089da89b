"""Address headers as (name, address) pairs, split in one pass over the characters.

A newcomer's mistake: `email`'s structured parser, which raises on two thousand brackets and takes
seconds for a long list. Here anything odd becomes a name without an address, or is left out.
"""

import re
from collections.abc import Iterator

from shopbell.kit.mail.reading.mails import Person
from shopbell.kit.mail.reading.words import encoded_words
from shopbell.kit.text import one_line

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[()<>,;:]|[^"()<>,;:]+')
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]+(?:@[^\s<>()\[\],;:\"@]+)")
_LONGEST = 320


def read_people(value: str, limit: int) -> tuple[list[Person], bool]:
    """Return at most `limit` people of one header, and whether there were more.

    `value` is unfolded with its encoded words still in place.
    """
    people: list[Person] = []
    for mailbox in _mailboxes(value):
        person = _person(*mailbox)
        if person is None:
            continue
        if len(people) == limit:
            return people, True
        people.append(person)
    return people, False


def first_address(value: str) -> str:
    """Return the first address in a header such as Return-Path, "" if there is none."""
    people, _ = read_people(value, 1)
    return people[0][1] if people else ""


def clean_address(text: str) -> str:
    """Return an address in lower case without what mail programs put around it, or ""."""
    text = text.strip().strip("<>'\"").removeprefix("mailto:").strip()
    found = _ADDRESS.fullmatch(text) or _ADDRESS.search(text)
    if found is None or len(found[0]) > _LONGEST or not found[0].isprintable():
        return ""
    return found[0].strip(".'").lower()


def _mailboxes(value: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield (plain words, quoted words, what stood in <>, comments) of each mailbox."""
    plain, quoted, angle, comment = "", "", "", ""
    inside, depth = False, 0
    for piece in _TOKEN.findall(value):
        if depth or piece in "()":
            depth = max(0, depth + (piece == "(") - (piece == ")"))
            comment += piece if piece not in "()" else ""
        elif piece == "<":
            inside = True
        elif piece == ">":
            inside = False
        elif piece in ",;" and not inside:
            yield plain, quoted, angle, comment
            plain, quoted, angle, comment = "", "", "", ""
        elif piece == ":" and not inside:  # the name of a group, or a stray colon
            plain, quoted = "", ""
        elif inside:
            angle += piece
        elif piece.startswith('"'):
            quoted += re.sub(r"\\(.)", r"\1", piece.strip('"'))
            plain += piece if "@" in plain or piece.endswith('"@') else ""
        else:
            plain += piece
    yield plain, quoted, angle, comment


def _person(plain: str, quoted: str, angle: str, comment: str) -> Person | None:
    if angle.strip():
        address = clean_address(angle)
        name = quoted if quoted and not plain.strip() else f"{quoted} {plain}"
    else:
        address = clean_address(plain) or clean_address(quoted)
        name = comment or (quoted if address not in quoted.lower() else "")
    if not address:
        return None
    name = one_line(encoded_words(name.strip()), 200).strip("'\" ")
    return ("" if name.lower() == address else name), address
