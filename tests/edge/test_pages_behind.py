"""Django and the static files behind the door."""

import socket

import pytest

from tests.support.web import WebProcess


def test_a_page_of_django_is_served(web: WebProcess, committed_db: None) -> None:
    answer = web.ask("GET", "/account/login/")
    assert answer.status == 200
    assert b"<form" in answer.body


def test_static_files_are_served_safely_and_can_be_kept(web: WebProcess) -> None:
    answer = web.ask("GET", "/static/web/css/tokens.css")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers
    again = web.ask(
        "GET",
        "/static/web/css/tokens.css",
        headers={"if-modified-since": answer.headers["last-modified"]},
    )
    assert again.status == 304


@pytest.mark.parametrize(
    "path",
    ["/static/../settings.py", "/static/%2e%2e/%2e%2e/config/settings.py", "/static/nothing"],
)
def test_what_is_no_static_file_is_not_found(
    web: WebProcess, committed_db: None, path: str
) -> None:
    assert web.ask("GET", path).status in (400, 404)


def test_too_large_a_form_is_refused(web: WebProcess, committed_db: None) -> None:
    answer = web.ask_by_hand("POST", "/account/login/", [("content-length", "25000001")])
    assert answer.status == 413


def test_odd_bytes_in_the_address_are_no_server_error(web: WebProcess, committed_db: None) -> None:
    for target in (b"/account/login/?next=\xff\xfe", b"/\xff", b"/account/login/?%ff=%00", b"/%00"):
        with socket.create_connection(("127.0.0.1", web.port), timeout=10) as raw:
            raw.sendall(
                b"GET " + target + b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
            )
            first = raw.recv(65536)
        assert first.startswith(b"HTTP/1.1 ")
        assert first[9:10] in (b"2", b"3", b"4"), (target, first[:200])


def test_slow_senders_hold_no_thread(web: WebProcess, committed_db: None) -> None:
    slow = []
    for _ in range(20):
        raw = socket.create_connection(("127.0.0.1", web.port), timeout=10)
        raw.sendall(
            b"POST /account/login/ HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\na="
        )
        slow.append(raw)
    assert web.ask("GET", "/account/login/", timeout=5).status == 200
    for raw in slow:
        raw.close()


def test_an_error_deep_in_a_page_tells_nothing(web: WebProcess, committed_db: None) -> None:
    answer = web.ask("GET", "/nothing/here")
    assert answer.status == 404
    assert b"Traceback" not in answer.body
    assert b"urlpatterns" not in answer.body
