"""Finds the address that failed in reports without fields, most certain places first.

A newcomer's mistake: taking the first address in the text. It is often ours, or the server's.
"""

import re

from shopbell.kit.mail.reading.contents import part_text
from shopbell.kit.mail.reading.mime import Entity
from shopbell.kit.mail.reading.people import clean_address, first_address, read_people

_AT = r"<?([^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,255})>?"
_PLACES = tuple(
    re.compile(pattern, re.I | re.M)
    for pattern in (
        rf"^(?:final|original)-recipient:[^;\n]{{0,20}};?\s*{_AT}",
        rf"(?:>>>\s*)?\brcpt to:\s*{_AT}",
        rf"^\W{{0,8}}(?:recipient|to|address|empfänger|destinataire|destinatario|получатель)\W{{0,4}}:\s*{_AT}",
        rf"(?:mail|message|e-mail|delivered|delivery|delivering|deliver|nachricht|courrier|mensaje|send|sent)\b[^\n@]{{0,60}}?\b(?:to|an|à|a|für|for)\s+{_AT}",
        rf"^[ \t]*{_AT}[ \t]*:?[ \t]*$",
        rf"^[ \t]*{_AT}\s*[:,(]",
        rf"(?:recipients?|address(?:es)?|following|failed|user|mailbox)\b[^\n@]{{0,60}}\s{_AT}",
        rf"\b[45]\d\d\b[^\n@]{{0,80}}{_AT}",
    )
)
RETURNED = re.compile(
    r"(?mi)^[ \t]{0,20}--.{0,200}(?:original|copy|below|header|undelivered|returned)|"
    r"^(?:original message follows|message headers follow|below this line is|received:)|"
    r"^return-path:"
)
"""Where the report ends and the mail that came back begins."""


def failed_addresses(mail: Entity, text: str) -> list[str]:
    """Return the addresses that failed, the most certain first."""
    people, _ = read_people(", ".join(mail.headers.structured("x-failed-recipients")), 20)
    found = dict.fromkeys(address for _, address in people)
    ours = _not_recipients(mail)
    words = RETURNED.split(text, maxsplit=1)[0] or text[:4000]
    return list(found) or _in_words(words, ours) or _by_flufl(mail, ours) or _in_words(words, set())


def _in_words(words: str, ours: set[str]) -> list[str]:
    for place in _PLACES:
        addresses = (clean_address(match[1].rstrip(".:;,'")) for match in place.finditer(words))
        found = dict.fromkeys(
            address for address in addresses if address not in ours and "." in address
        )
        if found:
            return list(found)
    return []


def original_recipient(mail: Entity, text: str) -> str:
    """Return whom the mail that came back was written to, if that is one person."""
    for part in mail.walk():
        if part is mail or part.content_type not in ("message/rfc822", "text/rfc822-headers"):
            continue
        if part.children:
            return _only(part.children[0].headers.structured("to"))
        return _only(re.findall(r"(?mi)^to:\s*(.+)$", part_text(part, 65536)[0])[:1])
    returned = RETURNED.split(text, maxsplit=1)
    return _only(re.findall(r"(?mi)^to:\s*(.+)$", returned[1])[:1]) if len(returned) > 1 else ""


def _only(values: list[str]) -> str:
    people, _ = read_people(", ".join(values), 2)
    return people[0][1] if len(people) == 1 else ""


def _not_recipients(mail: Entity) -> set[str]:
    """Return the addresses of the report itself: its sender and its receiver, who is us."""
    names = ("from", "to", "reply-to", "return-path", "delivered-to", "x-original-to", "sender")
    return {first_address(value) for name in names for value in mail.headers.structured(name)}


def _by_flufl(mail: Entity, ours: set[str]) -> list[str]:
    """Ask the library that knows the odd formats of old servers."""
    from email import message_from_bytes, policy

    from flufl.bounce import all_failures

    data = mail.body.obj
    assert isinstance(data, bytes)
    try:
        temporary, permanent = all_failures(
            message_from_bytes(data[:262144], policy=policy.compat32)
        )
    except Exception:  # it trusts the mail more than we do
        return []
    found = [clean_address(one.decode("ascii", "replace")) for one in [*permanent, *temporary]]
    return sorted({address for address in found if address and address not in ours})
