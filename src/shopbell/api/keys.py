"""Who calls: the API key of a request, its scope and its token bucket.

A newcomer's mistake: answering 404 for what a key may not do. A key without the scope is told so
(403); the things of other stores are simply not there (404).
"""

from dataclasses import replace

from django.http import HttpRequest
from ninja.security import HttpBearer

from shopbell.accounts.models import ApiKey
from shopbell.accounts.queries import key_allows, requests_per_minute, valid_key
from shopbell.kit.buckets import Buckets
from shopbell.kit.errors import Forbidden
from shopbell.web.errors import SIGN_IN, TOO_MANY, Answer

UNKNOWN_KEY = replace(
    SIGN_IN,
    code="unknown_key",
    message="Send a valid API key: Authorization: Bearer <key>.",
    remedy="Make a key under Set up, API keys, or ask an owner of the store for one.",
)

_buckets = Buckets()


class Refused(Exception):
    """A request is answered without being worked on."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message)
        self.answer = answer


class Bearer(HttpBearer):
    """Signs a request in. `scope` empty: any valid key will do."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """Return the key, or None if there is no such key.

        Raises:
            Forbidden: the key lacks the scope.
            Refused: too many requests.
        """
        key = valid_key(token.strip())
        if key is None:
            return None
        if self.scope and not key_allows(key, self.scope):
            raise Forbidden(
                f"This key does not have the scope {self.scope}.",
                remedy="Add the scope to the key under Set up, API keys.",
            )
        limit = requests_per_minute(key)
        wait = _buckets.take(key.pk, limit)
        if wait:
            message = f"This key may make {limit} requests a minute."
            raise Refused(
                replace(TOO_MANY, message=message, remedy=f"Wait {wait} s.", retry_after=wait)
            )
        return key
