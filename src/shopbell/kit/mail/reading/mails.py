"""What reading a mail gives: plain frozen values, ready for a pipe or a database.

Every string is storable (no NUL, no lone surrogates). A newcomer's mistake: believing them. They
say what the sender wrote; `authenticated` is a fact of the topmost header, not a judgement.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

Person = tuple[str, str]
"""A name (or "") and an address."""


class Nature(StrEnum):
    """What kind of mail it is, by its headers and form."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    DELAYED = "delayed"
    LIST = "list"
    OWN_LOOP = "own_loop"


@dataclass(frozen=True, slots=True)
class MailPart:
    """An attachment or an image of the text. `sniffed_type` is what the content looks like."""

    name: str
    content_type: str
    sniffed_type: str
    content: bytes
    content_id: str
    inline: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """The first event of a calendar part. Days without a time begin at midnight UTC."""

    summary: str
    start: datetime | None
    end: datetime | None
    location: str
    organiser: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """Who could not be reached. `hard`: the address itself is bad for good; when unsure, it is not.

    `status` is an enhanced code such as 5.1.1, "" if none was given.
    """

    recipient: str
    hard: bool
    status: str
    reason: str
    original_message_id: str


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Somebody else's mail inside this one: in its text, or (`part`) as one of its attachments.

    `above` are the forwarder's own words, `marked` whether the mail says that it was forwarded. A
    `sent_at` without a zone is in the forwarder's.
    """

    name: str = ""
    address: str = ""
    subject: str = ""
    sent_at: datetime | None = None
    text: str = ""
    above: str = ""
    marked: bool = False
    part: int = -1
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as read. Addresses are lower case; `problems` are sentences for an agent."""

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    from_address: str = ""
    from_name: str = ""
    reply_to: tuple[Person, ...] = ()
    sender_address: str = ""
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    delivered_to: tuple[str, ...] = ()
    return_path: str = ""
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    html: str = ""
    parts: tuple[MailPart, ...] = ()
    invitation: Invitation | None = None
    nature: Nature = Nature.PERSON
    bounce: Bounce | None = None
    problems: tuple[str, ...] = ()
    headers_text: str = ""
    authenticated: Literal["pass", "fail", ""] = ""
    authenticated_by: str = ""
    forwarded: Forwarded | None = None


UnreadableKind = Literal["crash", "timeout", "memory", "too_large"]

SENTENCES: dict[str, str] = {
    "crash": "This mail could not be read: the reader stopped working on it. The mail is kept.",
    "timeout": "This mail took too long to read, so reading was stopped. The mail is kept.",
    "memory": "This mail needs too much memory to read, so reading was stopped. The mail is kept.",
    "too_large": "This mail is larger than 35 MB and was not read. The mail is kept.",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a mail could not be read, in a sentence for people."""

    kind: UnreadableKind
    sentence: str
