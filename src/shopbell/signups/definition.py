"""What a form says in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable
from shopbell.signups.words import LANGUAGES

LONGEST = {"title": 120, "intro": 600, "wording": 1_000, "button": 60, "thanks": 400}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a form. `wording` is what people agree to, and is kept with each permission."""

    title: str = ""
    intro: str = ""
    wording: str = ""
    button: str = ""
    thanks: str = ""


def texts_of(told: Mapping[str, Any], languages: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the texts of the languages, tidied.

    Raises:
        Invalid: a language is not known, or a title or a wording is missing or too long.
    """
    if not languages or any(code not in LANGUAGES for code in languages):
        raise Invalid(
            "The languages are not usable.",
            fields={"languages": f"Choose among {', '.join(LANGUAGES)}."},
        )
    wrong: dict[str, str] = {}
    found = {}
    for code in languages:
        values = told.get(code)
        values = values if isinstance(values, Mapping) else {}
        words = {
            name: storable(str(values.get(name, "")).replace("\r\n", "\n")).strip()
            for name in LONGEST
        }
        words["title"], words["button"] = one_line(words["title"]), one_line(words["button"])
        for name, most in LONGEST.items():
            if len(words[name]) > most:
                wrong[f"{code}.{name}"] = f"At most {most} characters."
        if not words["title"]:
            wrong[f"{code}.title"] = "Give the form a title."
        if not words["wording"]:
            wrong[f"{code}.wording"] = "Say what people agree to."
        found[code] = asdict(Wording(**words))
    if wrong:
        raise Invalid("The form is not complete.", fields=wrong)
    return found
