"""What both doors share: reading an answer within limits, and turning trouble into our errors.

A newcomer's mistake: calling `.read()` on a response. Only `read` caps the *decompressed* size.
"""

import json
import math
import os
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from shopbell.kit import clock
from shopbell.kit.errors import Permanent, Temporary
from shopbell.kit.text import one_line

USER_AGENT = "Shopbell"
MAX_REDIRECTS = 3
MAX_RETRY_AFTER = 86_400.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({408, 425, 429})
CODES = {
    400: "bad_request",
    401: "unauthorised",
    402: "payment_required",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    410: "gone",
    413: "too_large",
    422: "unprocessable",
}
MEANINGS = {
    401: "It does not accept the key.",
    403: "The key is not allowed to do this.",
    404: "The address does not exist there.",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer. Header names are lower case; `body` is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""

    def json(self, name: str = "The provider") -> Any:
        """Parse the body. Anything but JSON is `Temporary`: usually a proxy's error page."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            start = one_line(self.body[:120].decode("utf-8", "replace"), 80)
            raise Temporary(
                f"{name} should have answered with JSON and did not: {start!r}"
            ) from None


class network_errors:
    """Turn the library's errors into ours."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (httpx2.InvalidURL, httpx2.UnsupportedProtocol)):
            raise bad_url(self.name, error) from None
        if isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)):
            said = one_line(str(error), 120) or type(error).__name__
            raise Temporary(f"{self.name} cannot be reached: {said}", untouched=True) from error
        if isinstance(error, httpx2.TimeoutException):
            raise Temporary(f"{self.name} did not answer in time.") from error
        if isinstance(error, (httpx2.HTTPError, OSError)):
            said = one_line(str(error), 120) or type(error).__name__
            raise Temporary(f"{self.name} cannot be reached: {said}") from error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return what `Retry-After` asks for in seconds (number or date), at most a day."""
    said = headers.get("retry-after", "").strip()
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            moment = parsedate_to_datetime(said)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (moment - clock.now()).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def judge(name: str, reply: Reply) -> Reply:
    """Return a success; raise `Temporary` or `Permanent` for everything else."""
    status = reply.status
    if 200 <= status < 300:
        return reply
    if status in BUSY or status >= 500:
        what = "is busy" if status in BUSY else "is in trouble"
        wait = retry_after(reply.headers)
        turned_away = status in (425, 429)
        raise Temporary(f"{name} {what} ({status}).", retry_after=wait, untouched=turned_away)
    said = one_line(reply.body[:600].decode("utf-8", "replace"), 160)
    words = " ".join(filter(None, (f"{name} refused ({status}).", MEANINGS.get(status, ""), said)))
    raise Permanent(words, code=CODES.get(status, f"http_{status}"))


def bad_url(name: str, error: Exception) -> Permanent:
    """Return the refusal of an address that no request can be made from."""
    return Permanent(
        f"{name} has an address that cannot be used: {one_line(str(error), 120)}", code="bad_url"
    )


def read(response: httpx2.Response, max_bytes: int, deadline: float, name: str) -> bytes:
    """Read and decompress with a cap on the decompressed size and on the time."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise Temporary(f"{name} answered in an encoding we did not ask for ({encoding[:20]}).")
    inflate = None if encoding in ("", "identity") else zlib.decompressobj(zlib.MAX_WBITS | 32)
    parts: list[bytes] = []
    size = 0
    for chunk in response.iter_raw():
        if time.monotonic() > deadline:
            raise Temporary(f"{name} answers too slowly.")
        try:
            piece = inflate.decompress(chunk, max_bytes - size + 1) if inflate else chunk
        except zlib.error:
            raise Temporary(f"{name} answered with a damaged compressed body.") from None
        size += len(piece)
        if size > max_bytes:
            raise Permanent(
                f"{name} answered with more than {max_bytes:,} bytes.", code="too_large"
            )
        parts.append(piece)
    return b"".join(parts)


_transports: dict[str, tuple[int, httpx2.HTTPTransport]] = {}
_transports_lock = threading.Lock()


def transport(kind: str, limits: httpx2.Limits) -> httpx2.HTTPTransport:
    """Return this process's connection pool (a pool must not cross a fork)."""
    with _transports_lock:
        owner, transport = _transports.get(kind, (0, None))
        if transport is None or owner != os.getpid():
            transport = httpx2.HTTPTransport(trust_env=False, limits=limits)
            _transports[kind] = (os.getpid(), transport)
        return transport
