"""The one tree of errors. None of them knows about HTTP; `web/errors.py` maps them once.

    ShopbellError
    ├── NotFound            the thing asked for is not there (or not for you: same answer)
    ├── Forbidden           you may not do this
    ├── Invalid             what came in is not usable; `fields` says where
    ├── Conflict            it changed meanwhile, or exists already
    ├── ScopeError          a tenant query ran outside a store scope (a programming error)
    ├── ConfigurationError  settings are wrong
    └── ConnectorError      talking to the outside
        ├── Temporary       try again, not before `retry_after`
        ├── Permanent       never try the same thing again; `code` says why
        ├── BadSignature    a request that claims to be the provider and is not
        └── Unsupported     the connector cannot do this; never silently dropped

What a user sees says what happened (the message), what was `kept`, and what to do (`remedy`).
"""

from collections.abc import Mapping


class ShopbellError(Exception):
    """Base of all errors raised on purpose."""

    def __init__(self, message: str = "", *, kept: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.kept = kept
        self.remedy = remedy


class NotFound(ShopbellError):
    """The thing is not there. Other stores' things get exactly this answer too."""


class Forbidden(ShopbellError):
    """The caller's role or key does not allow this."""


class Invalid(ShopbellError):
    """Input that cannot be used. `fields` maps a field path to a sentence."""

    def __init__(
        self,
        message: str = "",
        *,
        fields: Mapping[str, str] | None = None,
        kept: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(message, kept=kept, remedy=remedy)
        self.fields = dict(fields or {})


class Conflict(ShopbellError):
    """The state changed meanwhile, or the thing exists already."""


class ScopeError(ShopbellError):
    """A tenant table was queried outside `store_scope`."""


class ConfigurationError(ShopbellError):
    """Settings or environment are wrong; the message lists all mistakes."""


class ConnectorError(ShopbellError):
    """Something between us and a provider."""


class Temporary(ConnectorError):
    """Try again; `retry_after` is the provider's wish in seconds, None if it gave none.

    `untouched`: the other side certainly did nothing (it was never reached, or turned us away).
    """

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, untouched: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.untouched = untouched


class Permanent(ConnectorError):
    """Never repeat this as it is. `code` is from the connector's vocabulary table."""

    def __init__(self, message: str = "", *, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code


class BadSignature(ConnectorError):
    """The signature of an incoming request does not fit its raw bytes."""


class Unsupported(ConnectorError):
    """The connector declares that it cannot do this."""
