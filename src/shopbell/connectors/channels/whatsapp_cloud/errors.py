"""What Meta's error codes mean for a message, as a table; nothing else decides.

Four ways: *retry* soon, *wait* until a limit is over, *stop* (this message will never go), *ask*
the merchant (the account is in trouble; messages wait). A newcomer's mistake: judging by the HTTP
status or the title. Meta says the code is what counts.
https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from dataclasses import dataclass
from enum import StrEnum

from shopbell.connectors.reading import Doc
from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind

MERCHANT_SECONDS = 300.0  # how long messages rest that wait for the merchant
_UNKNOWN_OBJECT = 33  # subcode of 100: the number is not this token's


class Way(StrEnum):
    """What follows from an error."""

    RETRY = "retry"
    WAIT = "wait"
    STOP = "stop"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of the table. `seconds`: how long to wait, None: the usual growing pauses."""

    way: Way
    code: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class GraphError:
    """An error as Meta tells it, in an answer or in a webhook."""

    code: int
    words: str
    subcode: int = 0


_RETRY = Meaning(Way.RETRY)
_ASK = Meaning(Way.ASK, FailureCode.AUTHENTICATION, MERCHANT_SECONDS)
_TEMPLATE = Meaning(Way.STOP, FailureCode.TEMPLATE)
_CONTENT = Meaning(Way.STOP, FailureCode.BAD_CONTENT)

MEANINGS: dict[int, Meaning] = {
    # The token, its permissions, the account.
    0: _ASK,
    3: _ASK,
    10: _ASK,
    33: _ASK,  # the number was deleted
    190: _ASK,  # the token ended
    368: _ASK,  # restricted for breaking a policy
    130497: Meaning(Way.STOP, FailureCode.BLOCKED),  # no business with this country
    131005: _ASK,
    131031: _ASK,  # account locked
    131037: _ASK,  # the display name is not approved
    131042: _ASK,  # payment
    131045: _ASK,
    133000: _ASK,
    133005: _ASK,
    133006: _ASK,
    133010: _ASK,  # the number is not registered
    # Limits.
    4: Meaning(Way.WAIT, seconds=300.0),
    80007: Meaning(Way.WAIT, seconds=300.0),
    130429: Meaning(Way.WAIT, seconds=2.0),  # messages a second
    131048: Meaning(Way.ASK, FailureCode.BLOCKED, 3600.0),  # too many blocked or reported us
    131056: Meaning(Way.WAIT, seconds=15.0),  # messages to one person
    131064: Meaning(Way.WAIT, seconds=3600.0),
    133016: Meaning(Way.WAIT, seconds=3600.0),
    # This person.
    130472: Meaning(Way.STOP, FailureCode.CAPPED),  # part of an experiment of Meta's
    131021: Meaning(Way.STOP, FailureCode.REFUSED),  # that is our own number
    131026: Meaning(Way.STOP, FailureCode.REFUSED),  # no WhatsApp, old WhatsApp, or they block us
    131030: Meaning(Way.STOP, FailureCode.REFUSED),  # not among the test numbers
    131047: Meaning(Way.STOP, FailureCode.WINDOW_CLOSED),
    131049: Meaning(Way.STOP, FailureCode.CAPPED),  # enough marketing for this person; no retry
    131050: Meaning(Way.STOP, FailureCode.OPTED_OUT),  # wants no marketing from us
    # The content.
    100: _CONTENT,
    131008: _CONTENT,
    131009: _CONTENT,
    131051: _CONTENT,
    131052: _CONTENT,
    131053: _CONTENT,
    # Approved templates.
    132000: _TEMPLATE,  # number of gaps
    132001: _TEMPLATE,  # not there, or not in this language
    132005: _TEMPLATE,  # too long once filled
    132007: _TEMPLATE,  # against a policy
    132012: _TEMPLATE,  # form of a gap
    132015: _TEMPLATE,  # paused
    132016: _TEMPLATE,  # switched off for good
    132018: _TEMPLATE,
    132068: _TEMPLATE,
    132069: _TEMPLATE,
    # Trouble at Meta's.
    1: _RETRY,
    2: _RETRY,
    131000: _RETRY,
    131016: _RETRY,
    131057: Meaning(Way.WAIT, seconds=60.0),  # being upgraded
    133004: _RETRY,
}

_KINDS = {
    Way.RETRY: OutcomeKind.TEMPORARY,
    Way.WAIT: OutcomeKind.TEMPORARY,
    Way.STOP: OutcomeKind.PERMANENT,
    Way.ASK: OutcomeKind.NOT_TRIED,
}


def read_error(told: Doc) -> GraphError | None:
    """Return the error in `{"error": {…}}` or in one of a webhook's `errors`."""
    code = told.count("code")
    if code is None:
        return None
    details = told.doc("error_data").text("details") or told.text("error_user_msg", "details")
    title = told.text("message", "title")
    words = title if details in title else f"{title} {details}"
    return GraphError(code, one_line(f"#{code} {words}", 300), told.count("error_subcode") or 0)


def meaning_of(error: GraphError, status: int = 0) -> Meaning:
    """Look an error up; codes Meta adds later go by the HTTP status."""
    if error.code == 100 and error.subcode == _UNKNOWN_OBJECT:
        return _ASK
    known = MEANINGS.get(error.code)
    if known is not None:
        return known
    if 200 <= error.code <= 299 or status in (401, 403):  # permissions
        return _ASK
    if status == 429 or status >= 500:
        return _RETRY
    return Meaning(Way.STOP, FailureCode.REFUSED)


def outcome_of(error: GraphError, status: int = 0, wait: float | None = None) -> Outcome:
    """Return what an error makes of a message. `wait`: what the answer's `Retry-After` says."""
    meaning = meaning_of(error, status)
    kind = _KINDS[meaning.way]
    seconds = None if kind is OutcomeKind.PERMANENT else wait or meaning.seconds
    return Outcome(kind, code=meaning.code, detail=error.words, retry_after=seconds)
