"""What every address of the chat shares: CORS, the token, the size, errors as small JSON.

Any page may load the chat and ask; what is answered depends on the token alone, which travels in
the Authorization header and never in an address. No cookie is read.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_slug
from shopbell.connections.models import Connection
from shopbell.conversations.strangers_files import NotTaken
from shopbell.conversations.visitors import Visitor, chat_inbox, visitor_of
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid, NotFound, ShopbellError
from shopbell.web.access import public_page
from shopbell.web.limits import Window
from shopbell.widget.limits import READS

log = structlog.get_logger()

BODY = 64_000
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Expose-Headers": "Retry-After",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type, last-event-id",
    "Access-Control-Max-Age": "86400",
}
_STATUS = {NotFound: 404, Invalid: 422, Conflict: 409}


class Stop(Exception):
    """An answer that ends the request early."""

    def __init__(self, status: int, code: str, message: str, wait: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.wait = status, code, message, wait


@dataclass(slots=True)
class Call:
    """One request of a visitor's page, in the scope of its store."""

    request: HttpRequest
    store: Store
    inbox: Connection
    visitor: Visitor
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it comes from."""
        return str(self.request.META.get("REMOTE_ADDR", ""))

    def limit(self, window: Window, key: str = "", *, width: int = 1) -> None:
        """Count; stop with 429 when it is too often."""
        wait = window.take(key or (self.store.pk, self.visitor.id), width=width)
        if wait:
            raise Stop(429, "too_often", "Too many at once. Please wait a moment.", wait)


NOBODY = Visitor(0, "")

type Handler = Callable[..., HttpResponse]


def door(
    *, stranger: bool = False, body: int = BODY, raw: bool = False, **methods: Handler
) -> Handler:
    """Return the view of an address; `methods` are its handlers by lower-case method.

    `stranger`: it works without a token. `raw`: the body is a file, not JSON.
    """

    @public_page("Visitors of the shop's page, each by the token of their own browser.")
    @csrf_exempt
    @wraps(next(iter(methods.values())))
    def view(request: HttpRequest, store: str, **rest: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=CORS | _PREFLIGHT)
        try:
            handler = methods.get((request.method or "").lower())
            if handler is None:
                raise Stop(405, "method", "This address is asked in another way.")
            place = store_by_slug(store)
            with store_scope(place.pk):
                call = Call(request, place, chat_inbox(), NOBODY)
                if not stranger:
                    call.visitor = _visitor(request, place)
                    call.limit(READS)
                call.body = {} if raw else _json(request, body)
                if raw:
                    _measure(request, body)
                response = handler(call, **rest)
        except (Stop, ShopbellError) as error:
            response = _refusal(error)
        for name, value in CORS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return view


def _visitor(request: HttpRequest, store: Store) -> Visitor:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    visitor = visitor_of(store, token.strip()) if kind.lower() == "bearer" else None
    if visitor is None:
        raise Stop(401, "unknown_token", "Ask for a session first.")
    return visitor


def _measure(request: HttpRequest, most: int) -> None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > most or len(request.body) > most:
        raise Stop(413, "too_large", f"At most {most:,} bytes. Nothing was stored.")


def _json(request: HttpRequest, most: int) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    _measure(request, most)
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Stop(400, "not_json", "This is not JSON. Nothing was stored.") from None
    if not isinstance(found, dict):
        raise Stop(400, "not_json", "Send a JSON object. Nothing was stored.")
    return found


def _refusal(error: "Stop | ShopbellError") -> HttpResponse:
    if isinstance(error, Stop):
        status, code = error.status, error.code
    elif isinstance(error, NotTaken):
        status, code = 415, "file_type"
    else:
        status = next((n for kind, n in _STATUS.items() if isinstance(error, kind)), 500)
        code = {404: "unknown", 422: "invalid", 409: "conflict"}.get(status, "failed")
        if status == 500:
            log.error("widget.failed", error=repr(error))
    message = error.message if status < 500 else "This did not work."
    response = JsonResponse({"error": {"code": code, "message": message}}, status=status)
    if isinstance(error, Stop) and error.wait:
        response.headers["Retry-After"] = str(error.wait)
    return response
