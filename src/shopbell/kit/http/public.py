"""The client for addresses that strangers wrote (S-15): guarded against request forgery.

A newcomer's mistake: checking the name and then connecting to the name. Between the two the
answer of the name server can change, so the connection goes to the address that was checked.
"""

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as ResolverTimeout

import httpx2

from shopbell.kit.errors import Permanent, Temporary
from shopbell.kit.http.wire import (
    MAX_REDIRECTS,
    REDIRECTS,
    USER_AGENT,
    Reply,
    judge,
    network_errors,
    read,
    transport,
)
from shopbell.kit.text import one_line

AUTHORITY = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Resolve = Callable[[str, int], Sequence[str]]


def is_public(address: Address) -> bool:
    """Whether an address lies on the public internet and hides no other address inside."""
    if isinstance(address, ipaddress.IPv4Address):
        return (
            address.is_global
            and not address.is_multicast
            and address not in ipaddress.IPv4Network("192.88.99.0/24")
        )
    unicast = address in ipaddress.IPv6Network("2000::/3")
    hides_another = address.sixtofour is not None or address.teredo is not None
    return unicast and address.is_global and not hides_another


def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return every address of `host`, as the system's resolver knows it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PublicFetcher:
    """GET and POST for addresses that strangers wrote.

    The name is resolved once, *all* its addresses are checked, and the connection goes to a checked
    one, so a name that flips between two look-ups gains nothing. Redirects pass the same gate.
    Without a `user_agent` it says nothing of who asks.
    """

    def __init__(
        self,
        *,
        resolve: Resolve = resolve_host,
        permitted: Callable[[Address], bool] = is_public,
        ports: frozenset[int] = frozenset({80, 443}),
        max_bytes: int = 5 * 1024 * 1024,
        connect_timeout: float = 5.0,
        total_timeout: float = 10.0,
        user_agent: str = USER_AGENT,
    ) -> None:
        self.resolve = resolve
        self.permitted = permitted
        self.ports = ports
        self.max_bytes = max_bytes
        self.connect_timeout = connect_timeout
        self.total_timeout = total_timeout
        self.named = {"user-agent": user_agent} if user_agent else {}

    def fetch(self, url: str, *, accept: str = "*/*") -> Reply:
        """Fetch `url`.

        Raises:
            Permanent: `refused_address` if the address is not allowed, else as `Provider`.
            Temporary: unreachable, busy, or slower than the cap.
        """
        deadline = time.monotonic() + self.total_timeout
        target = _public_url(url)
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._once("GET", target, {"accept": accept}, b"", deadline)
            if reply.status not in REDIRECTS:
                return judge(f"The server {target.host}", reply)
            try:
                target = _public_url(str(target.join(reply.headers.get("location", ""))))
            except httpx2.InvalidURL as error:
                raise _refused(error) from None
        raise Permanent("The address redirects too often.", code="redirected")

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post `body` to `url`; redirects are not followed. Raises as `fetch`."""
        target = _public_url(url)
        deadline = time.monotonic() + self.total_timeout
        return judge(
            f"The server {target.host}", self._once("POST", target, headers, body, deadline)
        )

    def _once(
        self, method: str, url: httpx2.URL, own: Mapping[str, str], body: bytes, deadline: float
    ) -> Reply:
        name = f"The server {url.host}"
        trouble: Temporary | None = None
        for address in self._checked_addresses(url):
            request = httpx2.Request(
                method,
                url.copy_with(host=address),
                headers={
                    "host": url.netloc.decode("ascii"),
                    **self.named,
                    "accept-encoding": "gzip",
                    **own,
                },
                content=body or None,
                extensions={
                    "sni_hostname": url.raw_host.decode("ascii"),
                    "timeout": self._timeouts(deadline),
                },
            )
            try:
                return self._read_from(request, str(url), name, deadline)
            except Temporary as error:
                trouble = error
        raise trouble or Temporary(f"{name} has no address.")

    def _read_from(self, request: httpx2.Request, url: str, name: str, deadline: float) -> Reply:
        # Nothing is kept alive: a kept connection belongs to a name, and the pool knows only
        # the address.
        pool = transport("public", httpx2.Limits(max_keepalive_connections=0))
        with network_errors(name):
            response = pool.handle_request(request)
            try:
                body = read(response, self.max_bytes, deadline, name)
            finally:
                response.close()
        headers = {key.lower(): value for key, value in response.headers.items()}
        return Reply(response.status_code, headers, body, url)

    def _timeouts(self, deadline: float) -> dict[str, float | None]:
        left = max(deadline - time.monotonic(), 0.05)
        connect = min(self.connect_timeout, left)
        return {"connect": connect, "read": left, "write": left, "pool": left}

    def _checked_addresses(self, url: httpx2.URL) -> Sequence[str]:
        host = url.raw_host.decode("ascii")
        port = url.port or (443 if url.scheme == "https" else 80)
        if port not in self.ports:
            raise _refused(f"port {port} is not open to fetches")
        found = self._resolved(host, port)
        for text in found:
            if not self.permitted(ipaddress.ip_address(text.split("%")[0])):
                raise _refused(f"{host} does not lie on the public internet")
        return found

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        # The system's resolver has no timeout of its own; a stuck look-up is left behind.
        answer: Future[Sequence[str]] = Future()

        def look_up() -> None:
            try:
                answer.set_result(self.resolve(host, port))
            except (OSError, UnicodeError) as error:
                answer.set_exception(error)

        threading.Thread(target=look_up, name="resolve", daemon=True).start()
        try:
            return answer.result(self.connect_timeout)
        except (OSError, UnicodeError, ResolverTimeout):
            raise Temporary(f"The name {host[:80]} cannot be resolved.") from None


def fetch_public(url: str, *, accept: str = "*/*") -> Reply:
    """Fetch a URL that came from outside, guarded (see `PublicFetcher`)."""
    return PublicFetcher().fetch(url, accept=accept)


def _refused(why: object) -> Permanent:
    return Permanent(
        f"This address is not fetched: {one_line(str(why), 120)}.", code="refused_address"
    )


def _public_url(url: str) -> httpx2.URL:
    """Parse strictly: what two parsers could read differently is refused."""
    if len(url) > 2048 or not url.isprintable() or any(sign in url for sign in '\\ \t"<>^`{|}'):
        raise _refused("it is too long or has signs that do not belong into an address")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise _refused(error) from None
    if parsed.scheme not in ("http", "https"):
        raise _refused("only http and https are")
    authority = AUTHORITY.match(url)
    if authority is None:
        raise _refused("it does not begin with http:// or https://")
    if parsed.userinfo or "@" in authority[1]:
        raise _refused("it carries a user name")
    if not parsed.host:
        raise _refused("it names no host")
    return parsed
