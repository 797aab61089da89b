"""What the inbox answers to its own requests: nothing to draw, but events for the page."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from shopbell.accounts.views.request import StaffRequest


def done(
    request: StaffRequest,
    number: int,
    said: str = "",
    *,
    undo: str = "",
    events: Mapping[str, Any] | None = None,
) -> HttpResponseBase:
    """Tell the page that something changed: the list and the conversation ask again."""
    if request.headers.get("HX-Request") != "true":
        return redirect("inbox:show", request.store.slug, number)
    told: dict[str, Any] = {"desk:changed": {"number": number}, **(events or {})}
    if said:
        told["toast"] = {"message": said, "tone": "green"} | ({"undo": undo} if undo else {})
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})
