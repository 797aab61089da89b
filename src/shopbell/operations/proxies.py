"""Who the client is when reverse proxies stand in front.

Each proxy appends the address it saw to X-Forwarded-For, so with N trusted proxies the client is
the N-th from the right. A newcomer's mistake: taking the leftmost one. Anybody can write that.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class BehindProxies:
    """Sets `client` and `scheme` of the ASGI scope from the headers of trusted proxies."""

    def __init__(self, app: ASGIApp, count: int) -> None:
        self._app = app
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Correct the scope and pass the request on."""
        if scope["type"] == "http":
            seen = _values(scope, b"x-forwarded-for")
            if len(seen) >= self._count:
                scope["client"] = (_address(seen[-self._count]), 0)
            schemes = _values(scope, b"x-forwarded-proto")
            if schemes and schemes[-1] in ("http", "https"):
                scope["scheme"] = schemes[-1]
        await self._app(scope, receive, send)


def _values(scope: Scope, name: bytes) -> list[str]:
    joined = ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)
    return [part.strip() for part in joined.split(",") if part.strip()]


def _address(text: str) -> str:
    """Strip a port: `203.0.113.9:4711` and `[2001:db8::1]:4711` occur."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
