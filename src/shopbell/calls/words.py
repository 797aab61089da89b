"""What callers hear, one JSON file a language; English where we do not have theirs.

A newcomer's mistake: adding a phrase to one file only. A test compares the files.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from shopbell.calls.ports import Say
from shopbell.kit import clock
from shopbell.kit.days import near_day
from shopbell.kit.text import first_language

LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
# What a store may say in its own words, with what it is called on the page.
OWN_WORDS = {
    "greeting_open": "In opening hours, before your people are rung",
    "greeting_closed": "Outside opening hours",
    "busy": "When nobody takes the call",
    "consent": "Before a message is recorded",
}
LONGEST = 600
_FOLDER = Path(__file__).parent / "words"


@cache
def phrases(language: str) -> dict[str, str]:
    """Return the phrases of a language."""
    found: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


def language_of(*wishes: str) -> str:
    """Return the first language we have among locale names such as `de-AT`."""
    return first_language(wishes, LANGUAGES)


@dataclass(frozen=True, slots=True)
class Voice:
    """Phrases of one language for one store; `texts` are its own words for some of them."""

    language: str
    store: str
    zone: str
    texts: Mapping[str, str] = field(default_factory=dict)

    def words(self, key: str, **values: Any) -> str:
        """Return a phrase with its values filled in."""
        phrase = self.texts.get(key) or phrases(self.language)[key]
        for name, value in {"store": self.store, **values}.items():
            phrase = phrase.replace("{" + name + "}", str(value))
        return phrase

    def say(self, key: str, **values: Any) -> Say:
        """Return a phrase to be read aloud."""
        return Say(self.words(key, **values), self.language)

    def when(self, moment: datetime) -> str:
        """Return "today at 15:30" as the language says it."""
        zone = ZoneInfo(self.zone)
        local, locale = moment.astimezone(zone), Locale(self.language)
        day = near_day(local.date(), clock.now().astimezone(zone).date(), self.language)
        day = day or format_date(local.date(), "EEEE d MMMM", locale=locale)
        time = format_time(local, "HH:mm", tzinfo=zone, locale=locale)
        return self.words("at", day=day, time=time)


def spoken_number(number: str) -> str:
    """Return a number digit by digit, as it is read aloud."""
    return " ".join(number.removeprefix("+"))
