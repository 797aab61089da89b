"""What a check says, and the facts checks are given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shopbell.campaigns.content.words import Content


class Level(StrEnum):
    """How much a finding matters."""

    STOPS = "stops"
    WARNS = "warns"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, what to do about it, and where: a place of the content, or ""."""

    level: Level
    says: str
    do: str = ""
    where: str = ""

    @property
    def block(self) -> str:
        """The place of the block it is about: `2.left.1` of `blocks.2.left.1.url`."""
        head, _, rest = self.where.partition(".")
        return rest.rpartition(".")[0] if head == "blocks" else ""


def stops(says: str, do: str = "", where: str = "") -> Finding:
    """Return a finding that holds the campaign back."""
    return Finding(Level.STOPS, says, do, where)


def warns(says: str, do: str = "", where: str = "") -> Finding:
    """Return a finding to think about."""
    return Finding(Level.WARNS, says, do, where)


def fine(says: str, where: str = "") -> Finding:
    """Return a finding that all is well."""
    return Finding(Level.FINE, says, "", where)


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody would get by one channel; `problems` where it could not be made."""

    medium: str
    subject: str = ""
    html: str = ""
    text: str = ""
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    unsubscribe: str = ""  # the address that was filled in


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text alone does not tell. `stock`: pieces by catalogue id, None where nobody knows.

    `domain` is what was last found out about the sender's domain; None: nobody has asked yet.
    `codes` are those left; None: the campaign has no pool.
    """

    leaves_at: datetime  # with the zone of the store
    postal_address: str = ""
    stock: Mapping[str, int | None] = field(default_factory=dict)
    codes: int | None = None
    people: int = 0
    sender: str = ""
    sandbox: bool = False
    domain: Sequence[tuple[bool, str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One variant in one language, with all that is known about it."""

    content: Content
    locale: str
    seen: Sequence[Seen]
    facts: Facts

    def mail(self) -> Seen | None:
        """Return the mail, if it goes by mail and could be made."""
        return next((one for one in self.seen if one.medium == "email" and one.html), None)


_ORDER = list(Level)


def sorted_findings(found: Iterable[Finding]) -> list[Finding]:
    """Return what stops first, then what warns; each sentence once."""
    once = {(each.level, each.says, each.where): each for each in found}
    return sorted(once.values(), key=lambda each: _ORDER.index(each.level))
