"""What the pages say around the merchant's words, one TOML file a language.

A newcomer's mistake: adding a phrase to one file only. A test compares the files.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel.units import format_unit

LANGUAGES = ("en", "de")
NAMES = {"en": "English", "de": "Deutsch"}
_FOLDER = Path(__file__).parent / "phrases"


@cache
def phrases(language: str) -> dict[str, str]:
    """Return all phrases of a language."""
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of one language."""

    language: str

    @property
    def own_name(self) -> str:
        """What the language calls itself."""
        return NAMES[self.language]

    @property
    def labels(self) -> dict[str, str]:
        """All phrases, for a template; those with gaps are said by `say`."""
        return phrases(self.language)

    def say(self, key: str, **values: Any) -> str:
        """Return a phrase with its values filled in."""
        return phrases(self.language)[key].format(**values)

    def minutes(self, seconds: int) -> str:
        """Return a wait, rounded up to minutes."""
        return format_unit(-(-seconds // 60), "duration-minute", locale=self.language)
