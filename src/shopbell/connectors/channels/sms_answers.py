"""What the answer of a text gateway means where its own words say nothing: by HTTP alone."""

from shopbell.kit.http import Reply, retry_after
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind

_WAIT_FOR_PERSON = 300.0
_WAIT_FOR_RATE = 5.0


def by_status(reply: Reply, detail: str) -> Outcome:
    """Return what a refusal or an unclear answer means. Nobody knows what a 5xx has done."""
    status, wait = reply.status, retry_after(reply.headers)
    if status in (408, 425, 429):
        return Outcome(OutcomeKind.TEMPORARY, detail=detail, retry_after=wait or _WAIT_FOR_RATE)
    if status in (401, 402, 403, 404):
        return account_trouble(detail, wait)
    if status == 503:
        return Outcome(OutcomeKind.TEMPORARY, detail=detail, retry_after=wait)
    if status == 413:
        return Outcome(OutcomeKind.PERMANENT, code=FailureCode.TOO_LARGE, detail=detail)
    if 400 <= status < 500:
        return Outcome(OutcomeKind.PERMANENT, code=FailureCode.REFUSED, detail=detail)
    return Outcome(OutcomeKind.IN_DOUBT, detail=detail)


def account_trouble(detail: str, wait: float | None = None) -> Outcome:
    """Return that the account itself is in trouble: nothing goes until a person looked."""
    return Outcome(OutcomeKind.NOT_TRIED, detail=detail, retry_after=wait or _WAIT_FOR_PERSON)
