"""The two doors to the network: a provider's API, and addresses that strangers wrote."""

import gzip
import ipaddress
import socket
import threading
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shopbell.kit import clock
from shopbell.kit.errors import Permanent, Temporary
from shopbell.kit.http import Provider, PublicFetcher, fetch_public, is_public, retry_after
from tests.support.site import Answer, Site, site


def test_a_provider_gets_keys_parameters_and_json() -> None:
    with site((200, {}, b'{"ok": true}')) as shop:
        client = Provider(shop.url + "/api/", headers={"x-key": "k1"}, auth=("me", "pw"))
        answer = client.request_json("POST", "/orders", params={"page": 2}, json={"a": 1})

    assert answer == {"ok": True}
    method, path, headers, body = shop.seen[0]
    assert (method, path, body) == ("POST", "/api/orders?page=2", b'{"a":1}')
    assert headers["x-key"] == "k1"
    assert headers["authorization"].startswith("Basic ")


def test_get_post_and_put_reach_the_provider() -> None:
    with site((200, {"X-Total": "3"}, b"[]")) as shop:
        client = Provider(shop.url)
        reply = client.get("a", params={"b": "c"})
        client.post("d", data={"e": "f"})
        client.put("g", json=[1])

    assert (reply.status, reply.headers["x-total"], reply.json()) == (200, "3", [])
    assert [(entry[0], entry[1], entry[3]) for entry in shop.seen] == [
        ("GET", "/a?b=c", b""),
        ("POST", "/d", b"e=f"),
        ("PUT", "/g", b"[1]"),
    ]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_busy_and_broken_providers_are_temporary(status: int) -> None:
    with site((status, {"Retry-After": "7"}, b"later")) as shop, pytest.raises(Temporary) as caught:
        Provider(shop.url, name="The shop").get("/")
    assert caught.value.retry_after == 7
    assert "The shop" in caught.value.message


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_request"),
        (401, "unauthorised"),
        (403, "forbidden"),
        (404, "not_found"),
        (409, "conflict"),
        (418, "http_418"),
        (422, "unprocessable"),
    ],
)
def test_refusals_are_permanent_and_named(status: int, code: str) -> None:
    with site((status, {}, b"no\nway")) as shop, pytest.raises(Permanent) as caught:
        Provider(shop.url).get("/")
    assert caught.value.code == code
    assert "no way" in caught.value.message


def test_a_refusal_can_be_asked_for_with_its_words() -> None:
    with site((403, {"content-type": "application/json"}, b'{"error": {"code": 10}}')) as running:
        reply = Provider(running.url).ask("POST", "messages", json={})
    assert (reply.status, reply.json()) == (403, {"error": {"code": 10}})


def test_retry_after_is_read_as_number_and_as_date() -> None:
    with clock.at(datetime(2026, 11, 21, 12, 0, tzinfo=UTC)):
        assert retry_after({"retry-after": "1.5"}) == 1.5
        assert retry_after({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}) == 30
        assert retry_after({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}) == 0
        assert retry_after({"retry-after": "-4"}) == 0
        assert retry_after({"retry-after": "99999999"}) == 86_400
        assert retry_after({"retry-after": "soon"}) is None
        assert retry_after({"retry-after": "nan"}) is None
        assert retry_after({}) is None


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_anything_but_json_is_temporary_and_says_so(body: bytes) -> None:
    with site((200, {}, body)) as shop, pytest.raises(Temporary, match="JSON"):
        Provider(shop.url).request_json("GET", "/")


def test_an_unreachable_provider_is_temporary() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused at once
        with pytest.raises(Temporary, match="cannot be reached"):
            Provider(f"http://127.0.0.1:{taken.getsockname()[1]}").get("/")


def test_a_silent_provider_is_temporary_after_the_time_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Temporary, match="in time"):
            Provider(address, read_timeout=0.1).get("/")


def _drip(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(100):
                connection.sendall(b"x")
                time.sleep(0.02)
        except OSError:
            return


def test_a_provider_that_drips_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_drip, args=(server,))
        thread.start()
        with pytest.raises(Temporary, match="too slowly"):
            Provider(f"http://127.0.0.1:{server.getsockname()[1]}", total_timeout=0.15).get("/")
        thread.join()


