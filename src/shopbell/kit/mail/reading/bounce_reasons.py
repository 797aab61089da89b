"""Decides whether an address is bad for good. When in doubt it is not.

A wrong “hard” silences a living customer; a wrong “soft” costs one more try. So a reason that can
pass (full, blocked, slow, policy, switched off) wins over every sign that the address is gone, and
a bare 550 proves nothing.
"""

import re

_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b(?!\.\d)")
_GENERIC = re.compile(r"[245]\.0\.0$")

_PASSING = re.compile(
    r"""
    \b(?:mailbox|quota|inbox|storage|account|user|box|disk|folder)\b[^.\n]{0,40}\b(?:full|exceed
    |over\b|overflow|insufficient|limit)
    | \b(?:over|exceed\w*|out\sof)\s(?:\w+\s){0,3}(?:quota|storage|limit|space|size) | quota
    | disk\sspace | insufficient\s(?:system\s)?(?:storage|resources)
    | spam | junk | blacklist | black\slist | block\s?list | blocked | blocking | dnsbl
    | \brbl\b | spamhaus | barracuda | cbl\.abuseat | reputation
    | \bvirus | malware | phish | unsolicited | \bbulk\s(?:e?mail|filter)
    | \bspf\b | \bdkim\b | dmarc | unauthenticated | authentication | not\sauthori[sz]ed
    | unauthori[sz]ed
    | reverse\sdns | \brdns\b | \bptr\b | invalid\shelo | \bhelo\b | \bdynamic\s(?:ip|address)
    | polic(?:y|ies) | header\serror | content\s(?:reject|filter|denied)
    | access\sdenied | not\sallowed | not\spermitted | permission | prohibited | restricted
    | forbidden
    | relay(?:ing)?\b[^.\n]{0,30}\b(?:denied|not|prohibit|access|unable) | unable\sto\srelay
    | not\slocal\sdomain
    | too\s(?:many|much|large|big|fast|long|old) | rate\slimit | throttl | frequency
    | size\s(?:limit|exceed) | exceeds?\s(?:the\s)?(?:max|size|fixed)
    | grey-?list | gray-?list | try\s(?:again\s)?later | please\stry\sagain | temporar
    | (?<!no\s)retry | timed?\s?-?out | timeout | deferred | resources | busy
    | expired | could\snot\sdeliver\sfor | delivery\s(?:time|attempts) | connection\s(?:refused
    |reset|lost|failed|dropped|timed) | socket\serror
    | no\sroute\sto\shost | network\s(?:is\s)?unreachable | unreachable\b | not\sresponding
    | dns\sfail(?:ed|ure)\b(?!:)
    | loop(?:ing|s)?\b | too\smany\shops | hop\scount
    | \btls\b | \bssl\b | certificate | encrypt
    | disabled | suspend | inactive | deactivat | not\sactive | locked | frozen | on\shold
    | expir | on\svacation
    | sender\b[^.\n]{0,60}\b(?:reject|denied|invalid|unknown|not|refus|verif) | (?:reject
    |refus)\w*\s(?:the\s)?sender | your\s(?:ip|domain|server|host|isp|mail\sserver)\b
    | after\smail\sfrom | did\snot\slike\sour\smail\sfrom | in\sreply\sto\smail\sfrom
    | internal\s(?:system\s|server\s)?error | system\serror | local\s(?:configuration|delivery
    |error) | configuration\serror | syntax\serror | line\slimit
    | google\sgroups | groups\.google | \bor\s(?:the\s)?mailbox\s(?:is\s)?unavailable
    | not\sa?\s?member | moderat | subscriber
    """,
    re.I | re.X,
)

