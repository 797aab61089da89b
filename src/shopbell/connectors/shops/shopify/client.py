"""Shopify's Admin API over GraphQL: one call, its cost, and its errors.

A newcomer's mistake: looking at the HTTP status. Shopify answers 200 with `errors` in the body,
also when it is too busy (`THROTTLED`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopbell.connectors.reading import Doc
from shopbell.connectors.shops.shopify.settings import ShopifySettings
from shopbell.kit.errors import Permanent, Temporary, Unsupported
from shopbell.kit.http import Provider
from shopbell.kit.text import one_line

TOO_EXPENSIVE = "max_cost_exceeded"
REPEATABLE = frozenset({"internal_server_error", "timeout", "service_unavailable"})


@dataclass(frozen=True, slots=True)
class Answer:
    """Data of one query; `throttle` is how long to wait before asking the same again."""

    data: Doc
    throttle: float


class Client:
    """Asks one shop. Make one per call."""

    def __init__(self, settings: ShopifySettings) -> None:
        if settings.access_token is None:
            raise Unsupported("Reading from Shopify needs an access token in the settings.")
        token = settings.access_token.get_secret_value()
        self._http = Provider(
            settings.endpoint, name="Shopify", headers={"x-shopify-access-token": token}
        )

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Answer:
        """Ask one query.

        Raises:
            Temporary: throttled (with the seconds until the budget is back) or broken.
            Permanent: refused; `max_cost_exceeded` if the query is too large.
        """
        answer = Doc(
            self._http.request_json(
                "POST", "graphql.json", json={"query": query, "variables": dict(variables or {})}
            )
        )
        wait = _wait(answer.doc("extensions").doc("cost"))
        errors = list(answer.docs("errors"))
        if (errors or "errors" in answer) and not _only_fields_withheld(answer, errors):
            raise _error(answer, errors, wait)
        if not answer.doc("data"):
            raise Temporary("Shopify answered without data.")
        return Answer(answer.doc("data"), wait)


def _wait(cost: Doc) -> float:
    """Seconds until the budget allows the same query again (0 if it does now)."""
    status = cost.doc("throttleStatus")
    available = status.decimal("currentlyAvailable")
    rate = status.decimal("restoreRate")
    needed = cost.decimal("requestedQueryCost") or cost.decimal("actualQueryCost")
    if available is None or not rate or needed is None or available >= needed:
        return 0.0
    return float((needed - available) / abs(rate))


def _only_fields_withheld(answer: Doc, errors: list[Doc]) -> bool:
    """Whether all that happened is that the token may not see some fields deep inside."""
    return bool(errors and answer.doc("data")) and all(
        error.doc("extensions").lower("code") == "access_denied" and len(error.values("path")) > 2
        for error in errors
    )


def _error(answer: Doc, errors: list[Doc], wait: float) -> Temporary | Permanent:
    codes = {error.doc("extensions").lower("code") for error in errors}
    said = "; ".join(error.text("message", limit=200) for error in errors[:3])
    said = one_line(said or answer.text("errors", limit=200), 300)
    if "throttled" in codes or said.lower() == "throttled":
        return Temporary("Shopify asks us to slow down.", retry_after=wait or 1.0, untouched=True)
    if codes & REPEATABLE:
        return Temporary(f"Shopify is in trouble: {said}")
    code = TOO_EXPENSIVE if TOO_EXPENSIVE in codes else next(filter(None, sorted(codes)), "refused")
    return Permanent(f"Shopify refused: {said}", code=code)
