"""The small bar above every merchant page of a demo store."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from shopbell.accounts.permissions import may
from shopbell.demo.queries import control_of
from shopbell.kit.db.scope import store_scope


def bar(request: HttpRequest) -> SafeString:
    """Return the bar, or nothing in a store that is no demo or for staff who may not use it."""
    store, staff = getattr(request, "store", None), getattr(request, "staff", None)
    if store is None or staff is None or not store.is_demo or not may(staff, "demo:write"):
        return SafeString("")
    with store_scope(store.pk):
        return render_to_string("demo/bar.html", bar_context(request), request=request)


def bar_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the bar shows."""
    return {"store": request.store, "control": control_of()}  # type: ignore[attr-defined]
