"""Who calls the API: the key of a request, remembered for seconds, and its token bucket.

Only the hash of a key is remembered. A newcomer's mistake: counting wrong keys by key. They have
none; a look-up for each new wrong key is bounded by the few threads it may use.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

import structlog
from starlette.types import Scope

from shopbell.accounts.queries import key_allows, requests_per_minute, valid_key
from shopbell.edge.answers import Refusal, header, unavailable
from shopbell.edge.memory import Memory
from shopbell.edge.tallies import Tallies
from shopbell.edge.threads import in_thread
from shopbell.kit import clock
from shopbell.kit.buckets import Buckets
from shopbell.kit.ids import digest

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Caller:
    """A valid key as the door remembers it. `scopes` are the asked-for ones it has."""

    key_id: uuid.UUID
    store_id: int
    scopes: frozenset[str]
    per_minute: int
    expires_at: datetime | None


class Keys:
    """Signs API requests in."""

    def __init__(self, tallies: Tallies, *scopes: str) -> None:
        self._tallies = tallies
        self._scopes = scopes
        self._buckets = Buckets()
        self.callers: Memory[str, Caller | None] = Memory()

    async def caller(self, scope: Scope, needed: str) -> Caller:
        """Return who asks.

        Raises:
            Refusal: 401 without a valid key, 403 without the scope, 429 too often, 503 unknown now.
        """
        kind, _, raw = header(scope, b"authorization").partition(" ")
        raw = raw.strip()
        if kind.lower() != "bearer" or not 32 <= len(raw) <= 200:
            raise _unknown_key()
        caller = await self._find(raw)
        if caller is None or (caller.expires_at and caller.expires_at <= clock.now()):
            raise _unknown_key()
        if needed not in caller.scopes:
            raise Refusal(403, "forbidden", f"This key does not have the scope {needed}.")
        wait = self._buckets.take(caller.key_id, caller.per_minute)
        if wait:
            raise Refusal(
                429,
                "too_many",
                f"This key may make {caller.per_minute} requests a minute. Please wait {wait} s.",
                retry_after=wait,
            )
        self._tallies.used(caller.key_id)
        return caller

    async def _find(self, raw: str) -> Caller | None:
        try:
            return await self.callers.get(digest(raw), lambda: in_thread(_load, raw, self._scopes))
        except Exception as error:
            log.error("keys.unavailable", error=type(error).__name__)
            raise unavailable() from None


def _load(raw: str, scopes: tuple[str, ...]) -> Caller | None:
    key = valid_key(raw)
    if key is None:
        return None
    return Caller(
        key_id=key.pk,
        store_id=key.store_id,
        scopes=frozenset(scope for scope in scopes if key_allows(key, scope)),
        per_minute=requests_per_minute(key),
        expires_at=key.expires_at,
    )


def _unknown_key() -> Refusal:
    refusal = Refusal(
        401, "unknown_key", "Send a valid API key: Authorization: Bearer <key>. Nothing was stored."
    )
    refusal.headers = [(b"www-authenticate", b"Bearer")]
    return refusal
