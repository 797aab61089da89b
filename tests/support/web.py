"""A real web process of the product on a loopback port, for tests that talk HTTP to it.

A newcomer's mistake: asking for it without `committed_db`. Another process sees only what is
committed.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

_SERVE = """
import sys
from importlib import import_module
import django
django.setup()
for module in sys.argv[2:]:
    import_module(module)
import socket
from shopbell.config.environment import load
from shopbell.operations.web import serve
sys.exit(serve(load(), socket.socket(fileno=int(sys.argv[1]))))
"""


type Headers = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class WebProcess:
    """One process that serves; `port` is open from the beginning, so nothing is refused.

    `knows_port`: its settings name this port too, so that it finds its own front door. Cookies
    are called after that.
    """

    def __init__(
        self,
        *modules: str,
        environment: Mapping[str, str] | None = None,
        knows_port: bool = False,
    ) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._modules = modules
        own = {"SHOPBELL_PORT": str(self.port)} if knows_port else {}
        self._environment = os.environ | own | dict(environment or {})
        self.process = self._start()

    @property
    def address(self) -> str:
        """The beginning of its addresses."""
        return f"http://127.0.0.1:{self.port}"

    def _start(self) -> subprocess.Popen[bytes]:
        number = self._listener.fileno()
        return subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(number), *self._modules],
            pass_fds=[number],
            env=self._environment,
        )

    def restart(self) -> None:
        """Start another process on the same port, after this one has ended."""
        self.process = self._start()

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> float:
        """Ask it to end; returns the seconds that took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return time.monotonic() - begun

    def close(self) -> None:
        """End whatever runs and free the port."""
        if self.process.poll() is None:
            self.kill()
        self._listener.close()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float = 15,
    ) -> Answer:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def ask_by_hand(self, method: str, path: str, headers: Headers, *chunks: bytes) -> Answer:
        """Send exactly these headers and raw bytes; stops sending when the server hangs up."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        connection.putrequest(method, path)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):
            for chunk in chunks:
                connection.send(chunk)
        with closing(connection), connection.getresponse() as response:
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())

    def wait_until_ready(self) -> None:
        """Return when it answers; fail at once when it ended instead."""
        deadline = time.monotonic() + 40
        while True:
            try:
                assert self.ask("GET", "/healthz", timeout=1).status == 200
                return
            except TimeoutError:
                assert self.process.poll() is None, "the web process ended while starting"
                assert time.monotonic() < deadline, "the web process does not answer"


@contextmanager
def web_process(
    *modules: str, knows_port: bool = False, **environment: str
) -> Iterator[WebProcess]:
    """Serve the product; `modules` are imported before (test connectors register themselves)."""
    web = WebProcess(*modules, environment=environment, knows_port=knows_port)
    try:
        web.wait_until_ready()
        yield web
    finally:
        web.close()
