"""What Django lacks in the way of headers, and errors as pages.

`SecurityHeaders` also gives every request its id (`request.request_id`), which error pages and logs
show. `ErrorPages` must stand last in MIDDLEWARE, but for allauth's: it sees first what views raise.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from shopbell.kit.ids import token
from shopbell.web.errors import answer_to, response_to

type GetResponse = Callable[[HttpRequest], HttpResponseBase]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
PERMISSIONS_POLICY = ", ".join(
    (
        "accelerometer=()",
        "browsing-topics=()",
        "camera=()",
        "display-capture=()",
        "geolocation=()",
        "gyroscope=()",
        "microphone=()",
        "midi=()",
        "payment=()",
        "usb=()",
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
        "clipboard-write=(self)",
    )
)
PAGES = ("text/html", "application/json")


class SecurityHeaders:
    """Adds the headers that need no thought by a view; a view that sets one itself keeps it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with headers set."""
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if REQUEST_ID.fullmatch(offered) else token(9)
        request.request_id = request_id  # type: ignore[attr-defined]
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("X-Request-ID", request_id)
        headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        headers.setdefault("X-Permitted-Cross-Domain-Policies", "none")
        if not getattr(response, "xframe_options_exempt", False):
            headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        headers.setdefault("Origin-Agent-Cluster", "?1")
        if headers.get("Content-Type", "").startswith(PAGES):
            # Pages show people's data: never from a shared cache, never from the back button after
            # signing out. Static files are not served by Django and keep their own caching.
            headers.setdefault("Cache-Control", "private, no-store")
            headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
            patch_vary_headers(response, ["HX-Request"])
        return response


class ErrorPages:
    """Turns what a view raises into a page, a toast or JSON, by the table in `web/errors.py`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; the work is in `process_exception`."""
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer for an exception; None (Django's own page) only for bugs under DEBUG."""
        answer = answer_to(exception)
        if answer.status == 500 and settings.DEBUG:
            return None
        return response_to(request, answer, exception)
