"""The webhook door: what is stored, what is refused, and what the sender hears."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from shopbell.accounts.actions import change_store
from shopbell.connections.actions import delete_connection, save_connection, switch_off
from shopbell.connections.models import Connection
from shopbell.kit.db.scope import store_scope
from tests.edge.shops import Shop, stored
from tests.support.bell import signed
from tests.support.web import WebProcess


def test_a_genuine_webhook_is_stored_byte_for_byte(web: WebProcess, lark: Shop) -> None:
    body = b'{ "name":"Zo\xc3\xab",\r\n "n": 1.10, "nul": "\\u0000" }\n'
    answer = lark.post(web, body, "e-1", "orders/create")
    assert answer.status == 200
    (row,) = stored()
    assert bytes(row.body) == body
    assert (row.store_id, row.connection_id) == (lark.store.pk, lark.connection.pk)
    assert (row.source, row.provider_id, row.topic) == ("bell/main", "e-1", "orders/create")
    assert row.state == "pending"


def test_fifty_equal_webhooks_at_once_are_one_row_and_fifty_thanks(
    web: WebProcess, lark: Shop
) -> None:
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: lark.post(web, b"{}", "same"), range(50)))
    assert [answer.status for answer in answers] == [200] * 50
    assert sorted(answer.json["status"] for answer in answers) == ["accepted"] + ["duplicate"] * 49
    assert len(stored()) == 1


def test_the_same_id_of_another_store_is_another_webhook(
    web: WebProcess, lark: Shop, wren: Shop
) -> None:
    for shop in (lark, wren):
        assert shop.post(web, b"{}", "same").json["status"] == "accepted"
    assert {row.store_id for row in stored()} == {lark.store.pk, wren.store.pk}


def test_a_topic_nobody_knows_is_stored(web: WebProcess, lark: Shop) -> None:
    assert lark.post(web, b"{}", "e", "moon/landed").status == 200
    assert [row.topic for row in stored()] == ["moon/landed"]


def test_a_wrong_signature_is_refused_and_only_counted(web: WebProcess, lark: Shop) -> None:
    body = b'{"id": 1}'
    genuine = signed(lark.secret, body, "e")
    forged = [
        (body, genuine | {"x-bell-signature": genuine["x-bell-signature"][:-1] + "x"}),
        (body, {key: value for key, value in genuine.items() if "signature" not in key}),
        (body + b" ", genuine),
        (body.replace(b"1", b"2"), genuine),
        (body, signed("another secret", body, "e")),
    ]
    for sent, headers in forged:
        assert web.ask("POST", lark.path, sent, headers).status == 401
    assert stored() == []
    assert _refused(lark, at_least=len(forged)) == len(forged)


def _refused(shop: Shop, at_least: int) -> int:
    deadline = time.monotonic() + 5
    while True:
        with store_scope(shop.store.pk):
            row = Connection.objects.get(pk=shop.connection.pk)
        if row.refused_count >= at_least or time.monotonic() > deadline:
            assert row.refused_at is not None
            return row.refused_count
        time.sleep(0.05)


def test_a_signature_header_sent_twice_is_refused(web: WebProcess, lark: Shop) -> None:
    headers = list(signed(lark.secret, b"{}", "e").items())
    twice = [*headers, headers[1], ("content-length", "2")]
    assert headers[1][0] == "x-bell-signature"
    assert web.ask_by_hand("POST", lark.path, twice, b"{}").status == 401
    assert stored() == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a":}', b"nope"])
def test_broken_json_gets_a_sentence_and_leaves_nothing(
    web: WebProcess, lark: Shop, body: bytes
) -> None:
    answer = lark.post(web, body, "e")
    assert answer.status == 400
    assert answer.json["error"]["message"].endswith("Nothing was stored.")
    assert stored() == []


def test_every_unknown_address_gets_the_same_answer(web: WebProcess, lark: Shop) -> None:
    slug = lark.store.slug
    answers = [
        web.ask("POST", path, b"{}", signed(lark.secret, b"{}", "e"))
        for path in (
            f"/hooks/bell/{slug}/other",
            "/hooks/bell/nobody/main",
            f"/hooks/nothing/{slug}/main",
            f"/hooks/bell/{slug}",
            f"/hooks/bell/{slug}/main/more",
            f"/hooks/bell/{slug}/%00",
            "/hooks/bell/%F0%9F%94%94/main",
        )
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}


def test_too_large_a_body_is_refused_before_it_is_read(web: WebProcess, lark: Shop) -> None:
    answer = web.ask_by_hand("POST", lark.path, [("content-length", "2000001")])
    assert answer.status == 413
    assert "2 MB" in answer.json["error"]["message"]


def test_a_body_without_a_length_is_bounded_too(web: WebProcess, lark: Shop) -> None:
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    chunked = [("transfer-encoding", "chunked")]
    answer = web.ask_by_hand("POST", lark.path, chunked, *[chunk] * 60, b"0\r\n\r\n")
    assert answer.status == 413
    assert stored() == []


def test_a_body_of_just_under_two_megabytes_is_stored_whole(web: WebProcess, lark: Shop) -> None:
    body = b'"' + b"x" * 1_999_990 + b'"'
    assert lark.post(web, body, "big").status == 200
    (row,) = stored()
    assert bytes(row.body) == body


def test_long_ids_and_topics_are_stored_shortened_and_stay_unique(
    web: WebProcess, lark: Shop
) -> None:
    for end in ("a", "b", "b"):
        assert lark.post(web, b"{}", "x" * 300 + end, "t" * 300).status == 200
    assert [len(row.topic) for row in stored()] == [120, 120]


def test_a_get_is_told_to_post_or_answers_the_providers_question(
    web: WebProcess, lark: Shop
) -> None:
    asked = web.ask("GET", f"{lark.path}?challenge=4711")
    assert (asked.status, asked.body) == (200, b"4711")
    assert web.ask("GET", lark.path).status == 403
    assert web.ask("GET", "/hooks/bell/nobody/main").status == 404
    put = web.ask("PUT", lark.path, b"{}")
    assert (put.status, put.headers["allow"]) == (405, "POST")


def test_a_connector_that_falls_over_says_nothing_about_itself(web: WebProcess, lark: Shop) -> None:
    save_connection(
        store=lark.store,
        family="shop",
        connector="bell",
        slug="broken",
        settings={"secret": "s", "broken": True},
    )
    path = lark.path.replace("/main", "/broken")
    answer = web.ask("POST", path, b"{}", signed("s", b"{}", "e"))
    assert answer.status == 500
    assert b"RuntimeError" not in answer.body
    assert b"Traceback" not in answer.body


def test_a_new_secret_counts_at_once_and_a_removed_connection_is_unknown(
    web: WebProcess, lark: Shop
) -> None:
    assert lark.post(web, b"{}", "1").status == 200
    save_connection(
        store=lark.store, family="shop", connector="bell", slug="main", settings={"secret": "new"}
    )
    _until(lambda: web.ask("POST", lark.path, b"{}", signed("new", b"{}", "2")).status == 200)
    assert lark.post(web, b"{}", "3").status == 401
    switch_off(connection=lark.connection)
    _until(lambda: web.ask("POST", lark.path, b"{}", signed("new", b"{}", "4")).status == 404)
    delete_connection(connection=lark.connection)
    assert lark.post(web, b"{}", "5").status == 404


def _until(true: object, seconds: float = 2.0) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def test_a_poisoned_row_does_not_harm_its_neighbours(
    web: WebProcess, lark: Shop, wren: Shop
) -> None:
    # The connection vanishes without a word to the door, so its rows break a foreign key.
    assert wren.post(web, b"{}", "first").status == 200
    with store_scope(wren.store.pk):
        Connection.objects.filter(pk=wren.connection.pk).delete()
    shops = [wren if number % 8 == 0 else lark for number in range(48)]
    with ThreadPoolExecutor(48) as pool:
        answers = list(pool.map(lambda n: shops[n].post(web, b"{}", f"n{n}"), range(48)))
    for shop, answer in zip(shops, answers, strict=True):
        assert answer.status == (200 if shop is lark else 503)
    assert {row.store_id for row in stored()} == {lark.store.pk}
    assert len(stored()) == 42


def test_the_answer_says_nothing_about_server_or_framework(web: WebProcess, lark: Shop) -> None:
    answer = lark.post(web, b"{}", "e")
    assert "server" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_store_that_only_changed_keeps_its_door_open(web: WebProcess, lark: Shop) -> None:
    change_store(store=lark.store, name="Larks")
    assert lark.post(web, b"{}", "e").status == 200
