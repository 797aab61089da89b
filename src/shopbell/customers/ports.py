"""What other packages hand in about a person. Independent of the shop's vocabulary."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """As much of a customer as a source knows. Empty strings mean "not told".

    `handle` names one person on one platform, such as ("instagram", "main:17841").
    `browser` is a visitor id that we gave out ourselves (see `conversations.visitors`).
    """

    source: str
    source_id: str = ""
    email: str = ""
    phone: str = ""
    browser: str = ""
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    country: str = ""
    email_verified: bool = False
    phone_verified: bool = False  # somebody reliable says the number is theirs
    handle: tuple[str, str] | None = None  # kind of identity and id on a platform that proved it
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a person did, in the merchant's own words: `did` names it, `data` says more."""

    person: Person
    did: str
    data: dict[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None
