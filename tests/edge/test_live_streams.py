"""Live streams: hints of one's own store, only for staff, ending when they should."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import User
from shopbell.web.live import announce
from tests.edge.shops import Shop
from tests.support import postgres
from tests.support.web import WebProcess, web_process


def sign_in(shop: Shop, email: str = "owner@lark.example") -> str:
    """Make the person staff of the store and return the cookie of a session."""
    staff = add_staff(store=shop.store, email=email, role="agent", password="a long password")
    user = User.objects.get(pk=staff.user_id)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


class Stream:
    """A browser's end of a stream: `heard` collects what came."""

    def __init__(self, web: WebProcess, path: str, cookie: str = "", extra: str = "") -> None:
        self.heard = ""
        self.ended = threading.Event()
        self._socket = socket.create_connection(("127.0.0.1", web.port), timeout=20)
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\n{extra}\r\n".encode()
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while chunk := self._socket.recv(65536):
                self.heard += chunk.decode()
        self.ended.set()

    def until(self, text: str, seconds: float = 10) -> None:
        """Return when `text` has come."""
        deadline = time.monotonic() + seconds
        while text not in self.heard:
            assert time.monotonic() < deadline, f"{text!r} did not come, only {self.heard!r}"
            time.sleep(0.01)

    def close(self) -> None:
        """Go away."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def status(self) -> int:
        """The status of the answer."""
        self.until("\r\n\r\n")
        return int(self.heard[9:12])


@pytest.fixture
def streams() -> Iterator[list[Stream]]:
    opened: list[Stream] = []
    yield opened
    for stream in opened:
        stream.close()


def opened(web: WebProcess, shop: Shop, cookie: str, streams: list[Stream]) -> Stream:
    stream = Stream(web, f"/live/{shop.store.slug}", cookie)
    streams.append(stream)
    stream.until("retry: 2000")
    return stream


def test_staff_hear_of_their_own_store_and_of_no_other(
    web: WebProcess, lark: Shop, wren: Shop, streams: list[Stream]
) -> None:
    mine = opened(web, lark, sign_in(lark), streams)
    other = opened(web, wren, sign_in(wren, "owner@wren.example"), streams)
    announce(lark.store.pk, "orders", "o-1")
    announce(wren.store.pk, "messages", "m-1")
    mine.until(json.dumps({"t": "orders", "i": "o-1"}, separators=(",", ":")))
    other.until("m-1")
    assert "m-1" not in mine.heard
    assert "o-1" not in other.heard
    assert "content-type: text/event-stream" in mine.heard


def test_strangers_are_asked_to_sign_in_and_others_stores_do_not_exist(
    web: WebProcess, lark: Shop, wren: Shop
) -> None:
    """S-40: other pages (by `Sec-Fetch-Site`), other stores and strangers hear nothing."""
    cookie = sign_in(lark)
    path = f"/live/{wren.store.slug}"
    assert web.ask("GET", path).status == 401
    assert web.ask("GET", path, headers={"cookie": "x=1; " + cookie[:-1]}).status == 401
    theirs = web.ask("GET", path, headers={"cookie": cookie})
    nothing = web.ask("GET", "/live/nothing", headers={"cookie": cookie})
    assert (theirs.status, theirs.body) == (nothing.status, nothing.body)
    assert theirs.status == 404
    own = f"/live/{lark.store.slug}"
    for odd in ("cross-site", "same-site"):
        headers = {"cookie": cookie, "sec-fetch-site": odd}
        assert web.ask("GET", own, headers=headers).status == 403
    assert web.ask("POST", own, headers={"cookie": cookie}).status == 405


def test_signing_out_ends_the_stream_within_seconds(
    web: WebProcess, lark: Shop, streams: list[Stream]
) -> None:
    """S-40: looked at every four seconds; the rest of the nine is for slow machines."""
    cookie = sign_in(lark)
    stream = opened(web, lark, cookie, streams)
    stays = opened(web, lark, sign_in(lark, "other@lark.example"), streams)
    SessionStore(cookie.partition("=")[2]).flush()
    assert stream.ended.wait(9)
    assert not stays.ended.is_set()


def test_a_new_password_ends_the_streams_of_the_old_one(
    web: WebProcess, lark: Shop, streams: list[Stream]
) -> None:
    stream = opened(web, lark, sign_in(lark), streams)
    add_staff(store=lark.store, email="owner@lark.example", role="agent", password="a new password")
    assert stream.ended.wait(9)


def test_one_sign_in_may_have_ten_streams(
    web: WebProcess, lark: Shop, streams: list[Stream]
) -> None:
    cookie = sign_in(lark)
    for _ in range(10):
        opened(web, lark, cookie, streams)
    assert web.ask("GET", f"/live/{lark.store.slug}", headers={"cookie": cookie}).status == 429
    streams.pop().close()
    deadline = time.monotonic() + 5
    while True:
        eleventh = Stream(web, f"/live/{lark.store.slug}", cookie)
        streams.append(eleventh)
        if eleventh.status == 200:
            return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_page_that_comes_back_is_told_to_look_again(
    web: WebProcess, lark: Shop, streams: list[Stream]
) -> None:
    stream = Stream(web, f"/live/{lark.store.slug}", sign_in(lark), "last-event-id: 4\r\n")
    streams.append(stream)
    stream.until("event: resync\n")


def test_what_came_between_drawing_a_page_and_opening_its_stream_is_asked_for(
    web: WebProcess, lark: Shop, streams: list[Stream]
) -> None:
    # given hints that another page hears
    cookie, path = sign_in(lark), f"/live/{lark.store.slug}"
    opened(web, lark, cookie, streams)
    announce(lark.store.pk, "orders", "o-1")
    streams[0].until("o-1")

    # when two pages open their stream, one drawn before that and one well after
    earlier, later = (int((time.time() + seconds) * 1000) for seconds in (-1, 60))
    for since in (earlier, later):
        streams.append(Stream(web, f"{path}?since={since}", cookie))
        streams[-1].until("retry: 2000")
    announce(lark.store.pk, "orders", "o-2")

    # then only the first looks again
    for stream in streams[1:]:
        stream.until("o-2")
    assert ["resync" in stream.heard for stream in streams[1:]] == [True, False]


def test_after_the_listener_was_cut_pages_look_again_and_hear_again(
    web: WebProcess, lark: Shop, streams: list[Stream]
) -> None:
    stream = opened(web, lark, sign_in(lark), streams)
    with postgres.superuser("postgres") as root:
        root.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND application_name = 'shopbell-listener'",
            [connections["default"].settings_dict["NAME"]],
        )
    stream.until("event: resync\n")
    announce(lark.store.pk, "orders", "later")
    stream.until("later")


def test_many_hints_at_once_all_arrive_or_become_one_resync(
    web: WebProcess, lark: Shop, streams: list[Stream]
) -> None:
    stream = opened(web, lark, sign_in(lark), streams)
    for number in range(300):
        announce(lark.store.pk, "orders", f"o-{number}.")
    deadline = time.monotonic() + 10
    while "o-299." not in stream.heard and "resync" not in stream.heard:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_stop_with_open_streams_takes_less_than_five_seconds(
    committed_db: None, lark: Shop, streams: list[Stream]
) -> None:
    with web_process("tests.support.bell") as web:
        cookie = sign_in(lark)
        mine = [opened(web, lark, cookie, streams) for _ in range(5)]
        assert web.stop() < 5
        assert web.process.returncode == 0
        for stream in mine:
            assert stream.ended.wait(2)
            assert stream.heard.endswith("0\r\n\r\n"), "it was cut, not closed"
