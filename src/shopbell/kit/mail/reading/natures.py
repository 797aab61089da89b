"""Tells people from machines by headers and subject.

A newcomer's mistake: throwing away what is not PERSON. A shop's address may be a group whose
server adds List-Id to every customer's mail; the nature decides about auto-answers, not reading.
"""

import re
from typing import Literal

from shopbell.kit.mail.reading.mails import Nature
from shopbell.kit.mail.reading.mime import Entity, Headers
from shopbell.kit.mail.reading.words import without_comments

LOOP_HEADER = "x-shopbell-loop"
_ANSWERED = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-amazon-auto-reply",
    "x-fc-machinegenerated",
    "x-vacation",
)
# How subjects of automatic answers begin. Whole phrases: customers also write “Automatic door”.
_SUBJECTS = re.compile(
    r"""\s*(?:\[[^\]]{1,40}\]\s*)?(?:
    auto(?:matic|mated|-)?\s?(?:reply|response|respons)\b | auto-?reply\b | autoreply\b
    | auto(?:-?submitted)?\s?:\s | out\ of\ (?:the\ )?office\b | on\ (?:vacation|holiday)\s*:
    | vacation\s(?:reply|response)
    | automatische\s(?:antwort|abwesenheits) | abwesenheits(?:notiz|meldung|nachricht|agent
    |assistent)
    | abwesend\s*: | nicht\ im\ (?:büro|haus)\b
    | réponse\sautomatique | absence\sdu\sbureau | message\sd['’]absence
    | respuesta\sautom[áa]tica | fuera\sde\s(?:la\s)?oficina
    | risposta\sautomatica | fuori\ssede | assenza\sdall
    | automatisch\s?antwoord | afwezigheids | afwezig\s*:
    | resposta\sautom[áa]tica | ausência\stempor
    | automaty(?:czna|czne)\s(?:odpowied|powiadom) | poza\sbiurem
    | automatiskt?\s(?:svar|svarsmeddelande) | autosvar\b | frånvaro | fravær | ikke\stil\sstede
    | automaattinen\s(?:vastaus|poissaolo) | poissaolo
    | automatická\sodpověď | mimo\skancelář
    | автоматическ(?:ий|ое)\s(?:ответ|сообщ) | автоответ | автоматична\sвідповідь
    | 自动(?:回复|答复) | 自動(?:回覆|返信|応答) | 不在(?:通知|の) | 자동\s?(?:응답|회신) | 부재중
    | الرد\sالتلقائي | رد\sتلقائي | תשובה\sאוטומטית | מענה\sאוטומטי
    | otomatik\s(?:yanıt|cevap) | automatikus\s(?:válasz|üzenet) | răspuns\sautomat
    | αυτόματη\sαπάντηση
    )""",
    re.I | re.X,
)
_SUPPRESS = re.compile(r"\b(?:all|oof|autoreply)\b", re.I)


def nature_of(entity: Entity, *, bounced: bool, delayed: bool) -> Nature:
    """Return what kind of mail it is; what the delivery report said goes first."""
    headers = entity.headers
    if LOOP_HEADER in headers:
        return Nature.OWN_LOOP
    if bounced or delayed:
        return Nature.DELAYED if delayed else Nature.BOUNCE
    if is_automatic(entity):
        return Nature.AUTO_REPLY
    if is_from_list(headers):
        return Nature.LIST
    return Nature.PERSON


def is_automatic(entity: Entity) -> bool:
    """Whether a machine wrote this mail by itself."""
    headers = entity.headers
    submitted = headers.get("auto-submitted").lower().split(";")[0].strip()
    if submitted and submitted != "no":
        return True
    if entity.content_type == "multipart/report":
        return True
    if any(name in headers for name in _ANSWERED):
        return True
    if _SUPPRESS.search(headers.get("x-auto-response-suppress")):
        return True
    words = {headers.get(name).lower().strip() for name in ("precedence", "x-precedence")}
    if words & {"auto_reply", "auto-reply"}:
        return True
    return bool(_SUBJECTS.match(headers.get("subject")))


def is_from_list(headers: Headers) -> bool:
    """Whether a list or a newsletter sent this mail."""
    if any(name in headers for name in ("list-id", "list-post", "list-unsubscribe")):
        return True
    return headers.get("precedence").lower().strip() in ("bulk", "junk", "list")


def authenticated_by_dmarc(headers: Headers) -> Literal["pass", "fail", ""]:
    """Return the verdict of the topmost Authentication-Results; who wrote it is not checked."""
    values = headers.structured("authentication-results")
    for statement in without_comments(values[0]).split(";")[1:] if values else ():
        found = re.match(r"\s*dmarc\s*=\s*([a-z]+)", statement, re.I)
        if found:
            verdict = found[1].lower()
            return "pass" if verdict == "pass" else "fail" if verdict == "fail" else ""
    return ""


def who_authenticated(headers: Headers) -> str:
    """Return the name the topmost Authentication-Results gives itself, "" without one."""
    values = headers.structured("authentication-results")
    words = without_comments(values[0]).split(";")[0].split() if values else []
    return words[0].lower()[:255] if words else ""
