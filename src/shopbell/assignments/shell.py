"""What the menu of a person shows in the shell: the mark beside the name, and the switch."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from shopbell.accounts.models import User
from shopbell.accounts.permissions import may
from shopbell.assignments.queries import AtWork, standing_of
from shopbell.kit.db.scope import is_in_scope, store_scope
from shopbell.web.context import PersonMenu


def person_menu(request: HttpRequest) -> PersonMenu:
    """Return the mark and the switch of the person who is signed in, if they may answer."""
    staff, store = getattr(request, "staff", None), getattr(request, "store", None)
    if staff is None or store is None or not may(staff, "conversations:write"):
        return PersonMenu()
    context = {"me": _standing(store.pk, staff.user)}
    return PersonMenu(
        mark=SafeString(render_to_string("assignments/mark.html", context, request)),
        items=SafeString(render_to_string("assignments/switch.html", context, request)),
    )


def _standing(store_id: int, user: User) -> AtWork:
    """Ask in the page's own transaction; pages that talk to the outside have none."""
    if is_in_scope(store_id):
        return standing_of(user)
    with store_scope(store_id):
        return standing_of(user)
