"""What the form's page and the receipt say around the merchant's words, in nine languages.

A newcomer's mistake: adding a phrase to one file only. A test compares the files.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.units import format_unit

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "ar")


@cache
def _phrases(language: str) -> dict[str, str]:
    place = files(__package__).joinpath("words", f"{language}.json")
    found: dict[str, str] = json.loads(place.read_text("utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of one language."""

    language: str

    @property
    def direction(self) -> str:
        """Which way it is written."""
        return "rtl" if self.language == "ar" else "ltr"

    @property
    def own_name(self) -> str:
        """What the language calls itself."""
        return str(Locale(self.language).get_display_name() or self.language).capitalize()

    @property
    def labels(self) -> dict[str, str]:
        """All phrases, for a template; those with gaps are said by `say`."""
        return _phrases(self.language)

    def say(self, key: str, **values: Any) -> str:
        """Return a phrase with its values filled in."""
        return _phrases(self.language)[key].format(**values)

    def time(self, hours: int) -> str:
        """Return a length of time: `24 hours` as `1 day`."""
        whole_days = hours % 24 == 0
        unit, count = ("duration-day", hours // 24) if whole_days else ("duration-hour", hours)
        return format_unit(count, unit, locale=self.language)

    def minutes(self, seconds: int) -> str:
        """Return a wait, rounded up to minutes."""
        return format_unit(-(-seconds // 60), "duration-minute", locale=self.language)
