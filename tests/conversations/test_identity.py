"""S-42: whose word about a signed-in customer is believed. Whatever is forged makes a stranger."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from itertools import product
from typing import Any

from shopbell.conversations.identity import Claims, claims_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
NEW, OLD, FOREIGN = (
    f"a {name} secret of forty characters and some" for name in ("new", "old", "x")
)
GOOD: dict[str, Any] = {"aud": "lark", "sub": "77", "exp": AT + 600}


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(claims: Any, secret: str = NEW, head: Any = None, digest: Any = hashlib.sha256) -> str:
    signed = f"{part(head or {'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    mac = hmac.new(secret.encode(), signed.encode(), digest).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def believed(word: str, *secrets: str, store: str = "lark") -> Claims | None:
    return claims_of(word, secrets=secrets or (NEW, ""), audience=store, now=NOW)


def test_both_secrets_are_good_while_they_change_and_one_afterwards() -> None:
    for secret in (NEW, OLD):
        assert believed(token(GOOD, secret), NEW, OLD) == Claims("77")
    assert believed(token(GOOD, OLD), NEW, "") is None
    assert believed(token(GOOD, FOREIGN), NEW, OLD) is None
    assert believed(token(GOOD), "", "") is None
    assert believed(token(GOOD, ""), "", "") is None  # no secret is none, not an empty one


def test_an_hour_is_the_longest_and_five_minutes_are_forgiven() -> None:
    for ahead, good in ((-301, 0), (-299, 1), (0, 1), (3600, 1), (3899, 1), (3901, 0), (10**9, 0)):
        assert bool(believed(token(GOOD | {"exp": AT + ahead}))) == bool(good), ahead
    odds: list[Any] = [None, "soon", True, [], str(AT + 60), 1e400, float("nan"), -1]
    for odd in odds:
        assert believed(token(GOOD | {"exp": odd})) is None, odd
    assert believed(token({"aud": "lark", "sub": "77"})) is None


def test_an_address_alone_and_another_stores_word_make_a_stranger() -> None:
    wrong: list[Any] = [
        {"aud": "lark", "exp": AT + 60, "email": "mara@shop.example"},
        GOOD | {"sub": ""}, GOOD | {"sub": None}, GOOD | {"sub": 77}, GOOD | {"sub": ["77"]},
        GOOD | {"sub": "x" * 201}, GOOD | {"aud": "wren"}, GOOD | {"aud": ["wren"]},
        GOOD | {"aud": None}, GOOD | {"aud": {"lark": 1}}, GOOD | {"nbf": AT + 400}, [], "x", None,
    ]  # fmt: skip
    for claims in wrong:
        assert believed(token(claims)) is None, claims
    assert believed(token(GOOD), store="wren") is None
    unproved = believed(token(GOOD | {"email": "mara@shop.example", "email_verified": False}))
    assert unproved == Claims("77")  # known by the shop's own number only


def test_no_other_algorithm_and_no_changed_byte_is_believed() -> None:
    good = token(GOOD)
    assert believed(good) == Claims("77")
    for name in (
        "none",
        "None",
        "nOnE",
        "",
        "HS384",
        "HS512",
        "RS256",
        "ES256",
        None,
        0,
        ["HS256"],
    ):
        odd = token(GOOD, head={"alg": name, "typ": "JWT"})
        bare = odd.rpartition(".")[0]
        for word in (odd, f"{bare}.", bare, f"{bare}.AA"):
            assert believed(word) is None, word
    assert believed(token(GOOD, digest=hashlib.sha512)) is None
    for at, letter in product(range(len(good)), "A_"):
        changed = good[:at] + letter + good[at + 1 :]
        # the last letter of a signature carries two bits that mean nothing
        if changed != good and at < len(good) - 1:
            assert believed(changed) is None, at
    for word in ("", ".", "..", "a.b.c", good + "." + good, good * 20, "é.é.é", "\0.\0.\0"):
        assert believed(word) is None, word
