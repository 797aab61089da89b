"""Words as they are kept and asked for: without case, accents and marks, in every script.

The same function folds what is kept and what is typed, because the embedded PostgreSQL has no
`unaccent`. A newcomer's mistake: changing it without writing all kept words anew.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 60
MOST = 3_000  # of one text; a whole book pasted into a mail is found by its beginning
_WHOLE = re.compile(r"\w+(?:[-'’._@+/]\w+)*")
_PART = re.compile(r"\w+")
_PLAIN = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "’": "'"})
# Scripts that leave no space between words: each pair of signs is a word.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]{2,}")
_CONFIGS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
# What a question is tried in besides the store's own language.
ASKED_IN = ("english", "german", "french", "spanish", "italian", "dutch", "portuguese")


def fold(text: str) -> str:
    """Return a text without case, accents and compatibility forms."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def config_of(locale: str) -> str:
    """Return PostgreSQL's name for the language of a locale; `simple` when it has none."""
    return _CONFIGS.get(locale.replace("_", "-").partition("-")[0].lower(), "simple")


def wholes(text: str) -> list[str]:
    """Return the words of a text, folded, addresses and hyphened numbers in one piece."""
    return [found[:LONGEST] for found in _WHOLE.findall(fold(text))]


def parts(whole: str) -> list[str]:
    """Return what a word is made of; a word without joints is itself."""
    return _PART.findall(whole)


def pairs(word: str) -> list[str]:
    """Return the pairs of signs of a word in a script without spaces; else nothing."""
    return [run[n : n + 2] for run in _UNSPACED.findall(word) for n in range(len(run) - 1)]


def kept_words(texts: Iterable[str]) -> list[str]:
    """Return the words under which texts are found."""
    found: dict[str, None] = {}
    for text in texts:
        for whole in wholes(text[:200_000])[:MOST]:
            if whole in found:
                continue
            found[whole] = None
            for part in parts(whole):
                found[part] = None
                found.update(dict.fromkeys(pairs(part)))
    return list(found)
