"""The OpenAPI document: what ninja knows of the operations, and what only we know.

Ninja does not see the bodies (the connector of our own JSON reads them) nor `POST /events` (the
front door answers it). Both are added here. A newcomer's mistake: a new refusal of the front door
that is not declared here; the fuzz test finds it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic.json_schema import models_json_schema

from shopbell.api.application import api
from shopbell.api.canonical import models
from shopbell.web.access import public_page

PREFIX = "/api/v1"
_REF = "#/components/schemas/"
_PROBLEM = {"$ref": f"{_REF}Problem"}
_REFUSED = {
    400: "It is not events, or none of them could be stored",
    401: "The key is not known",
    403: "The key lacks the scope events:write",
    405: "Only POST is answered here",
    408: "The body came too slowly",
    413: "The body is larger than 5 MB",
    415: "The body is not JSON",
    429: "Too many requests; Retry-After says when",
    503: "Not stored, for the moment; send it again",
}
_EVENT = {
    "title": "Event",
    "type": "object",
    "description": "Something that happened. It is stored before it is answered, and understood "
    "a moment later.",
    "required": ["id", "type"],
    "properties": {
        "id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "Yours; unique within the source. The second time it is a duplicate.",
        },
        "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 120,
            "description": "order.*, shipment.*, product.*, customer.*, refund.*, return.* and "
            "cart.* carry our JSON in `data`; any other word of yours joins the history of the "
            "customer whom `data.customer` or `data.email` names.",
        },
        "source": {"type": "string", "minLength": 1, "maxLength": 60, "default": "default"},
        "occurred_at": {"type": "string", "format": "date-time"},
        "data": {"type": "object"},
    },
}
_RESULTS = {
    "title": "EventResults",
    "type": "object",
    "required": ["results"],
    "properties": {
        "results": {
            "type": "array",
            "description": "One verdict an event, in the order they were sent.",
            "items": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": {"type": ["string", "null"]},
                    "status": {"enum": ["accepted", "duplicate", "invalid"]},
                    "error": {"type": "string"},
                },
            },
        }
    },
}


@public_page("It describes the API and holds nothing of any store.")
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer the document."""
    return JsonResponse(document())


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    whole: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=f"{PREFIX}/"))
    whole["servers"] = [{"url": settings.BASE_URL}]
    schemas = whole["components"]["schemas"]
    schemas |= {"Event": _EVENT, "EventResults": _RESULTS}
    nouns = _add_bodies(schemas)
    for operations in whole["paths"].values():
        for operation in operations.values():
            scope, noun = operation.pop("x-scope"), operation.pop("x-body", "")
            operation["security"] = [{"Bearer": [scope] if scope else []}]
            if noun:
                operation["requestBody"] = _json_body({"$ref": nouns[noun]})
            for name in ("413", "415"):
                if not noun:
                    operation["responses"].pop(name, None)
            _describe_refusals(operation["responses"])
    whole["paths"][f"{PREFIX}/events"] = {"post": _post_events()}
    whole["paths"] = dict(sorted(whole["paths"].items()))
    return whole


def _add_bodies(schemas: dict[str, Any]) -> dict[str, str]:
    """Add the canonical models; returns the reference of each noun's."""
    found = models()
    places, definitions = models_json_schema(
        [(model, "validation") for model in found.values()], ref_template=_REF + "{model}"
    )
    schemas |= definitions["$defs"]
    return {noun: places[model, "validation"]["$ref"] for noun, model in found.items()}


def _json_body(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _describe_refusals(responses: dict[Any, Any]) -> None:
    retry = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    for status in (429, 503):
        if status in responses:
            responses[status]["headers"] = retry


def _post_events() -> dict[str, Any]:
    event, results = {"$ref": f"{_REF}Event"}, {"$ref": f"{_REF}EventResults"}
    batch = {"type": "array", "items": event, "minItems": 1, "maxItems": 1000}
    envelope = {"type": "object", "required": ["events"], "properties": {"events": batch}}
    responses: dict[int, Any] = {
        202: {"description": "Stored, or there already", **_content(results)}
    }
    for status, words in _REFUSED.items():
        schema = {"anyOf": [results, _PROBLEM]} if status == 400 else _PROBLEM
        responses[status] = {"description": words, **_content(schema)}
    _describe_refusals(responses)
    return {
        "operationId": "post_events",
        "summary": "Tell what happened: one event, or up to 1,000",
        "description": "Each event gets its own verdict; a bad one never harms its neighbours.",
        "tags": ["Events"],
        "parameters": [],
        "security": [{"Bearer": ["events:write"]}],
        "requestBody": _json_body({"anyOf": [event, batch, envelope]}),
        "responses": {str(status): answer for status, answer in responses.items()},
    }


def _content(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}
