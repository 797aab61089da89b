"""How easily a text is read: words in a sentence, and the measures of Flesch (en) and Amstad (de).

R. Flesch, "A new readability yardstick", 1948; T. Amstad, "Wie verständlich sind unsere
Zeitungen?", 1978. A newcomer's mistake: judging three words. Short texts have no measure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shopbell.campaigns.content.blocks import Text, walked
from shopbell.campaigns.preflight.findings import Case, Finding, fine, warns

LEAST_WORDS = 20
LONG_SENTENCE = 22  # words on average
HARD, VERY_HARD = 50.0, 30.0

_NOT_READ = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|https?://\S+", re.DOTALL)
_LINK = re.compile(r"\[([^\[\]\n]+)\]\([^()\s]+\)")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_END = re.compile(r"[.!?…:]+(?=\s|$)|\n\s*\n")
_VOWELS = {
    "en": re.compile(r"[aeiouy]+"),
    "de": re.compile(r"ei|ie|au|eu|äu|ai|aa|ee|oo|[aeiouyäöü]"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """What was counted. `ease`: 100 is easy, 0 hard; None for languages without a measure."""

    words: int
    sentence: float
    ease: float | None


def measure(text: str, locale: str) -> Measure | None:
    """Return how easily a text is read, or None if it is too short to tell."""
    plain = _NOT_READ.sub(" ", _LINK.sub(r"\1", text))
    words = _WORD.findall(plain.lower())
    if len(words) < LEAST_WORDS:
        return None
    sentences = max(1, sum(1 for part in _END.split(plain) if _WORD.search(part)))
    length = len(words) / sentences
    language = locale.replace("_", "-").split("-")[0].lower()
    if language not in _VOWELS:
        return Measure(len(words), length, None)
    syllables = sum(_syllables(word, language) for word in words) / len(words)
    if language == "de":
        return Measure(len(words), length, 180 - length - 58.5 * syllables)
    return Measure(len(words), length, 206.835 - 1.015 * length - 84.6 * syllables)


def _syllables(word: str, language: str) -> int:
    count = len(_VOWELS[language].findall(word))
    silent = language == "en" and count > 1 and re.search(r"[^aeiouyl]e$|[^aeiouydt]ed$", word)
    return max(1, count - (1 if silent else 0))


def check_readability(case: Case) -> Iterator[Finding]:
    """Say in plain words how the running text reads."""
    said = "\n\n".join(
        block.text for _, block in walked(case.content.blocks) if isinstance(block, Text)
    )
    found = measure(said, case.locale)
    if found is None:
        return
    about = f"{found.sentence:.0f} words in a sentence"
    if found.sentence > LONG_SENTENCE:
        yield warns(
            f"The sentences are long: {about} on average.",
            "Make two of the longest ones. Most people read this on a phone.",
            "blocks",
        )
    elif found.ease is not None and found.ease < HARD:
        how = "very hard" if found.ease < VERY_HARD else "hard"
        yield warns(
            f"The text is {how} to read: {about}, and many long words.",
            "Use shorter words where there are some.",
            "blocks",
        )
    else:
        yield fine(f"The text reads easily: {about} on average.", "blocks")
