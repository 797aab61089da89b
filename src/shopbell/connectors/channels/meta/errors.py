"""What Meta's refusals mean: wait, mend the account, or stop.

Words and numbers: https://developers.facebook.com/docs/messenger-platform/error-codes
A newcomer's mistake: trusting the HTTP status. Meta says nearly everything with 400, the code
inside decides; and code 1 has been seen for messages that arrived.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopbell.kit.errors import Permanent, Temporary
from shopbell.kit.http import Reply, retry_after
from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind

WAIT_FOR_MERCHANT = 300.0
WAIT_FOR_RATE = 60.0
WAIT_FOR_POLICY = 3600.0

type Verdict = tuple[OutcomeKind, str, float | None]

_TOKEN: Verdict = (OutcomeKind.NOT_TRIED, FailureCode.AUTHENTICATION, WAIT_FOR_MERCHANT)
_BUSY: Verdict = (OutcomeKind.TEMPORARY, "", WAIT_FOR_RATE)
_WINDOW: Verdict = (OutcomeKind.PERMANENT, FailureCode.WINDOW_CLOSED, None)
_GONE: Verdict = (OutcomeKind.PERMANENT, FailureCode.UNKNOWN_ADDRESS, None)
_BLOCKED: Verdict = (OutcomeKind.PERMANENT, FailureCode.BLOCKED, None)
_REFUSED: Verdict = (OutcomeKind.PERMANENT, FailureCode.REFUSED, None)

# (code, subcode): the narrower word goes first.
_BY_SUBCODE: dict[tuple[int, int], Verdict] = {
    (10, 2018065): _WINDOW,
    (10, 2018278): _WINDOW,
    (10, 2534022): _WINDOW,
    (10, 1545041): _BLOCKED,
    (100, 33): _REFUSED,  # the comment is not there any more
    (100, 2018001): _GONE,
    (100, 2534014): _GONE,
    (200, 1545041): _BLOCKED,
    (4, 2018054): (OutcomeKind.PERMANENT, FailureCode.TOO_LARGE, None),
}
_BY_CODE: dict[int, Verdict] = {
    1: (OutcomeKind.IN_DOUBT, "", None),
    2: _BUSY,
    3: _TOKEN,  # the app lacks a capability
    4: _BUSY,
    10: _TOKEN,  # the app lacks a permission
    17: _BUSY,
    32: _BUSY,
    100: (OutcomeKind.PERMANENT, FailureCode.BAD_CONTENT, None),
    102: _TOKEN,
    190: _TOKEN,
    200: _TOKEN,
    230: _TOKEN,
    368: (OutcomeKind.NOT_TRIED, FailureCode.BLOCKED, WAIT_FOR_POLICY),
    551: _BLOCKED,
    613: _BUSY,
    1200: _BUSY,
    10900: _REFUSED,  # answered in private before
    10901: _WINDOW,  # the comment is older than seven days
    10903: _REFUSED,
}
_RATES = frozenset(range(80000, 80015))
_FOR_ALL = frozenset({3, 4, 10, 17, 32, 102, 190, 200, 230, 368, 613}) | _RATES
_WINDOW_WORDS = "outside of allowed window"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a call was answered with, when it was not done."""

    status: int
    code: int
    subcode: int
    words: str
    wait: float | None

    @property
    def verdict(self) -> Verdict:
        """What it means."""
        if _WINDOW_WORDS in self.words.lower():
            return _WINDOW
        if self.code in _RATES:
            return _BUSY
        known = _BY_SUBCODE.get((self.code, self.subcode)) or _BY_CODE.get(self.code)
        return known or _by_status(self.status)

    @property
    def for_all(self) -> bool:
        """Whether the next message would hear the same: it is about the account or the app."""
        kinds = (OutcomeKind.TEMPORARY, OutcomeKind.NOT_TRIED)
        return self.code in _FOR_ALL and self.verdict[0] in kinds

    def outcome(self) -> Outcome:
        """Return it as the outcome of a message."""
        kind, code, wait = self.verdict
        waits = kind in (OutcomeKind.TEMPORARY, OutcomeKind.NOT_TRIED)
        return Outcome(
            kind, code=code, detail=self.words, retry_after=(self.wait or wait) if waits else None
        )

    def error(self, title: str) -> Temporary | Permanent:
        """Return it as the error of any other call."""
        kind, code, wait = self.verdict
        words = f"{title} refused: {self.words}"
        if kind in (OutcomeKind.TEMPORARY, OutcomeKind.IN_DOUBT):
            return Temporary(words, retry_after=self.wait or wait)
        return Permanent(words, code=code or "refused")


def find_refusal(reply: Reply) -> Refusal | None:
    """Return the refusal in an answer; None: it was done. Errors also come with status 200."""
    try:
        content: Any = json.loads(reply.body)
    except (ValueError, RecursionError):
        content = None
    error = content.get("error") if isinstance(content, dict) else None
    if isinstance(error, dict):
        words = str(error.get("error_user_msg") or error.get("message") or "no reason given")
        code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
        said = f"{one_line(words, 240)} ({code}/{subcode})" if subcode else one_line(words, 240)
        return Refusal(reply.status, code, subcode, said, regain_seconds(reply.headers))
    if 200 <= reply.status < 300:
        if isinstance(content, dict):
            return None
        return Refusal(reply.status, 0, 0, "The answer was not JSON.", None)
    words = one_line(reply.body[:300].decode("utf-8", "replace"), 160)
    return Refusal(reply.status, 0, 0, f"{reply.status} {words}", regain_seconds(reply.headers))


def regain_seconds(headers: Mapping[str, str]) -> float | None:
    """Return after how long calls are allowed again, as far as the answer tells."""
    named = retry_after(headers)
    if named is not None:
        return named
    minutes = [0.0]
    for uses in _json(headers.get("x-business-use-case-usage", "")).values():
        for use in uses if isinstance(uses, list) else []:
            if isinstance(use, dict):
                minutes.append(_number(use.get("estimated_time_to_regain_access")))
    return min(max(minutes) * 60, 86_400.0) or None


def used_percent(headers: Mapping[str, str]) -> int:
    """Return how much of the app's allowance is used up, in percent."""
    use = _json(headers.get("x-app-usage", ""))
    return max([0, *(_number(value) for value in use.values())])


def _by_status(status: int) -> Verdict:
    if status in (425, 429, 503):
        return _BUSY
    if status in (401, 403):
        return _TOKEN
    if 400 <= status < 500 and status != 408:
        return _REFUSED
    return (OutcomeKind.IN_DOUBT, "", None)


def _json(text: str) -> dict[str, Any]:
    try:
        content: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _number(value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError, OverflowError):
        return 0
