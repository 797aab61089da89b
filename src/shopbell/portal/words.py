"""The customer pages' words, one TOML file a language; English where a phrase is missing.

A newcomer's mistake: adding a phrase to one file only. A test compares the files.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time

from shopbell.kit import clock
from shopbell.kit.days import near_day
from shopbell.kit.text import first_language
from shopbell.messaging.policy import zone_or_utc

LANGUAGES = ("en", "de")
_FOLDER = Path(__file__).parent / "phrases"


@cache
def _phrases(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def language_of(*wishes: str) -> str:
    """Return the first language we have among locale names such as `de-AT`."""
    return first_language(wishes, LANGUAGES)


@dataclass(frozen=True, slots=True)
class Words:
    """Phrases and dates of one language in one zone."""

    language: str
    zone_name: str

    def say(self, path: str, **values: Any) -> str:
        """Return the phrase `section.key` with its values filled in."""
        section, key = path.split(".")
        own = _phrases(self.language).get(section, {})
        phrase = own.get(key) or _phrases("en")[section][key]
        return phrase.format(**values)

    def has(self, path: str) -> bool:
        """Return whether there is such a phrase."""
        section, key = path.split(".")
        return key in _phrases("en").get(section, {})

    def day(self, moment: datetime | date) -> str:
        """Return `today`, `tomorrow`, `Tuesday` or `Tue 3 Dec` as the language writes it."""
        local = self.local_date(moment)
        today = clock.now().astimezone(zone_or_utc(self.zone_name)).date()
        near = near_day(local, today, self.language)
        if near:
            return near
        distance = (local - today).days
        locale = Locale(self.language)
        if 1 < distance < 7:
            return format_date(local, "EEEE", locale=locale)
        return format_date(local, "EEE d MMM", locale=locale)

    def long_day(self, moment: datetime | date) -> str:
        """Return `23 December 2026` as the language writes it."""
        return format_date(self.local_date(moment), "long", locale=Locale(self.language))

    def local_date(self, moment: datetime | date) -> date:
        """Return the calendar day in the customer's zone."""
        if isinstance(moment, datetime):
            return moment.astimezone(zone_or_utc(self.zone_name)).date()
        return moment

    def clock_time(self, moment: datetime) -> str:
        """Return `14:05`."""
        local = moment.astimezone(zone_or_utc(self.zone_name))
        return format_time(local, "HH:mm", tzinfo=local.tzinfo, locale=Locale(self.language))

    def stamp(self, moment: datetime) -> str:
        """Return a short time for a list: the clock today, else the day and the clock."""
        local = self.local_date(moment)
        today = clock.now().astimezone(zone_or_utc(self.zone_name)).date()
        time = self.clock_time(moment)
        if local == today:
            return time
        if today - local < timedelta(days=7):
            return f"{self.day(moment)} {time}"
        return self.day(moment)

    @property
    def zone_words(self) -> str:
        """Return the zone as people say it: its city."""
        return self.zone_name.split("/")[-1].replace("_", " ")
