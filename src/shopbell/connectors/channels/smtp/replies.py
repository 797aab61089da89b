"""What a reply of an SMTP server means for one message: the vocabulary of the `smtp` channel.

A newcomer's mistake: taking each 550 for "no such mailbox". An address is only called unknown when
the enhanced status or plain words say so and nothing hints at our own reputation or login, since
that verdict stops all mail to a living customer.
"""

import re
from dataclasses import dataclass

from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind

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
    "2.1": FailureCode.UNKNOWN_ADDRESS,
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
    "7.13": FailureCode.UNKNOWN_ADDRESS,
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
            r"|reputation|\bspam\b|\bblocked\b|\bbanned\b|policy",
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
            r"|disabled|inactive|unavailable)",
            FailureCode.UNKNOWN_ADDRESS,
        ),
        (r"virus|malware|prohibited|attachment", FailureCode.BAD_CONTENT),
    )
)
_OURS = frozenset({FailureCode.AUTHENTICATION, FailureCode.BLOCKED})
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
# Details that only name the sender; at MAIL FROM nothing can be said about the recipient.
_ABOUT_SENDER = frozenset({"mail"})
_TOO_LARGE_AT = frozenset({"mail", "data", "dot"})


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply: its code and its lines joined by spaces."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """Whether the command was taken (2xx or 3xx)."""
        return 200 <= self.code < 400

    @property
    def detail(self) -> str:
        """The server's own words, on one line."""
        words = f"{self.code} {self.text}"
        return words if len(words) <= 200 and words.isprintable() else one_line(words, 500)


def refusal(reply: Reply, stage: str) -> Outcome:
    """Return the outcome for a message refused with `reply` at `mail`, `rcpt`, `data` or `dot`."""
    if 500 <= reply.code < 600:
        return Outcome(OutcomeKind.PERMANENT, code=failure_code(reply, stage), detail=reply.detail)
    return Outcome(OutcomeKind.TEMPORARY, detail=reply.detail)


def failure_code(reply: Reply, stage: str) -> FailureCode:
    """Say why a 5xx reply refused the message."""
    by_words = next((code for words, code in _BY_WORDS if words.search(reply.text)), None)
    code = _by_status(reply.text) or _BY_CODE.get(reply.code) or by_words
    if code is FailureCode.UNKNOWN_ADDRESS:
        if stage in _ABOUT_SENDER:
            return FailureCode.AUTHENTICATION
        return by_words if by_words in _OURS else code
    if code is None and reply.code == 552:
        return FailureCode.TOO_LARGE if stage in _TOO_LARGE_AT else FailureCode.MAILBOX_FULL
    return code or FailureCode.REFUSED


def _by_status(text: str) -> FailureCode | None:
    found = _STATUS.match(text)
    if found is None:
        return None
    _, subject, detail = found.groups()
    return _BY_STATUS.get(f"{subject}.{detail}") or _BY_SUBJECT.get(subject)
