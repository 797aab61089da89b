"""Sending to the front door over a real socket: order, retries, refusals, an absent server."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shopbell.demo import poster as sending
from shopbell.demo.poster import Poster
from shopbell.demo.posts import Post

AT = datetime(2026, 11, 23, tzinfo=UTC)


class Door:
    """Answers with the next of `answers` (200 when there are none) and keeps what it got."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""


@pytest.fixture
def door() -> Iterator[Door]:
    state = Door()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = state.answers.pop(0) if state.answers else 200
            if status == 200:
                state.bodies.append(body)
                state.headers.append({k.lower(): v for k, v in self.headers.items()})
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def post(name: str) -> Post:
    return Post("/hooks/x", {"X-Shopify-Topic": "orders/create"}, name.encode(), AT)


def test_posts_arrive_in_order_with_their_bytes_and_headers(door: Door) -> None:
    poster = Poster(door.url)
    assert poster.send([post(str(number)) for number in range(30)]) == 30
    assert door.bodies == [str(number).encode() for number in range(30)]
    assert door.headers[0]["x-shopify-topic"] == "orders/create"
    assert poster.tally.topics == {"orders/create": 30}


def test_a_busy_door_is_asked_again(door: Door) -> None:
    pauses: list[float] = []
    poster = Poster(door.url, sleep=pauses.append)
    door.answers = [503, 429]
    assert poster.send([post("a"), post("b")]) == 2
    assert door.bodies == [b"a", b"b"]
    assert pauses == list(sending.PAUSES[:2])
    assert poster.tally.retried == 2


def test_a_refusal_is_counted_and_not_repeated(door: Door) -> None:
    poster = Poster(door.url)
    door.answers = [401]
    assert poster.send([post("a"), post("b")]) == 1
    assert door.bodies == [b"b"]
    assert (poster.tally.refused, poster.waiting) == (1, 0)
    assert "orders/create" in poster.tally.last_error


def test_what_an_absent_door_missed_comes_first_when_it_is_back(door: Door) -> None:
    poster = Poster(door.url, sleep=lambda seconds: None)
    door.answers = [503] * 4
    assert poster.send([post("a"), post("b")]) == 0
    assert poster.waiting == 2
    assert poster.send([post("c")]) == 3
    assert door.bodies == [b"a", b"b", b"c"]


def test_nobody_listening_never_raises_and_never_piles_up_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "MAX_WAITING", 10)
    poster = Poster("http://127.0.0.1:1", sleep=lambda seconds: None)
    for number in range(5):
        assert poster.send([post(f"{number}-{place}") for place in range(4)]) == 0
    assert poster.waiting == 10
    assert poster.tally.dropped == 10
    assert poster.tally.last_error
