"""The client for addresses a merchant configured. Private addresses are allowed here.

A newcomer's mistake: giving it a URL out of a payload; that is `fetch_public`'s work.
"""

import time
from collections.abc import Mapping
from typing import Any

import httpx2

from shopbell.kit.errors import ConnectorError, Permanent
from shopbell.kit.http import exchanges
from shopbell.kit.http.wire import (
    MAX_REDIRECTS,
    REDIRECTS,
    USER_AGENT,
    Reply,
    bad_url,
    judge,
    network_errors,
    read,
    transport,
)


class Provider:
    """A client for one provider's API at `base_url`.

    429, 5xx and network trouble raise `Temporary`, other refusals `Permanent`. Connections are
    shared within the process, so an instance is cheap: make one per call.
    """

    def __init__(
        self,
        base_url: str,
        *,
        name: str = "The provider",
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
        total_timeout: float = 60.0,
        max_bytes: int = 20 * 1024 * 1024,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.name = name
        self.total_timeout = total_timeout
        self.max_bytes = max_bytes
        self._client = httpx2.Client(
            transport=_shared_transport(),
            trust_env=False,
            follow_redirects=False,
            auth=auth,
            headers={"user-agent": USER_AGENT, "accept-encoding": "gzip", **(headers or {})},
            timeout=httpx2.Timeout(read_timeout, connect=connect_timeout),
        )

    def get(self, path: str, *, params: Mapping[str, Any] | None = None) -> Reply:
        """GET; redirects are followed on the same host only."""
        return self.request("GET", path, params=params)

    def post(self, path: str, *, json: Any = None, data: Mapping[str, str] | None = None) -> Reply:
        """POST a JSON value or a form."""
        return self.request("POST", path, json=json, data=data)

    def put(self, path: str, *, json: Any = None) -> Reply:
        """PUT a JSON value."""
        return self.request("PUT", path, json=json)

    def request_json(self, method: str, path: str, **options: Any) -> Any:
        """Like `request`, and parse the answer as JSON."""
        return self.request(method, path, **options).json(self.name)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request and return the answer if it is a success (2xx).

        Raises:
            Temporary: busy, broken or unreachable; `retry_after` if the provider named one.
            Permanent: refused; `code` from `CODES` or `http_<status>`.
        """
        reply = self.ask(
            method, path, params=params, json=json, data=data, content=content, headers=headers
        )
        return judge(self.name, reply)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> Reply:
        """Like `request`, but return a refusal too, for providers whose body says what to do.

        `follow`: go along with redirects on the same host. Values of `data` may be lists.

        Raises:
            Temporary: unreachable or too slow; `untouched` if nothing left.
            Permanent: the address cannot be used, or redirects elsewhere.
        """
        try:
            request = self._client.build_request(
                method,
                f"{self.base_url}/{path.lstrip('/')}",
                params=params,
                json=json,
                data=data,
                content=content,
                headers=headers,
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise bad_url(self.name, error) from None
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._send(request)
            if reply.status not in REDIRECTS or not follow:
                return reply
            request = self._redirected(request, reply)
        raise Permanent(f"{self.name} redirects in circles.", code="redirected")

    def _send(self, request: httpx2.Request) -> Reply:
        began = time.monotonic()
        said = request.content if isinstance(request.stream, httpx2.ByteStream) else b""
        url = str(request.url)
        try:
            reply = self._asked(request, began + self.total_timeout)
        except ConnectorError as error:
            exchanges.note(request.method, url, said, began, trouble=error.message)
            raise
        exchanges.note(request.method, url, said, began, status=reply.status, received=reply.body)
        return reply

    def _asked(self, request: httpx2.Request, deadline: float) -> Reply:
        with network_errors(self.name):
            response = self._client.send(request, stream=True)
            try:
                body = read(response, self.max_bytes, deadline, self.name)
            finally:
                response.close()
        headers = {key.lower(): value for key, value in response.headers.items()}
        return Reply(response.status_code, headers, body, str(request.url))

    def _redirected(self, request: httpx2.Request, reply: Reply) -> httpx2.Request:
        try:
            target = request.url.join(reply.headers.get("location", ""))
        except httpx2.InvalidURL as error:
            raise bad_url(self.name, error) from None
        if request.method not in ("GET", "HEAD") or not _same_place(request.url, target):
            where = f"{target.scheme}://{target.host}"
            raise Permanent(
                f"{self.name} sends us on to {where}, and keys are not taken elsewhere. "
                f"Put the final address into the settings.",
                code="redirected",
            )
        return self._client.build_request(request.method, target, headers=request.headers)


def _same_place(old: httpx2.URL, new: httpx2.URL) -> bool:
    """Whether a redirect stays on the host: same origin, or the plain step from http to https."""
    if old.host != new.host or new.userinfo:
        return False
    if old.scheme == new.scheme:
        return old.port == new.port
    return old.scheme == "http" and new.scheme == "https" and old.port == new.port is None


def _shared_transport() -> httpx2.HTTPTransport:
    return transport("providers", httpx2.Limits(max_connections=200, keepalive_expiry=20))
