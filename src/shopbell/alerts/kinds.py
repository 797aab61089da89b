"""The kinds of news, and how each arrives unless somebody chooses otherwise."""

from dataclasses import dataclass
from enum import StrEnum


class ByMail(StrEnum):
    """When an alert that nobody has read is also mailed."""

    NEVER = "never"
    SOON = "soon"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of news. `page`, `push` and `mail` are what is chosen before anybody chooses."""

    key: str
    title: str
    page: bool = True
    push: bool = True
    mail: ByMail = ByMail.NEVER


KINDS = {
    kind.key: kind
    for kind in (
        Kind("mine", "A customer writes in a conversation you have"),
        Kind("assigned", "A conversation is given to you", mail=ByMail.SOON),
        Kind("mentioned", "Somebody names you in a note", mail=ByMail.SOON),
        Kind("followed", "Something happens in a conversation you follow"),
        Kind("new", "A new conversation that nobody has", push=False),
    )
}
