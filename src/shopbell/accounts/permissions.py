"""Who may do what. Every view declares its access; an undeclared view fails the build.

`@staff_page("orders:read")` finds the store in the URL, the person's role in it, checks the
permission and runs the view inside `store_scope`: one request, one transaction, one store.
A newcomer's mistake: answering 403 for a store the person does not belong to. That says it exists;
the answer is 404.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from shopbell.accounts.models import Role, Staff, Store
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.errors import Forbidden, NotFound
from shopbell.web.access import Access, public_page

__all__ = ["PERMISSIONS", "ROLES", "may", "public_page", "signed_in_page", "staff_page"]

type View = Callable[..., HttpResponseBase]

PERMISSIONS: dict[str, str] = {
    "home:read": "See the home page",
    "orders:read": "See orders",
    "orders:write": "Change order data kept here",
    "customers:read": "See customers",
    "customers:write": "Change customers and their permissions",
    "customers:erase": "Hand out and erase what is kept of a customer, import permissions",
    "messages:read": "See messages",
    "messages:write": "Resend and cancel messages",
    "conversations:read": "Read conversations",
    "conversations:write": "Answer customers and note things down",
    "conversations:manage": "Merge, split and give conversations to others",
    "desk:write": "Set up the inbox: teams, hours, rules, fields",
    "remedies:read": "See refunds and other requests to the shop",
    "remedies:write": "Ask the shop for refunds, cancellations, coupons",
    "remedies:approve": "Approve what is above a colleague's limit",
    "notifications:read": "See what is told when",
    "notifications:write": "Change what is told when",
    "segments:read": "See segments and who is in them",
    "segments:write": "Make and change segments",
    "announcements:read": "See announcements to affected customers",
    "announcements:write": "Write, send and stop announcements",
    "announcements:approve": "Agree to a colleague's announcement",
    "campaigns:read": "See campaigns and what became of them",
    "campaigns:write": "Write, send and stop campaigns",
    "campaigns:approve": "Agree to a colleague's campaign",
    "journeys:read": "See journeys and who is in them",
    "journeys:write": "Switch journeys on and off, take people out",
    "results:read": "See what came of messages",
    "signups:read": "See sign-up forms and topics",
    "signups:write": "Make sign-up forms and topics",
    "templates:read": "See templates",
    "templates:write": "Change templates",
    "connections:read": "See shops, carriers and channels",
    "connections:write": "Connect shops, carriers and channels",
    "staff:read": "See who works here",
    "staff:write": "Invite and remove staff",
    "keys:write": "Make and revoke API keys",
    "settings:read": "See store settings",
    "settings:write": "Change store settings",
    "problems:write": "Retry or drop what failed",
    "demo:write": "Control the demo",
}

_READ = {name for name in PERMISSIONS if name.endswith(":read")}
_AGENT = {"home:read", "orders:read", "customers:read", "messages:read", "conversations:read"}
_AGENT |= {"announcements:read"}
ROLES: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset(PERMISSIONS),
    Role.ADMIN: frozenset(PERMISSIONS),
    Role.SUPERVISOR: frozenset(
        _READ
        | {"orders:write", "customers:write", "messages:write", "notifications:write"}
        | {"conversations:write", "conversations:manage", "desk:write"}
        | {"remedies:write", "remedies:approve"}
        | {"segments:write"}
        | {"announcements:write", "announcements:approve", "journeys:write"}
        | {"campaigns:write", "campaigns:approve"}
        | {"signups:write", "templates:write", "problems:write", "demo:write"}
    ),
    Role.AGENT: frozenset(
        _AGENT
        | {"messages:write", "notifications:read", "journeys:read", "templates:read", "demo:write"}
        | {"conversations:write", "conversations:manage", "remedies:read", "remedies:write"}
    ),
    Role.LIGHT: frozenset(_AGENT),
}
RANK = [Role.LIGHT, Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.OWNER]


def may(staff: Staff, permission: str) -> bool:
    """Return whether the role of `staff` has `permission`."""
    return permission in ROLES[staff.role]


def may_grant(staff: Staff, role: str) -> bool:
    """Return whether `staff` may give somebody `role`: never above the own one."""
    return RANK.index(Role(role)) <= RANK.index(Role(staff.role))


def staff_page(permission: str, *, scoped: bool = True) -> Callable[[View], View]:
    """Declare a page of one store for staff with `permission`; the URL has `<slug:store>`.

    `scoped` False leaves opening the scope to the view: for views that talk to the outside, which
    must not hold a transaction open meanwhile.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission!r}")

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(
            request: HttpRequest, store: str, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            staff, stores = place_of(request.user.pk, store)
            if not may(staff, permission):
                raise Forbidden(
                    f"Your role ({staff.get_role_display()}) does not include this: "
                    f"{PERMISSIONS[permission].lower()}.",
                    remedy="Ask an owner or admin of the store.",
                )
            request.store, request.staff = staff.store, staff  # type: ignore[attr-defined]
            request.stores = stores  # type: ignore[attr-defined]
            with store_scope(staff.store_id) if scoped else nullcontext():
                return view(request, *args, **kwargs)

        checked.access = Access(kind="staff", permission=permission)  # type: ignore[attr-defined]
        return checked

    return decorate


def signed_in_page(view: View) -> View:
    """Declare a page for anybody who is signed in; it runs outside any store."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    checked.access = Access(kind="signed_in")  # type: ignore[attr-defined]
    return checked


def membership(user_id: int, slug: str) -> tuple[Store, Staff]:
    """Return the store and the user's place in it, or raise `NotFound`."""
    staff, _ = place_of(user_id, slug)
    return staff.store, staff


def place_of(user_id: int, slug: str) -> tuple[Staff, list[Store]]:
    """Return the user's place in a store and all stores they work for, or raise `NotFound`."""
    with unscoped("sign-in: which stores does this person work for"):
        places = list(Staff.objects.select_related("store", "user").filter(user_id=user_id))
    staff = next((place for place in places if place.store.slug == slug), None)
    if staff is None:
        raise NotFound("There is no such page.", remedy="Check the address, or switch the store.")
    return staff, sorted((place.store for place in places), key=lambda each: each.name.lower())
