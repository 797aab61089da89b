"""What other packages hand in about a person. Independent of the shop's vocabulary."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Person:
    """As much of a customer as a source knows. Empty strings mean "not told"."""

    source: str
    source_id: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    country: str = ""
    email_verified: bool = False
    updated_at: datetime | None = None
