"""Recognising what somebody wants from a text message: a word of the list, or a plain request.

Pure functions. A request in free words ("please stop texting me") is never obeyed by the machine:
sends are held and a person is asked, since "stop texting my old number" means something else.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from shopbell.consent.words import WORDS, Wish, Words

_MOST = 400  # characters; who writes more wants to be read by a person anyway
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_APOSTROPHES = re.compile("[’‘ʼ´`]")
_ENDS = re.compile(r"^[\W_]+|[\W_]+$")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was understood. `said` is the message's own word, as it was written."""

    wish: Wish
    said: str
    language: str = ""
    weak: bool = False


def recognise(text: str) -> Recognised | None:
    """Return what a message asks for, None for an ordinary one."""
    if len(text) > _MOST:
        return None
    plain = folded(text)
    found = _table().get(plain) or _table().get(plain.replace("-", " "))
    if found is not None:
        return Recognised(found.wish, _trimmed(text), found.language, found.weak)
    for language, pattern in _PLEAS:
        if pattern.search(plain) and not _OTHERWISE.search(plain):
            return Recognised(Wish.ASKS, _trimmed(text), language)
    return None


def folded(text: str) -> str:
    """Return a text as it is compared: small, without marks, signs around it and odd spaces."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    text = _APOSTROPHES.sub("'", text)
    parts = unicodedata.normalize("NFD", text)
    if any("a" <= part <= "z" or "α" <= part <= "ω" for part in parts):
        # Marks go in Latin and Greek only: elsewhere they are letters.
        text = "".join(part for part in parts if not unicodedata.combining(part))
        text = text.replace("ı", "i").replace("ł", "l").replace("ø", "o")
    return _SPACES.sub(" ", _ENDS.sub("", text))


def _trimmed(text: str) -> str:
    return _SPACES.sub(" ", text).strip()[:80]


@cache
def _table() -> dict[str, Words]:
    """Return every word as it is compared; the first of two languages with one word counts."""
    found: dict[str, Words] = {}
    for entry in WORDS:
        for word in entry.words:
            found.setdefault(folded(word), entry)
    return found


def _pleas(**by_language: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (language, re.compile("|".join(f"(?:{one})" for one in patterns)))
        for language, patterns in by_language.items()
    )


_SENT = r"(?:texts?|sms|messages?|msgs?|spam)"
# On folded text: small letters, no marks, no signs at its ends.
_PLEAS = _pleas(
    en=(
        r"\b(?:stop|quit|cease) (?:texting|messaging|msging|contacting|spamming|bothering)\b",
        rf"\b(?:stop|quit) (?:sending|with) (?:me |us )?(?:\w+ ){{0,2}}{_SENT}\b",
        rf"\bstop (?:all |these |the |your |with )?{_SENT}\b",
        r"\b(?:do not|don't|dont|never|please don't|no longer) (?:ever )?(?:text|message|msg"
        r"|contact|sms|write to) (?:me|us|this number)\b",
        r"\b(?:unsubscribe|remove|delete) (?:me|us|my (?:phone )?number|this number)\b"
        r"(?! (?:as|to|with|a|the))",
        r"\btake (?:me|my number|us) off\b",
        r"\bopt(?:ing)? (?:me )?out\b",
        rf"\bno more {_SENT}\b",
        rf"\bdon'?t want (?:any (?:more )?|to get |to receive |your |these |more )+{_SENT}\b",
        r"\b(?:have|got|this is) the wrong (?:number|person)\b|^wrong (?:number|person)$",
        r"\bleave me alone\b",
        r"^(?:(?:please|pls|ok|just|now|hey|hi) )+stop(?: (?:it|this|now|please|pls|thanks?))*$",
        r"^stop(?: (?:it|this|that|now|please|pls|already|thanks?))+$",
    ),
    de=(
        r"\b(?:keine|nie wieder|nicht mehr) (?:weiteren? )?(?:sms|nachrichten?|whatsapps?)\b",
        r"\bschreib(?:t|en sie)? mir (?:bitte )?(?:nicht|nie)\b",
        r"\bhor(?:t|en sie)? (?:bitte )?auf\b",
        r"\b(?:losch|streich|entfern)\w* (?:sie )?(?:bitte )?(?:mich|meine (?:handy)?nummer)\b",
        r"\b(?:aus|von) (?:\w+ )?(?:verteiler|liste)\b",
        r"\bfalsche nummer\b",
    ),
    fr=(
        r"\barret(?:ez|e|er) (?:de )?(?:m'|me |ces |vos |les )?(?:ecrire|envoyer|sms|messages?)\b",
        r"\bne m'(?:envoyez|envoie|ecrivez) plus\b",
        r"\bplus de (?:sms|messages?|textos?)\b",
        r"\b(?:desinscri|desabonne)\w*(?: |-)moi\b",
        r"\bmauvais numero\b",
    ),
    es=(
        r"\bno me (?:envi|mand|escrib|contact)\w+ mas\b",
        r"\b(?:dejen?|paren?) de (?:enviar|mandar|escribir|contactar)",
        r"\b(?:denme|dame|darme|quiero la) (?:de )?baja\b",
        r"\bno (?:quiero )?mas (?:sms|mensajes)\b",
        r"\bnumero equivocado\b",
    ),
    it=(
        r"\bnon (?:mi )?(?:scriv|mand|invi|contatt)\w+ piu\b",
        r"\bsmett(?:ete|ila|i|etela) di (?:scriv|mand|invi)",
        r"\b(?:basta|niente piu) (?:sms|messaggi)\b",
        r"\bnumero sbagliato\b",
    ),
    pt=(
        r"\bparem? de (?:me )?(?:enviar|mandar|escrever)",
        r"\bnao (?:me )?(?:envi|mand)\w+ mais\b",
        r"\bnumero errado\b",
    ),
    nl=(
        r"\bstop met (?:sms|app|bericht|stur)\w*",
        r"\bgeen (?:sms|berichten|appjes) meer\b",
        r"\b(?:schrijf|meld) mij? (?:\w+ )?(?:uit|af)\b",
        r"\bverkeerd nummer\b",
    ),
)
# These mean something else, though the words are there.
_OTHERWISE = re.compile(
    r"\b(?:can't|cannot|can not|couldn't|won't|don't|dont|never|did not|didn't|why did you|"
    r"did you|have you) (?:stop|quit|unsubscribe|opt|remove)\b"
    r"|\bdon't (?:ever )?(?:stop|remove)\b"
    r"|\b(?:text|message|email|mail|contact|write to) me (?:on|at|by|via|when|if|before|after|"
    r"until|unless|instead)\b"
    r"|\b(?:from|off) (?:the |my |this |your )?(?:order|cart|basket|account page|waiting ?list)\b"
)
