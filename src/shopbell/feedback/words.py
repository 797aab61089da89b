"""What the page of the check says, one TOML file a language; English where there is none.

A newcomer's mistake: adding a phrase to one file only. A test compares the files.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shopbell.kit.text import first_language

LANGUAGES = ("en", "de")
_FOLDER = Path(__file__).parent / "phrases"


@cache
def phrases(language: str) -> dict[str, str]:
    """Return all phrases of a language."""
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of one language."""

    language: str

    @classmethod
    def of(cls, *wishes: str) -> "Words":
        """Return the words of the first language we have among locale names such as `de-AT`."""
        return cls(first_language(wishes, LANGUAGES))

    @property
    def labels(self) -> dict[str, str]:
        """All phrases, for a template; those with gaps are said by `say`."""
        return phrases(self.language)

    def say(self, key: str, **values: Any) -> str:
        """Return a phrase with its values filled in."""
        return phrases(self.language)[key].format(**values)