def test_an_answer_over_the_cap_is_refused_also_when_compressed() -> None:
    bomb = gzip.compress(b"\0" * 3_000_000)
    with (
        site((200, {"Content-Encoding": "gzip"}, bomb)) as shop,
        pytest.raises(Permanent) as caught,
    ):
        Provider(shop.url, max_bytes=1_000_000).get("/")
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_compressed_answers_are_opened(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    with site((200, {"Content-Encoding": encoding}, pack(b'{"a": 1}'))) as shop:
        assert Provider(shop.url).request_json("GET", "/") == {"a": 1}


def test_damaged_or_unasked_compression_is_temporary() -> None:
    for encoding in ("gzip", "br"):
        answer = (200, {"Content-Encoding": encoding}, b"rubbish")
        with site(answer) as shop, pytest.raises(Temporary):
            Provider(shop.url).get("/")


def test_redirects_stay_on_the_host_and_keep_the_key() -> None:
    def answer(method: str, path: str) -> Answer:
        return (302, {"Location": "/new"}, b"") if path == "/old" else (200, {}, b"here")

    with site(answer) as shop:
        reply = Provider(shop.url, headers={"x-key": "k1"}).get("/old")
    assert reply.body == b"here"
    assert shop.seen[1][2]["x-key"] == "k1"


def test_keys_are_never_taken_to_another_host() -> None:
    with site((200, {}, b"stolen")) as thief:
        for target in (f"http://localhost:{thief.port}/", thief.url, "https://127.0.0.1/", "//"):
            with site((302, {"Location": target}, b"")) as shop:
                with pytest.raises(Permanent) as caught:
                    Provider(shop.url, headers={"x-key": "k1"}).get("/")
                assert caught.value.code in ("redirected", "bad_url")
    assert thief.seen == []


def test_a_posted_request_is_not_repeated_elsewhere() -> None:
    with site((307, {"Location": "/new"}, b"")) as shop, pytest.raises(Permanent):
        Provider(shop.url).post("/old", json={})
    assert len(shop.seen) == 1


def test_a_redirect_loop_ends() -> None:
    with site((302, {"Location": "/"}, b"")) as shop, pytest.raises(Permanent, match="circles"):
        Provider(shop.url).get("/")
    assert len(shop.seen) == 4


@pytest.mark.parametrize(
    "address", ["", "shop.example", "ftp://shop.example", "http://[::1", "//x"]
)
def test_an_address_that_cannot_be_used_is_permanent(address: str) -> None:
    with pytest.raises(Permanent) as caught:
        Provider(address).get("/")
    assert caught.value.code == "bad_url"


def test_cookies_of_one_account_do_not_reach_another() -> None:
    with site((200, {"Set-Cookie": "session=abc"}, b"{}")) as shop:
        Provider(shop.url).get("/")
        Provider(shop.url).get("/")
    assert all("cookie" not in headers for _, _, headers, _ in shop.seen)


def test_proxy_settings_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with site((200, {}, b"direct")) as shop:
        assert Provider(shop.url).get("/").body == b"direct"


PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1",
    "203.0.113.5", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::1", "::", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "2002:7f00:1::1", "2001:0:7f00:1::1", "fe80::1", "fc00::1", "fd12::1",
    "fec0::1", "ff02::1", "2001:db8::1", "100::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_off_the_public_internet_are_recognised(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses_are_recognised(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def _hostile_urls(port: int) -> list[str]:
    hosts = [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001",
        "0177.0.0.1", "0177.0.0.01", "0", "0.0.0.0", "localhost", "LOCALHOST", "localhost.",
        "127.0.0.1.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
        "169.254.169.254", "2852039166", "0xa9fea9fe", "10.0.0.1", "192.168.0.1", "100.64.0.1",
        "172.16.0.1", "224.0.0.1", "255.255.255.255", "[fe80::1]", "[fd00::1]", "[ff02::1]",
        "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "%31%32%37.0.0.1", "127.0.0.1%00",
    ]  # fmt: skip
    plain = [f"http://{host}:{port}/" for host in hosts]
    tricks = [
        f"http://example.com@127.0.0.1:{port}/", f"http://127.0.0.1:{port}@example.com/",
        f"http://user:pw@127.0.0.1:{port}/", f"http://127.0.0.1:{port}\\@example.com/",
        f"http://example.com\\@127.0.0.1:{port}/", f"http://127.0.0.1:{port}#@example.com/",
        f"http://127.0.0.1:{port}?@example.com/", f"http:\\\\127.0.0.1:{port}/",
        f"http:/127.0.0.1:{port}/", f"http:127.0.0.1:{port}/", f"//127.0.0.1:{port}/",
        f" http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/\r\nX-Evil: 1",
        f"ht\ntp://127.0.0.1:{port}/", f"http://127.0.0.1\t:{port}/", f"HTTP://127.0.0.1:{port}/",
        "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "data:text/plain,x",
        "javascript:alert(1)", "unix:///var/run/docker.sock", "http://", "http:///", "", "x",
        "http://[::1", "http://[::ffff:127.0.0.1%25eth0]/", "http://127.0.0.1:99999/",
        "http://127.0.0.1:-1/", f"http://127.0.0.1:{port}/" + "a" * 3000,
    ]  # fmt: skip
    return plain + tricks


def test_no_form_of_an_inner_address_reaches_the_canary() -> None:
    # given a server on loopback, and a fetcher that would allow its port
    with site((200, {}, b"secret")) as canary:
        fetcher = PublicFetcher(ports=frozenset({80, 443, canary.port}), total_timeout=3)
        urls = _hostile_urls(canary.port)
        # when every known way to write its address is tried
        for url in urls:
            with pytest.raises((Permanent, Temporary)):
                fetcher.fetch(url)
    # then nothing arrived
    assert len(urls) > 60
    assert canary.seen == []


def test_the_plain_door_refuses_loopback_too() -> None:
    with pytest.raises(Permanent) as caught:
        fetch_public("http://127.0.0.1/")
    assert caught.value.code == "refused_address"


@pytest.mark.parametrize("port", [22, 25, 5432, 8080])
def test_other_ports_are_refused(port: int) -> None:
    with pytest.raises(Permanent) as caught:
        PublicFetcher(resolve=lambda host, port: ["8.8.8.8"]).fetch(f"http://example.com:{port}/")
    assert caught.value.code == "refused_address"


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    fetcher = PublicFetcher(resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(Permanent) as caught:
        fetcher.fetch("http://mixed.example/")
    assert caught.value.code == "refused_address"


def _loopback_fetcher(running: Site, **options: Any) -> PublicFetcher:
    """A fetcher that takes loopback for the public internet, so that the rest can be tried."""
    options.setdefault("resolve", lambda host, port: ["127.0.0.1"])
    return PublicFetcher(
        permitted=lambda address: str(address) == "127.0.0.1",
        ports=frozenset({80, 443, running.port}),
        **options,
    )


def test_a_name_that_flips_between_look_ups_gains_nothing() -> None:
    # given a name server that answers a permitted address first and an inner one afterwards
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def flip(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    with site((200, {}, b"fine")) as good:
        fetcher = _loopback_fetcher(good, resolve=flip)
        # when it is fetched, the connection goes to the address that was checked
        reply = fetcher.fetch(f"http://flip.example:{good.port}/a?b=1")
        # then one look-up was made, and the next one is judged afresh
        assert (reply.body, asked) == (b"fine", ["flip.example"])
        assert good.seen[0][1] == "/a?b=1"
        assert good.seen[0][2]["host"] == f"flip.example:{good.port}"
        with pytest.raises(Permanent):
            fetcher.fetch(f"http://flip.example:{good.port}/")
    assert len(good.seen) == 1


def test_a_redirect_to_an_inner_address_is_refused() -> None:
    names = {"good.example": ["127.0.0.1"], "bad.example": ["169.254.169.254"]}
    for target in ("http://bad.example/latest/meta-data", "file:///etc/passwd", "http://[::1]/"):
        with site((302, {"Location": target}, b"")) as good:
            fetcher = _loopback_fetcher(good, resolve=lambda host, port: names.get(host, ["::1"]))
            with pytest.raises(Permanent) as caught:
                fetcher.fetch(f"http://good.example:{good.port}/")
        assert caught.value.code == "refused_address"
        assert len(good.seen) == 1


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    def answer(method: str, path: str) -> Answer:
        step = int(path[1:])
        return (302, {"Location": f"/{step - 1}"}, b"") if step else (200, {}, b"end")

    with site(answer) as good:
        fetcher = _loopback_fetcher(good)
        assert fetcher.fetch(f"http://hop.example:{good.port}/3").body == b"end"
        with pytest.raises(Permanent, match="too often"):
            fetcher.fetch(f"http://hop.example:{good.port}/4")


def test_fetched_bodies_are_capped_after_decompression() -> None:
    bomb = gzip.compress(b"\0" * 2_000_000)
    answer = (200, {"Content-Encoding": "gzip"}, bomb)
    with site(answer) as good, pytest.raises(Permanent) as caught:
        _loopback_fetcher(good, max_bytes=100_000).fetch(f"http://big.example:{good.port}/")
    assert caught.value.code == "too_large"


def test_a_fetch_sends_no_cookie_and_no_referer_and_is_not_kept_alive() -> None:
    with site((200, {"Set-Cookie": "a=b"}, b"x")) as good:
        fetcher = _loopback_fetcher(good)
        fetcher.fetch(f"http://a.example:{good.port}/")
        fetcher.fetch(f"http://b.example:{good.port}/")
    for _, _, headers, _ in good.seen:
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_a_stuck_or_unknown_name_is_temporary() -> None:
    release = threading.Event()

    def stuck(host: str, port: int) -> list[str]:
        release.wait(5)
        return []

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    def nowhere(host: str, port: int) -> list[str]:
        return []

    for resolve in (stuck, unknown, nowhere):
        with pytest.raises(Temporary):
            PublicFetcher(resolve=resolve, connect_timeout=0.1).fetch("http://name.example/")
    release.set()


def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    with site((200, {}, b"second")) as good:
        fetcher = PublicFetcher(
            resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"],
            permitted=lambda address: True,
            ports=frozenset({good.port}),
        )
        assert fetcher.fetch(f"http://two.example:{good.port}/").body == b"second"
