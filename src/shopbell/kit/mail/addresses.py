"""E-mail addresses for sending, read strictly: one bare address, no display name, no comments.

A newcomer's mistake: taking an address that "looks fine" to the SMTP dialogue. Whatever is written
there passes `parse_address`, so that no CR, LF or space can become a second command.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import idna

from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*"')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LAST_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]+")
_LOCAL_LIMIT = 64  # RFC 5321, section 4.5.3.1
_ADDRESS_LIMIT = 254


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address. `domain` is ASCII (punycode); `local` is not when `wide` is true."""

    local: str
    domain: str
    wide: bool = False

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


@lru_cache(maxsize=8192)
def parse_address(value: str) -> Address:
    """Read one bare address; its domain becomes lower-case ASCII.

    `wide` on the result says that the local part needs a server with SMTPUTF8.

    Raises:
        Invalid: it is not one address.
    """
    local, at, domain = value.rpartition("@")
    if not at or not local or not domain:
        raise _refusal(value, "it needs one name, an @ and a domain")
    wide = not local.isascii()
    if not _local_is_good(local):
        raise _refusal(value, "the part before the @ is not allowed")
    address = Address(local, _ascii_domain(value, domain), wide)
    if len(local.encode()) > _LOCAL_LIMIT or len(str(address).encode()) > _ADDRESS_LIMIT:
        raise _refusal(value, "it is too long")
    return address


def _local_is_good(local: str) -> bool:
    if local.isascii():
        return bool(_DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local))
    if not local.isprintable() or any(character.isspace() for character in local):
        return False
    narrow = "".join(character if character.isascii() else "x" for character in local)
    return bool(_DOT_ATOM.fullmatch(narrow))


def _ascii_domain(value: str, domain: str) -> str:
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise _refusal(value, "its domain cannot be written in ASCII") from None
    domain = domain.lower()
    labels = domain.split(".")
    good = len(labels) > 1 and all(map(_LABEL.fullmatch, labels))
    if not good or not _LAST_LABEL.fullmatch(labels[-1]):
        raise _refusal(value, "its domain is not a domain name")
    return domain


def _refusal(value: str, why: str) -> Invalid:
    return Invalid(f"“{one_line(value, 80)}” is not a usable e-mail address: {why}.")
