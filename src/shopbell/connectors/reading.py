"""Typed, forgiving readers over other people's JSON: a missing, null or odd value is "not told".

A newcomer's mistake: `payload["x"]["y"]`. Providers drop fields, rename types and round numbers
without warning; only `Doc` may look inside a payload, and it never raises.
"""

import base64
import binascii
import hashlib
import hmac
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import orjson

from shopbell.kit import money
from shopbell.kit.errors import BadSignature, Invalid
from shopbell.kit.text import storable

MAX_DEPTH = 60
MAX_COUNT = 2_147_483_647  # what an integer column holds
MAX_AMOUNT = Decimal(10) ** 13
MAX_MINOR = 10**18  # what a bigint column holds, rounded down
MAX_UNITS = 1_000_000
TWO_DECIMALS = re.compile(r"[0-9]{1,12}\.[0-9]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")


def load_json(body: bytes) -> Any:
    """Parse a body. Lone surrogates, a byte-order mark and huge numbers are accepted.

    Raises:
        Invalid: the body is not JSON and never will be.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Invalid("The body is not valid JSON.") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def load_object(body: bytes) -> "Doc":
    """Parse a body that must be a JSON object, made storable throughout."""
    value = load_json(body)
    if not isinstance(value, dict):
        raise Invalid("The body is JSON, but not an object.")
    return Doc(tidy(value))


def tidy(value: Any, depth: int = 0) -> Any:
    """Return a copy PostgreSQL can store: no NUL, surrogates or infinity, bounded depth."""
    if depth > MAX_DEPTH:
        raise Invalid(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): tidy(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [tidy(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class Doc:
    """A JSON object read with types. `raw` is the object itself; a Doc of nothing is falsy."""

    __slots__ = ("raw",)

    def __init__(self, raw: Any) -> None:
        self.raw: dict[str, Any] = raw if isinstance(raw, dict) else {}

    def __bool__(self) -> bool:
        return bool(self.raw)

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def text(self, *keys: str, limit: int = 500) -> str:
        """Return the first of `keys` that holds a string or number, trimmed and cut."""
        for key in keys:
            value = self.raw.get(key)
            if isinstance(value, str) and value.strip():
                return storable(value).strip()[:limit]
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return str(value)[:limit]
        return ""

    def plain(self, *keys: str, limit: int = 500) -> str:
        """Like `text`, for fields that hold HTML entities (`Tea &amp; Co`)."""
        return unescape(self.text(*keys, limit=limit))

    def lower(self, key: str) -> str:
        """Return a word of a vocabulary: lower case, without surrounding blanks."""
        return self.text(key, limit=80).lower()

    def ident(self, *keys: str) -> str:
        """Return an id. Zero, empty, negative and true mean "none"."""
        for key in keys:
            value = self.raw.get(key)
            if isinstance(value, str) and value.strip() not in ("", "0"):
                return storable(value).strip()[:120]
            if isinstance(value, bool):
                continue
            if isinstance(value, float) and value.is_integer() and 0 < value < 1e20:
                return str(int(value))
            if isinstance(value, int) and 0 < value < 10**30:
                return str(value)
        return ""

    def count(self, key: str) -> int | None:
        """Return a whole number that fits an integer column."""
        value = self.raw.get(key)
        if isinstance(value, str):
            value = int(value) if re.fullmatch(r"-?[0-9]{1,10}", value.strip()) else None
        if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_COUNT:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        return value if abs(value) <= MAX_COUNT else None

    def units(self, key: str) -> int:
        """Return a number of pieces: 0 if not told, never negative, never absurd."""
        return min(max(self.count(key) or 0, 0), MAX_UNITS)

    def flag(self, key: str) -> bool:
        """Return whether the value is true (also as the text "true" or "yes", or 1)."""
        value = self.raw.get(key)
        return value is True or value == 1 or str(value).strip().lower() in ("true", "yes", "1")

    def decimal(self, key: str) -> Decimal | None:
        """Return a number however it is written."""
        value = self.raw.get(key)
        if value is None or isinstance(value, (bool, dict, list)):
            return None
        try:
            number = Decimal(str(value).strip()[:40])
        except InvalidOperation:
            return None
        return number if number.is_finite() and abs(number) < MAX_AMOUNT else None

    def amount(self, key: str, currency: str) -> int | None:
        """Return a decimal amount in minor units of `currency`."""
        number = self.decimal(key)
        return None if number is None else money.minor(number, currency)

    def unnamed_amount(self, key: str) -> int | None:
        """Return an amount whose currency nobody told, if two decimals make it unmistakable."""
        return self.amount(key, "") if TWO_DECIMALS.fullmatch(self.text(key, limit=40)) else None

    def time(self, *keys: str) -> datetime | None:
        """Return an aware time; a time without zone counts as UTC."""
        for key in keys:
            moment = parse_time(self.raw.get(key))
            if moment is not None:
                return moment
        return None

    def currency(self, *keys: str) -> str:
        """Return an ISO 4217 code or nothing (`XXX` is "no currency")."""
        for key in keys:
            code = self.text(key, limit=10).upper()
            if CURRENCY.fullmatch(code) and code != "XXX":
                return code
        return ""

    def country(self, *keys: str) -> str:
        """Return an ISO 3166-1 alpha-2 code or nothing."""
        for key in keys:
            code = self.text(key, limit=10).upper()
            if len(code) == 2 and code.isascii() and code.isalpha():
                return code
        return ""

    def url(self, *keys: str) -> str:
        """Return a web address. Other schemes (`javascript:`) are "not told"."""
        for key in keys:
            address = web_address(self.raw.get(key))
            if address:
                return address
        return ""

    def doc(self, key: str) -> "Doc":
        """Return the object under `key`, or an empty one."""
        return Doc(self.raw.get(key))

    def docs(self, key: str) -> Iterator["Doc"]:
        """Yield the objects in the list under `key`; everything else in it is passed over."""
        value = self.raw.get(key)
        if isinstance(value, list):
            yield from (Doc(item) for item in value if isinstance(item, dict))

    def values(self, key: str) -> list[Any]:
        """Return the list under `key`, or an empty one."""
        value = self.raw.get(key)
        return value if isinstance(value, list) else []

    def has_list(self, key: str) -> bool:
        """Whether `key` holds a list, so that an empty one means "there are none"."""
        return isinstance(self.raw.get(key), list)


def bounded(amount: int) -> int:
    """Return a computed amount within what can be stored."""
    return max(min(amount, MAX_MINOR), 0)


def web_address(value: Any) -> str:
    """Return `value` if it is an http(s) address, else an empty string."""
    if not isinstance(value, str) or len(value) > 2000:
        return ""
    text = storable(value).strip()
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return text if fine and text.isprintable() else ""


def parse_time(value: Any) -> datetime | None:
    """Return an ISO 8601 time as aware UTC; None for anything else."""
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1970 <= moment.year <= 2200 else None


def check_body_hmac(given: str, body: bytes, secrets: list[str], who: str) -> None:
    """Compare a base64 HMAC-SHA256 of the raw body, in constant time, with any valid secret.

    The texts are compared, not the decoded bytes: base64 has several spellings of one value.
    """
    if not given:
        raise BadSignature(f"The request carries no signature of {who}.")
    presented = given.encode("utf-8", "replace")
    fits = False
    for secret in secrets:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        fits |= hmac.compare_digest(base64.b64encode(digest), presented)
    if not fits:
        raise BadSignature(f"The signature of {who} does not fit the body.")


def decode_base64(text: str) -> bytes | None:
    """Return strict base64 decoded, or None."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
