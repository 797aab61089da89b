"""Addresses under `/api/v1`, each with its mark of who may call it.

A newcomer's mistake: adding `path(...)` here for an operation. Declare it with `@endpoint`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from shopbell.api.application import SCOPES, api
from shopbell.api.document import PREFIX, openapi
from shopbell.api.operations import (
    announcements,
    automations,
    blocks,
    bulk,
    calls,
    campaigns,
    comments,
    contact_forms,
    conversations,
    customers,
    forwards,
    messages,
    notes,
    notifications,
    orders,
    permissions,
    products,
    promises,
    regrouping,
    remedies,
    segments,
    shipments,
    store,
    teams,
    waiting,
)
from shopbell.web.access import Access, declare
from shopbell.web.errors import NOT_ALLOWED, response_to

__all__ = [
    "announcements",
    "automations",
    "blocks",
    "bulk",
    "calls",
    "campaigns",
    "comments",
    "contact_forms",
    "conversations",
    "customers",
    "forwards",
    "messages",
    "notes",
    "notifications",
    "orders",
    "permissions",
    "products",
    "promises",
    "regrouping",
    "remedies",
    "segments",
    "shipments",
    "store",
    "teams",
    "urlpatterns",
    "waiting",
]

type View = Callable[..., HttpResponseBase]


def _marked(pattern: URLPattern) -> URLPattern:
    """Declare the scopes of an address, and let a wrong method be answered like any refusal."""
    view: View = pattern.callback
    scopes = SCOPES["/" + str(pattern.pattern).replace("<", "{").replace(">", "}")]

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code == 405 and "Allow" in response:
            refusal = response_to(request, NOT_ALLOWED)
            refusal["Allow"] = response["Allow"]
            return refusal
        return response

    said = ", ".join(f"{method} {scope or 'any key'}" for method, scope in scopes.items())
    declare(answered, Access(kind="api", permission=said))
    return path(f"{PREFIX[1:]}/{pattern.pattern}", answered, name=pattern.name)


app_name = "api"
urlpatterns = [
    path(f"{PREFIX[1:]}/openapi.json", openapi, name="openapi"),
    *(
        _marked(pattern)
        for pattern in api.urls[0]
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
    ),
]
