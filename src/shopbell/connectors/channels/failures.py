"""Why a server refused a mail: one table for what SMTP servers and mail providers say.

A newcomer's mistake: taking each 550 for "no such mailbox". An address is only called unknown when
the enhanced status or plain words say so and nothing hints at our own reputation or login, since
that verdict stops all mail to a living customer.
"""

import re

from shopbell.messaging.ports import FailureCode

# RFC 3463 and the IANA registry, subject and detail. Details of Microsoft 365 have three digits:
# https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online
_BY_STATUS: dict[str, FailureCode] = {
    "1.1": FailureCode.UNKNOWN_ADDRESS,
    "1.2": FailureCode.UNKNOWN_ADDRESS,
    "1.3": FailureCode.UNKNOWN_ADDRESS,
    "1.6": FailureCode.UNKNOWN_ADDRESS,
    "1.10": FailureCode.UNKNOWN_ADDRESS,
    "1.7": FailureCode.AUTHENTICATION,
    "1.8": FailureCode.AUTHENTICATION,
    "2.2": FailureCode.MAILBOX_FULL,
    "2.3": FailureCode.TOO_LARGE,
    "3.1": FailureCode.MAILBOX_FULL,
    "3.4": FailureCode.TOO_LARGE,
    "6.0": FailureCode.BAD_CONTENT,
    "6.1": FailureCode.BAD_CONTENT,
    "6.3": FailureCode.BAD_CONTENT,
    "6.7": FailureCode.BAD_CONTENT,
    "7.0": FailureCode.BLOCKED,
    "7.1": FailureCode.BLOCKED,
    "7.2": FailureCode.BLOCKED,
    "7.8": FailureCode.AUTHENTICATION,
    "7.9": FailureCode.AUTHENTICATION,
    "7.11": FailureCode.AUTHENTICATION,
    "7.13": FailureCode.REFUSED,
    "7.20": FailureCode.AUTHENTICATION,
    "7.21": FailureCode.AUTHENTICATION,
    "7.22": FailureCode.AUTHENTICATION,
    "7.23": FailureCode.AUTHENTICATION,
    "7.24": FailureCode.AUTHENTICATION,
    "7.25": FailureCode.AUTHENTICATION,
    "7.26": FailureCode.AUTHENTICATION,
    "7.27": FailureCode.AUTHENTICATION,
    "7.29": FailureCode.AUTHENTICATION,
    "7.30": FailureCode.AUTHENTICATION,
    "7.57": FailureCode.AUTHENTICATION,
    "7.60": FailureCode.AUTHENTICATION,
    "7.139": FailureCode.AUTHENTICATION,
    "7.509": FailureCode.AUTHENTICATION,
    "7.515": FailureCode.AUTHENTICATION,
}
_BY_SUBJECT: dict[str, FailureCode] = {
    "6": FailureCode.BAD_CONTENT,
    "7": FailureCode.BLOCKED,
}
# Statuses that servers use for anything: here the words know more.
_VAGUE = frozenset({"0.0", "1.0", "2.0", "2.1", "5.0", "7.0", "7.1"})
_BY_CODE: dict[int, FailureCode] = {
    523: FailureCode.TOO_LARGE,
    530: FailureCode.AUTHENTICATION,
    534: FailureCode.AUTHENTICATION,
    535: FailureCode.AUTHENTICATION,
    538: FailureCode.AUTHENTICATION,
    556: FailureCode.UNKNOWN_ADDRESS,
}
# Words, for servers without enhanced status; the first that fits wins, ours before theirs.
_BY_WORDS: tuple[tuple[re.Pattern[str], FailureCode], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (
            r"\b(spf|dkim|dmarc)\b|unauthenticated|authentication|not authori[sz]ed to send"
            r"|sender (address )?(rejected|refused|verify)|relay(ing)? (access )?(denied|not)",
            FailureCode.AUTHENTICATION,
        ),
        (
            r"black ?list|block(ed)? ?list|\b(rbl|dnsbl|spamhaus|spamcop|barracuda|senderbase)\b"
            r"|reputation|\bspam\b|\bblocked\b|\bbanned\b|policy|access denied|rate limit|too many",
            FailureCode.BLOCKED,
        ),
        (
            r"(mailbox|quota|inbox|storage)[^.]{0,40}(full|exceed|over)|over ?quota|quota exceeded",
            FailureCode.MAILBOX_FULL,
        ),
        (r"(message|mail|size)[^.]{0,30}(too (big|large)|exceeds)", FailureCode.TOO_LARGE),
        (
            r"(no such|unknown|invalid|non-?existent|unrouteable|unable to find)"
            r"[^.]{0,20}(user|recipient|mailbox|address|account|person)"
            r"|(user|recipient|mailbox|address|account)[^.]{0,40}"
            r"(unknown|not (be )?(found|exist)|does ?n.t exist|does not exist|no longer|not known"
            r"|unavailable)"
            r"|user doesn.t have|(unknown|invalid|no such) (domain|host)|does not accept mail",
            FailureCode.UNKNOWN_ADDRESS,
        ),
        (r"virus|malware|prohibited|attachment", FailureCode.BAD_CONTENT),
    )
)
_OURS = frozenset({FailureCode.AUTHENTICATION, FailureCode.BLOCKED})
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"\s*(?:smtp[;:]\s*)?([245]\d\d)[\s-]+(.*)", re.IGNORECASE | re.DOTALL)


def failure_code(code: int, text: str, *, about_sender: bool = False) -> FailureCode:
    """Say why a reply `code text` with a 5xx code refused a message.

    `about_sender`: it answered MAIL FROM, where nothing can be said about the recipient.
    """
    by_words = next((reason for words, reason in _BY_WORDS if words.search(text)), None)
    status = _status(text)
    found = _by_status(status) or _BY_CODE.get(code) or by_words
    if status in _VAGUE:
        found = by_words or found
    if found is FailureCode.UNKNOWN_ADDRESS:
        if about_sender:
            return FailureCode.AUTHENTICATION
        return by_words if by_words in _OURS else found
    if found is None and code == 552:
        return FailureCode.TOO_LARGE
    return found or FailureCode.REFUSED


def failure_in(text: str) -> FailureCode:
    """Like `failure_code`, for a whole reply as a provider quotes it (`smtp; 550 5.1.1 …`)."""
    found = _CODE.match(text)
    return failure_code(int(found[1]), found[2]) if found else failure_code(0, text)


def _status(text: str) -> str:
    found = _STATUS.match(text)
    return f"{int(found[2])}.{int(found[3])}" if found else ""


def _by_status(status: str) -> FailureCode | None:
    return _BY_STATUS.get(status) or _BY_SUBJECT.get(status.partition(".")[0])
