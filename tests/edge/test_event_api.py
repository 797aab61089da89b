"""`POST /api/v1/events`: each event its own verdict, one bad one harms nobody."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shopbell.accounts.actions import change_store, create_api_key, revoke_api_key
from shopbell.accounts.models import ApiKey
from shopbell.kit.db.scope import store_scope
from tests.edge.shops import Shop, stored
from tests.support.web import Answer, WebProcess

PATH = "/api/v1/events"


def send(web: WebProcess, shop: Shop, body: Any, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"authorization": f"Bearer {shop.key}", "content-type": "application/json"}
    return web.ask("POST", PATH, raw, given | {k.replace("_", "-"): v for k, v in headers.items()})


def event(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {"id": f"e{number}", "type": "order.viewed", "data": {"n": number}} | changes


def test_one_event_a_list_and_an_envelope_are_the_same_to_the_api(
    web: WebProcess, lark: Shop
) -> None:
    for number, body in enumerate((event(0), [event(1)], {"events": [event(2)]})):
        answer = send(web, lark, body)
        assert answer.status == 202
        assert answer.json == {"results": [{"id": f"e{number}", "status": "accepted"}]}
    rows = stored()
    assert [row.source for row in rows] == ["api/default"] * 3
    assert [json.loads(bytes(row.body)) for row in rows] == [event(0), event(1), event(2)]
    assert {(row.store_id, row.connection_id) for row in rows} == {(lark.store.pk, None)}


def test_an_event_is_unique_by_source_and_id(web: WebProcess, lark: Shop) -> None:
    first = send(web, lark, [event(1), event(1), event(1, source="till"), event(2)])
    assert [result["status"] for result in first.json["results"]] == [
        "accepted",
        "duplicate",
        "accepted",
        "accepted",
    ]
    again = send(web, lark, [event(2), event(3), event(1, source="till")])
    assert [result["status"] for result in again.json["results"]] == [
        "duplicate",
        "accepted",
        "duplicate",
    ]
    assert again.status == 202
    assert len(stored()) == 4


def test_equal_batches_at_the_same_time_are_accepted_once(web: WebProcess, lark: Shop) -> None:
    batch = [event(number) for number in range(100)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(web, lark, batch), range(8)))
    verdicts = [result["status"] for answer in answers for result in answer.json["results"]]
    assert verdicts.count("accepted") == 100
    assert len(stored()) == 100


BAD: list[tuple[Any, str]] = [
    ("text", "object"),
    (event(id=""), "id"),
    (event(id=7), "id"),
    (event(id="x" * 201), "200"),
    (event(id="a\x00b"), "id"),
    (event(type=None), "type"),
    (event(type="t" * 121), "120"),
    (event(source=""), "source"),
    (event(source="s" * 61), "60"),
    (event(data=[1]), "data"),
    (event(occurred_at="yesterday"), "occurred_at"),
    (event(occurred_at=5), "occurred_at"),
    (event(occurred_at="2026-11-21T10:00:00"), "time zone"),
    (event(occurred_at="0001-01-01T00:00:00+14:00"), "between"),
    (event(data={"a": "half \ud800 of one"}), "surrogate"),
    (event(data={"\ud800": 1}), "surrogate"),
    (event(id="\udfff"), "id"),
    (event(data={"a": ["deep", {"b": "nul \x00"}]}), "NUL"),
    (event(data={"k\x00": 1}), "NUL"),
]


@pytest.mark.parametrize(("bad", "word"), BAD, ids=[str(n) for n in range(len(BAD))])
def test_a_bad_event_gets_a_sentence_and_its_neighbours_are_stored(
    web: WebProcess, lark: Shop, bad: Any, word: str
) -> None:
    answer = send(web, lark, [event(1), bad, event(2)])
    assert answer.status == 202
    verdicts = answer.json["results"]
    assert [verdict["status"] for verdict in verdicts] == ["accepted", "invalid", "accepted"]
    assert word in verdicts[1]["error"]
    assert verdicts[1]["error"].endswith(".")
    alone = send(web, lark, [bad])
    assert alone.status == 400
    assert alone.json["results"][0]["status"] == "invalid"
    assert len(stored()) == 2


def test_strange_but_honest_text_is_kept_as_it_came(web: WebProcess, lark: Shop) -> None:
    told = {
        "family": "👨‍👩‍👧‍👦",
        "rtl": "\u202eabc",
        "backslash": "\\u0000",
        "nfd": "e\u0301",
        "big": 2**60,
    }
    assert send(web, lark, event(data=told)).status == 202
    (row,) = stored()
    assert json.loads(bytes(row.body))["data"] == told


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff", b"[1, 2", b"5", b"[]", b'{"events": 5}', b'{"events": []}', b"NaN"),
        *(b"[" * 100_000, b"[" * 100_000 + b"\\u0000", b'{"a":"\\ud800"', b'[NaN,"\\ud800"]'),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_events_is_refused_whole(web: WebProcess, lark: Shop, body: bytes) -> None:
    answer = send(web, lark, body)
    assert answer.status == 400
    assert stored() == []


def test_a_thousand_events_are_welcome_and_one_more_is_not(web: WebProcess, lark: Shop) -> None:
    assert send(web, lark, [event(number) for number in range(1001)]).status == 400
    answer = send(web, lark, [event(number) for number in range(1000)])
    assert answer.status == 202
    assert len(stored()) == 1000


def test_too_large_a_request_is_refused(web: WebProcess, lark: Shop) -> None:
    answer = send(web, lark, b'"' + b"x" * 5_000_000 + b'"')
    assert answer.status == 413


def test_other_content_is_refused_by_its_type(web: WebProcess, lark: Shop) -> None:
    assert send(web, lark, event(), content_type="text/xml").status == 415
    kind = "application/cloudevents+json; charset=utf-8"
    assert send(web, lark, event(), content_type=kind).status == 202


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer short", "Basic " + "x" * 40, "Bearer " + "x" * 40]
)
def test_without_a_valid_key_nothing_is_read(web: WebProcess, lark: Shop, header: str) -> None:
    answer = send(web, lark, event(), authorization=header)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert stored() == []


def test_a_key_for_other_things_is_forbidden(web: WebProcess, lark: Shop) -> None:
    with store_scope(lark.store.pk):
        _row, raw = create_api_key(name="reader", scopes=["orders:read"])
    answer = send(web, lark, event(), authorization=f"Bearer {raw}")
    assert answer.status == 403
    assert "events:write" in answer.json["error"]["message"]


def test_a_key_writes_into_its_own_store_only(web: WebProcess, lark: Shop, wren: Shop) -> None:
    for shop in (lark, wren):
        assert send(web, shop, event(1)).json["results"][0]["status"] == "accepted"
    assert sorted(row.store_id for row in stored()) == sorted([lark.store.pk, wren.store.pk])


def test_a_revoked_key_never_seen_before_is_refused(web: WebProcess, lark: Shop) -> None:
    with store_scope(lark.store.pk):
        revoke_api_key(key=ApiKey.objects.get(name="test"))
    assert send(web, lark, event()).status == 401


def test_a_key_that_asks_too_often_waits(web: WebProcess, lark: Shop) -> None:
    change_store(store=lark.store, policies={"api_per_minute": 5})
    answers = [send(web, lark, event(number)) for number in range(7)]
    assert [answer.status for answer in answers] == [202] * 5 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert len(stored()) == 5


def test_a_get_is_told_to_post(web: WebProcess) -> None:
    assert web.ask("GET", PATH).status == 405
