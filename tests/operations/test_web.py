"""The web server around an application: bounds, proxies, and stopping with a stream open."""

import asyncio
import dataclasses
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from shopbell.config.environment import Environment, load
from shopbell.operations.http_protocol import BoundedHttpProtocol
from shopbell.operations.listener import open_listener
from shopbell.operations.web import GRACE_SECONDS, build_server

ended: list[str] = []


async def who(request: Request) -> Response:
    assert request.client is not None
    return JSONResponse([request.client.host, request.url.scheme])


async def stream(_request: Request) -> Response:
    async def ticks() -> "asyncio.AsyncIterator[bytes]":  # type: ignore[name-defined]
        try:
            while True:
                yield b"data: tick\n\n"
                await asyncio.sleep(0.05)
        finally:
            ended.append("stream")

    return StreamingResponse(ticks(), media_type="text/event-stream")


@contextmanager
def served(environment: Environment) -> Iterator[tuple[int, "threading.Thread", object]]:
    application = Starlette(routes=[Route("/who", who), Route("/stream", stream)])
    listener = open_listener("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = build_server(application, environment)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield port, thread, server
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def get(port: int, path: str, headers: str = "") -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(
            f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n".encode()
        )
        answer = b""
        while chunk := client.recv(65536):
            answer += chunk
    return answer


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
    ],
)
def test_only_as_many_proxies_as_are_trusted_are_believed(
    proxies: int, forwarded: str, client: str
) -> None:
    environment = dataclasses.replace(load(), trusted_proxies=proxies)
    headers = f"X-Forwarded-For: {forwarded}\r\nX-Forwarded-Proto: https\r\n"

    with served(environment) as (port, _, _):
        answer = get(port, "/who", headers)

    scheme = "https" if proxies else "http"
    assert f'["{client}","{scheme}"]'.encode() in answer


def test_a_slow_head_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedHttpProtocol, "head_seconds", 0.3)

    with served(load()) as (port, _, _):
        for sent in (b"", b"GET /who HTTP/1.1\r\nHos"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(sent)
                assert client.recv(1024) == b""
        assert b"200 OK" in get(port, "/who")


def test_a_slow_head_after_a_good_request_is_cut_off_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BoundedHttpProtocol, "head_seconds", 0.3)

    with (
        served(load()) as (port, _, _),
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        client.sendall(b"GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200 OK" in client.recv(65536)
        client.sendall(b"GET /who HTTP/1.1\r\nX: ")
        assert client.recv(1024) == b""


def test_a_head_without_end_is_cut_off() -> None:
    with (
        served(load()) as (port, _, _),
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        client.sendall(b"GET /who HTTP/1.1\r\n")
        with pytest.raises(OSError):  # noqa: PT012  (which write meets the closed end is chance)
            for number in range(2000):
                client.sendall(b"X-%d: %s\r\n" % (number, b"a" * 100))
            if client.recv(1) == b"":
                raise ConnectionResetError


def test_it_stops_in_time_while_a_stream_is_open() -> None:
    ended.clear()
    with (
        served(load()) as (port, thread, server),
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        client.sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"tick" in client.recv(65536) + client.recv(65536)

        began = time.monotonic()
        server.should_exit = True  # type: ignore[attr-defined]
        thread.join(GRACE_SECONDS + 3)

        assert not thread.is_alive()
        assert time.monotonic() - began < GRACE_SECONDS + 3
    assert ended == ["stream"]
