"""The merchant shell's navigation: which places there are, in which order, for whom.

An item appears as soon as its url name resolves, and never before. Keys must be unique.
"""

from django.http import HttpRequest

from shopbell.accounts import permissions
from shopbell.alerts.queries import unread_count
from shopbell.backoffice.numbers import messages_needing_person, open_problems
from shopbell.conversations.queries import waiting_conversations
from shopbell.kit.db.scope import read_scope
from shopbell.remedies.queries import waiting_remedies
from shopbell.sandbox.queries import has_sandbox
from shopbell.web.navigation import Navigation, NavItem, NavSection


def may(request: HttpRequest, permission: str) -> bool:
    """Return whether the visitor's role in the store of this request has `permission`."""
    staff = getattr(request, "staff", None)
    return staff is not None and permissions.may(staff, permission)


def messages_waiting(request: HttpRequest) -> int:
    """Count the messages of the store of this request that need a person."""
    with read_scope(request.store.pk):  # type: ignore[attr-defined]
        return messages_needing_person()


def conversations_waiting(request: HttpRequest) -> int:
    """Count the open conversations of the store of this request in which a customer waits."""
    with read_scope(request.store.pk):  # type: ignore[attr-defined]
        return waiting_conversations()


def alerts_waiting(request: HttpRequest) -> int:
    """Count what the visitor has not read of the store of this request."""
    with read_scope(request.store.pk):  # type: ignore[attr-defined]
        return unread_count(request.user)  # type: ignore[arg-type]


def requests_waiting(request: HttpRequest) -> int:
    """Count what waits for approval in the store of this request, for those who may approve."""
    if not may(request, "remedies:approve"):
        return 0
    with read_scope(request.store.pk):  # type: ignore[attr-defined]
        return waiting_remedies().count()


def problems_waiting(request: HttpRequest) -> int:
    """Count what is parked and the open privacy requests of the store of this request."""
    with read_scope(request.store.pk):  # type: ignore[attr-defined]
        return open_problems()


def sandbox_connected(request: HttpRequest) -> bool:
    """Return whether the store of this request has a phone or mailbox to show."""
    with read_scope(request.store.pk):  # type: ignore[attr-defined]
        return has_sandbox()


def is_demo(request: HttpRequest) -> bool:
    """Return whether the store of this request is the demo store."""
    return bool(request.store.is_demo)  # type: ignore[attr-defined]


NAVIGATION = Navigation(
    may=may,
    sections=(
        NavSection(
            "",
            (
                NavItem("Home", "home:index", "home", "home:read", "g h", on_phone=True),
                NavItem(
                    "Inbox", "inbox:index", "inbox", "conversations:read", "g i",
                    also_active=(
                        "slas:", "assignments:", "contact_forms:", "rules:", "macros:",
                        "checklists:", "details:", "remedies:setup",
                    ),
                    count=conversations_waiting, hot=True, on_phone=True,
                ),
                NavItem(
                    "For you", "alerts:index", "bell", "conversations:read", "g f",
                    also_active=("alerts:choose",), count=alerts_waiting, hot=True,
                ),
                NavItem("Orders", "orders:index", "orders", "orders:read", "g o", on_phone=True),
                NavItem(
                    "Customers", "customers:index", "customers",
                    "customers:read", "g c", on_phone=True,
                ),
                NavItem(
                    "Messages", "messaging:index", "messages", "messages:read", "g m",
                    also_active=("messaging:show",), count=messages_waiting, hot=True,
                    on_phone=True,
                ),
                NavItem(
                    "Requests", "remedies:index", "return", "remedies:read", "g q",
                    count=requests_waiting, hot=True,
                ),
                NavItem(
                    "Problems", "problems:index", "warning", "home:read", "g r",
                    count=problems_waiting, hot=True,
                ),
            ),
        ),
        NavSection(
            "Reach out",
            (
                NavItem(
                    "Notifications", "notifications:index", "notifications",
                    "notifications:read", "g n",
                ),
                NavItem("Templates", "templates:index", "templates", "templates:read", "g t"),
                NavItem(
                    "Sandbox", "sandbox:index", "phone", "messages:read", "g y",
                    shown=sandbox_connected,
                ),
                NavItem("Demo", "demo:index", "play", "demo:write", "g d", shown=is_demo),
            ),
        ),
        NavSection(
            "Set up",
            (
                NavItem(
                    "Connections", "connections:index", "connections", "connections:read", "g x"
                ),
                NavItem("Import", "imports:index", "upload", "orders:write", "g u"),
                NavItem("Team", "accounts:staff", "person", "staff:read", "g p"),
                NavItem("API keys", "accounts:keys", "key", "keys:write", "g k"),
                NavItem("Settings", "accounts:settings", "settings", "settings:read", "g s"),
            ),
            push=True,
        ),
    ),
)  # fmt: skip
