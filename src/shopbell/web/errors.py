"""Errors become answers here, once: which status, and what a person reads.

Every text says what happened, what was kept and what to do. The same answer is a page for people, a
toast for htmx, and JSON for the API. Nothing of an unexpected error is shown but its number.
"""

import json
import logging
from dataclasses import dataclass, field, replace

from django.core import signals
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string

from shopbell.kit import errors
from shopbell.kit.text import one_line

logger = logging.getLogger("shopbell.web")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor is told."""

    status: int
    code: str
    title: str
    message: str
    kept: str = ""
    remedy: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    retry_after: int | None = None


BAD = Answer(
    400, "bad_request", "This request could not be read",
    "Something in the address or the form was not as expected.",
    "Nothing was changed.", "Go back, check what you entered, and send it again.",
)  # fmt: skip
SIGN_IN = Answer(
    401, "not_signed_in", "Please sign in", "This needs to know who you are.",
    "Nothing was changed.", "Sign in and open the page again.",
)  # fmt: skip
FORBIDDEN = Answer(
    403, "forbidden", "This is not open to you", "Your role does not include this.",
    "Nothing was changed.", "Ask an owner or admin of the store if you need it.",
)  # fmt: skip
CSRF = Answer(
    403, "stale_form", "This form is too old",
    "The page was open for a long time, or cookies are blocked, so we could not be sure the form "
    "came from you.",
    "Nothing was changed. What you typed is still there when you go back.",
    "Go back, reload the page, and send the form again.",
)  # fmt: skip
NOT_FOUND = Answer(
    404, "not_found", "There is no such page",
    "The address may be old or mistyped, or the thing was removed.",
    "Nothing was changed.", "Check the address, or search for what you wanted.",
)  # fmt: skip
NOT_ALLOWED = Answer(
    405, "method_not_allowed", "This cannot be done here",
    "The address does not take such a request.",
    "Nothing was changed.", "Go back and use the buttons of the page.",
)  # fmt: skip
CONFLICT = Answer(
    409, "conflict", "Somebody was faster", "This changed while you were looking at it.",
    "Their change was kept, yours was not made.", "Reload the page and look again.",
)  # fmt: skip
TOO_LARGE = Answer(
    413, "too_large", "That is too large", "What you sent is larger than we take.",
    "Nothing was changed.", "Send a smaller file or fewer fields.",
)  # fmt: skip
INVALID = Answer(
    422, "invalid", "Something needs another look", "Part of what you sent cannot be used.",
    "Nothing was changed.", "Correct it and send it again.",
)  # fmt: skip
TOO_MANY = Answer(
    429, "too_many_requests", "A little slower, please",
    "There were too many requests from you just now.",
    "Nothing was changed.", "Wait a minute and try again.",
)  # fmt: skip
BROKEN = Answer(
    500, "internal_error", "Something broke on our side", "This is our mistake, not yours.",
    "What was saved before is safe. The last step was not made.",
    "Try once more. If it happens again, tell the people who run this Shopbell the number below.",
)  # fmt: skip
OUTSIDE = Answer(
    502, "provider_refused", "The other side refused",
    "The service we asked did not accept the request.",
    "Nothing was changed here.", "Check the connection's settings, then try again.",
)  # fmt: skip
LATER = Answer(
    503, "temporarily_unavailable", "Not possible right now",
    "A service we need does not answer at the moment.",
    "Nothing was lost.", "Try again in a moment.",
)  # fmt: skip

BY_STATUS: dict[int, Answer] = {
    answer.status: answer
    for answer in (
        BAD, SIGN_IN, FORBIDDEN, NOT_FOUND, NOT_ALLOWED, CONFLICT, TOO_LARGE, INVALID, TOO_MANY,
        BROKEN, OUTSIDE, LATER,
    )
}  # fmt: skip

# First match wins, so the narrow ones stand before the wide ones.
TABLE: tuple[tuple[type[Exception], Answer], ...] = (
    (errors.NotFound, NOT_FOUND),
    (errors.Forbidden, FORBIDDEN),
    (errors.Invalid, INVALID),
    (errors.Conflict, CONFLICT),
    (errors.Temporary, LATER),
    (errors.BadSignature, replace(FORBIDDEN, code="bad_signature")),
    (errors.Unsupported, replace(INVALID, code="unsupported")),
    (errors.Permanent, OUTSIDE),
    (Http404, NOT_FOUND),
    (PermissionDenied, FORBIDDEN),
    (RequestDataTooBig, TOO_LARGE),
    (TooManyFieldsSent, TOO_LARGE),
    (SuspiciousOperation, BAD),
    (BadRequest, BAD),
    (MultiPartParserError, BAD),
)


def answer_to(error: Exception) -> Answer:
    """Return the answer for an error; what the error itself says replaces the general text."""
    for kind, answer in TABLE:
        if isinstance(error, kind):
            return _with_words(error, answer)
    return BROKEN


def _with_words(error: Exception, answer: Answer) -> Answer:
    if not isinstance(error, errors.ShopbellError):
        return answer
    # A connector's message may quote the provider: people get the general text, the log the rest.
    message = answer.message if isinstance(error, errors.ConnectorError) else error.message
    retry = getattr(error, "retry_after", None)
    return replace(
        answer,
        message=one_line(message, 400) or answer.message,
        kept=error.kept or answer.kept,
        remedy=error.remedy or answer.remedy,
        fields=dict(getattr(error, "fields", {})),
        retry_after=max(1, round(retry)) if retry is not None else None,
    )


def response_to(
    request: HttpRequest, answer: Answer, error: Exception | None = None
) -> HttpResponse:
    """Return the response in the form this request understands."""
    request_id = str(getattr(request, "request_id", ""))
    if answer.status >= 500 and error is not None:
        _report(request, answer, error, request_id)
    if request.path.startswith("/api/"):
        response: HttpResponse = JsonResponse(_as_json(answer, request_id), status=answer.status)
    elif request.headers.get("HX-Request") == "true":
        response = _toast(answer, request_id)
    else:
        response = _page(request, answer, request_id)
    if answer.retry_after is not None:
        response["Retry-After"] = str(answer.retry_after)
    return response


def _report(request: HttpRequest, answer: Answer, error: Exception, request_id: str) -> None:
    logger.error(
        "%s %s answered %s (request %s)",
        request.method, request.path, answer.status, request_id, exc_info=error,
    )  # fmt: skip
    if answer.status == 500:
        signals.got_request_exception.send(sender=None, request=request)


def _as_json(answer: Answer, request_id: str) -> dict[str, object]:
    body: dict[str, object] = {
        "code": answer.code,
        "message": answer.message,
        "kept": answer.kept,
        "remedy": answer.remedy,
        "request_id": request_id,
    }
    if answer.fields:
        body["fields"] = answer.fields
    return {"error": body}


def _toast(answer: Answer, request_id: str) -> HttpResponse:
    """Answer htmx: leave the page as it is and say what happened."""
    parts = [answer.message, *answer.fields.values(), answer.remedy]
    if answer.status == 500:
        parts = [f"{answer.title}. {answer.kept}", f"Number: {request_id}"]
    said = {"toast": {"message": " ".join(part for part in parts if part), "tone": "red"}}
    return HttpResponse(
        "", status=answer.status, headers={"HX-Trigger": json.dumps(said), "HX-Reswap": "none"}
    )


def _page(request: HttpRequest, answer: Answer, request_id: str) -> HttpResponse:
    context = {"answer": answer, "request_id": request_id}
    try:
        return HttpResponse(
            render_to_string("web/error.html", context, request=request), status=answer.status
        )
    except Exception:  # the page that explains errors must never be the error
        logger.exception("the error page itself failed (request %s)", request_id)
        text = f"{answer.title}\n\n{answer.message}\n{answer.kept}\n{answer.remedy}\n{request_id}\n"
        return HttpResponse(text, status=answer.status, content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 (handler400)."""
    return response_to(request, BAD)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 (handler403)."""
    return response_to(request, FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 (handler404): an address no view answers."""
    return response_to(request, NOT_FOUND)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500 (handler500): an error outside views; Django has logged it."""
    return response_to(request, BROKEN)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token (CSRF_FAILURE_VIEW)."""
    logger.warning("%s %s: form token refused: %s", request.method, request.path, reason)
    return response_to(request, CSRF)
