"""A stand-in for a carrier's API on loopback, and accounts of each connector."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from shopbell.connections.ports import Account, Connector, RawRequest

HERE = Path(__file__).parent


class Api:
    """Answers by `METHOD /path`; remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.url = ""


@pytest.fixture
def api() -> Iterator[Api]:
    state = Api()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            path, _, query = self.path.partition("?")
            state.asked.append(
                {
                    "call": f"{self.command} {path}",
                    "query": query,
                    "headers": {k.lower(): v for k, v in self.headers.items()},
                    "body": self.rfile.read(length),
                }
            )
            status, body = state.answers.get(f"{self.command} {path}", (404, {"error": "no"}))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connect() -> Callable[..., Account]:
    def make(connector: Connector, **settings: Any) -> Account:
        return Account(
            id=uuid.UUID(int=1),
            store_id=1,
            store_slug="lark",
            slug="main",
            connector=connector.key,
            settings=connector.settings_model(**settings),
            webhook_url=f"https://bell.example/hooks/{connector.key}/lark/main",
        )

    return make


@pytest.fixture
def recorded() -> Callable[[str, str], bytes]:
    return lambda connector, name: (HERE / connector / "fixtures" / f"{name}.json").read_bytes()


@pytest.fixture
def post() -> Callable[..., RawRequest]:
    def make(body: bytes, **headers: str) -> RawRequest:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return RawRequest("POST", "https://bell.example/hooks/x/lark/main", named, body)

    return make