_THING = (
    r"(?:user(?:name)?|recipient|mail\s?box|address(?:ee)?|account|alias|e-?mail(?:\saddress)?"
    r"|local\s?-?part|person|inbox)"
)
_GONE = re.compile(
    rf"""
    \bunknown\s(?:local\s)?(?:or\sillegal\s)?{_THING} | {_THING}(?:\s\w+)?\s(?:is\s
    |was\s)?unknown | unknown\slocal
    | \bno\s(?:such|valid|known)\s(?:\w+\s)?{_THING} | \bno\s{_THING}\s(?:here|by\sthat
    |with\sthat|named) | no\ssuch\s(?:person|name|virtual|recipient)
    | {_THING}\b[^.\n]{{0,70}}\b(?:do(?:es)?\s?n[o']t\sexist | does\snot\sexist | not\sexist
    | (?:was|is|be)?\s?n[o']t\s(?:be\s)?found | could\snot\sbe\sfound | couldn't\sbe\sfound
    | not\sknown | no\slonger\s(?:exists|available|valid|in\suse|with|works))
    | wasn't\sfound\sat | was\snot\sfound\sat | recipient\s?not\s?found
    | resolver\.adr\.\w*(?:notfound|recipnotfound)\b
    | (?:invalid|bad|nonexistent|non-existent|not\sa\sknown|not\sour
    |illegal)\s(?:\w+\s){{0,2}}{_THING} | not\sa\svalid\s{_THING}
    | {_THING}\s(?:is\s)?not\s(?:a\s)?(?:valid|listed|known)\b | no\slonger\s(?:on\sserver
    |valid) | doesn't\shave\san?\s\S+\saccount
    | unrouteable\saddress | unroutable\saddress | undeliverable\saddress | no\smail\s?box
    | destination\smailbox\shas\smoved | (?:user|mailbox|recipient)\s(?:has\s)?moved
    | has\sbeen\sreplaced\sby
    | host\s(?:\S+\s)?(?:unknown|not\sfound) | unknown\s(?:host|domain)
    | domain\s(?:name\s)?(?:\S+\s)?(?:not\sfound|does\snot\sexist|doesn't\sexist|unknown|invalid)
    | host\sor\sdomain\sname\snot\sfound | no\ssuch\s(?:host|domain) | nxdomain
    | non-?existent\s(?:host|domain) | bad\sdestination\s(?:system|host|mailbox)
    | couldn't\sfind\s(?:any\shost|a\smail\sexchanger) | invalid\sdomain\b
    | unrouteable\smail\sdomain | name\sor\sservice\snot\sknown
    | does\snot\saccept\s(?:any\s)?(?:e?-?mail|incoming\smail|smtp)\b | null\s?mx
    | not\saccepting\snetwork\smessages | no\smail\sserver
    | unbekannt | existiert\snicht | inconnu | n'existe\spas | introuvable | desconocid
    | no\sexiste | sconosciut | inesistente | non\sesiste
    | onbekend | bestaat\sniet | desconhecid | não\sexiste | nieznan | nie\sistnieje
    | неизвестн | не\sсуществует | не\sнайден
    | 宛先不明 | 存在しない | 見つから(?:ない|なかった|ず) | 用户不存在 | 不存在
    """,
    re.I | re.X,
)
_GONE_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
# Some providers refuse after the text was sent, by filters that then say “unknown user”.
_AFTER_TEXT = re.compile(
    r"end\sof\sdata|>>>\s*data\b|command\W{1,20}data\b|reply\sto\s(?:the\s)?data", re.I
)
_NAMELESS = re.compile(r"\b55\d\s?:\s")  # the same filters, which do not say which user
_NEVER = re.compile(r"\s*(?:smtp;?\s)?(?:521|556)[\s-]|\b(?:521|556)\s5\.")
_PASSING_CODES = re.compile(r"5\.(?:1\.[789]|2\.[0-4]|3\.[1-9]|4\.[12356]|5\.|6\.|7\.)")


def status_in(given: str, words: str) -> str:
    """Return the enhanced status: the given one, or a more telling one in what the server said."""
    found = _CODE.match(given.strip())
    status = found[1] if found else ""
    if status and not _GENERIC.match(status):
        return status
    said = _CODE.search(words)
    return said[1] if said and (not status or said[1][0] == status[0]) else status


def is_hard(status: str, diagnostic: str, words: str) -> bool:
    """Whether mail to this address can never arrive. `words` is the free text of the report."""
    if status.startswith(("2", "4")):
        return False
    said = diagnostic if len(diagnostic.split()) > 2 else f"{diagnostic} {words}"
    said = said.rpartition("mailbox unavailable ->")[2]  # Exchange's own words before the server's
    said = re.sub(r"https?://\S+|\S+@\S+", " ", said)
    if re.match(r"\s*(?:smtp\s)?4\d\d[\s-]", said) or _PASSING.search(said):
        return False
    if status != "5.1.1" and (_AFTER_TEXT.search(words) or _NAMELESS.search(said)):
        return False
    if _GONE.search(said):
        return bool(_NEVER.search(said)) or not _PASSING_CODES.match(status)
    return status in _GONE_CODES
