"""Bodies that come in: checked and translated by the connector of our own JSON, then recorded.

The connector is asked through the registry, as surfaces may not import connectors. A newcomer's
mistake: catching `Invalid` here. It carries the path of every wrong field to the answer.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

import orjson
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from shopbell.api.keys import Refused
from shopbell.kit.errors import Conflict, Invalid
from shopbell.orders.actions import record_facts
from shopbell.orders.intake import CANONICAL, api_account
from shopbell.orders.ports import SHOPS, Facts
from shopbell.web.errors import Answer

BODY_BYTES = 1_000_000
TRIES = 3

Noun = Literal["order", "shipment", "product", "customer"]


def _one_word(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("must be a printable word")
    return value


class Source(BaseModel):
    """Under which name the caller's things are kept."""

    source: Annotated[
        str, StringConstraints(min_length=1, max_length=60), AfterValidator(_one_word)
    ] = Field(
        default="default",
        description="Your name for the system that speaks; ids are unique within it. "
        "The same as `source` of an event.",
    )

    @property
    def key(self) -> str:
        """The source as rows carry it."""
        return f"api/{self.source}"


def read_fact[F](kind: type[F], noun: Noun, request: HttpRequest, source: Source) -> F:
    """Return what the body of a request says.

    Raises:
        Refused: it is too large, or not JSON.
        Invalid: it is JSON with something wrong; `fields` says where.
    """
    document = _document(request)
    if not isinstance(document, dict):
        raise Invalid(f"The {noun} must be an object.", fields={noun: "must be an object"})
    body = json.dumps({"data": document}).encode()
    parsed = SHOPS.get(CANONICAL).parse(f"{noun}.told", body, api_account(source.key))
    [fact] = parsed.facts
    assert isinstance(fact, kind)
    return fact


def record(source: Source, fact: Facts) -> None:
    """Record one fact. Two requests that speak of one new person at once both succeed.

    Raises:
        Conflict: it did not work out even at the third try.
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                record_facts(source=source.key, facts=[fact])
            return
        except IntegrityError:  # the other request was faster; its rows are visible now
            continue
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "40P01":  # deadlock
                raise
    raise Conflict("Somebody changed the same thing at the same moment.", remedy="Send it again.")


def models() -> Mapping[str, type[BaseModel]]:
    """Return the models of the canonical JSON by noun, for the document that describes it."""
    return cast(Mapping[str, type[BaseModel]], cast(Any, SHOPS.get(CANONICAL)).models)


def _document(request: HttpRequest) -> Any:
    kind = (request.content_type or "").lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise _refusal(415, "not_json", "Send it as Content-Type: application/json.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES:
        size = f"{BODY_BYTES // 1_000_000} MB"
        raise _refusal(413, "too_large", f"A request may have {size} at most.")
    body = request.body
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"\\u" not in body:
            raise _refusal(400, "not_json", f"This is not JSON ({error}).") from None
    try:  # a lone surrogate, which orjson refuses; it is replaced later
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _refusal(400, "not_json", "This is not JSON that can be read.") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _refusal(status: int, code: str, message: str) -> Refused:
    return Refused(
        Answer(
            status,
            code,
            "This cannot be read",
            message,
            "Nothing was changed.",
            "Correct the request and send it again.",
        )
    )
