"""The merchant shell's navigation: which places there are, in which order, for whom.

An item appears as soon as its url name resolves, and never before. Keys must be unique.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from shopbell.accounts import permissions
from shopbell.accounts.models import Store, User
from shopbell.alerts.queries import unread_on_page
from shopbell.announcements.queries import waiting_tellings
from shopbell.backoffice.numbers import messages_needing_person, open_problems
from shopbell.campaigns.queries import waiting_campaigns
from shopbell.conversations.queries import waiting_conversations
from shopbell.kit import clock
from shopbell.kit.db.counting import Counts
from shopbell.kit.db.scope import read_scope
from shopbell.remedies.queries import waiting_remedies
from shopbell.sandbox.queries import sandboxes
from shopbell.web.navigation import Navigation, NavItem, NavSection

_LIMIT = 1_000  # nobody works off more; the number ends there


def may(request: HttpRequest, permission: str) -> bool:
    """Return whether the visitor's role in the store of this request has `permission`."""
    staff = getattr(request, "staff", None)
    return staff is not None and permissions.may(staff, permission)


# What the numbers are made of, for a person; each is the sum of its sets of rows.
_COUNTED: dict[str, Callable[[User], Iterable[QuerySet[Any]]]] = {
    "conversations": lambda _: [waiting_conversations()],
    "alerts": lambda person: [unread_on_page(person)],
    "messages": lambda _: [messages_needing_person()],
    "requests": lambda _: [waiting_remedies()],
    "announcements": lambda _: [waiting_tellings()],
    "campaigns": lambda _: [waiting_campaigns()],
    "problems": lambda _: open_problems().values(),
    "sandboxes": lambda _: [sandboxes()],
}


def numbers(request: HttpRequest, names: Collection[str]) -> Mapping[str, int]:
    """Count what waits in the store of this request, in one statement."""
    store: Store = request.store  # type: ignore[attr-defined]
    known = names & _COUNTED.keys()
    deciding = {
        "requests": "remedies:approve",
        "announcements": "announcements:approve",
        "campaigns": "campaigns:approve",
    }
    asked = known - {name for name, needed in deciding.items() if not may(request, needed)}
    minute = int(clock.now().timestamp()) // 60
    with read_scope(store.pk):
        person = int(request.user.pk)  # type: ignore[arg-type]
        counted = _counts(store.pk, person, frozenset(asked), minute).read()
    found = {"demo": int(store.is_demo)} | dict.fromkeys(known, 0)
    for key, number in counted.items():
        found[key.partition(" ")[0]] += number
    return found


@lru_cache(1_000)
def _counts(_store: int, person: int, names: frozenset[str], _minute: int) -> Counts:
    """Write the statement for a person in the store in scope; for a minute, what is recent is."""
    sets = {
        f"{name} {place}": rows
        for name in sorted(names)
        for place, rows in enumerate(_COUNTED[name](User(pk=person)))
    }
    return Counts.of(sets, limit=_LIMIT)


NAVIGATION = Navigation(
    may=may,
    numbers=numbers,
    sections=(
        NavSection(
            "",
            (
                NavItem("Home", "home:index", "home", "home:read", "g h", on_phone=True),
                NavItem(
                    "Inbox", "inbox:index", "inbox", "conversations:read", "g i",
                    also_active=(
                        "slas:", "assignments:", "contact_forms:", "rules:", "macros:",
                        "checklists:", "details:", "remedies:setup", "calls:",
                    ),
                    count="conversations", hot=True, on_phone=True,
                ),
                NavItem(
                    "For you", "alerts:index", "bell", "conversations:read", "g f",
                    also_active=("alerts:choose",), count="alerts", hot=True,
                ),
                NavItem("Orders", "orders:index", "orders", "orders:read", "g o", on_phone=True),
                NavItem(
                    "Customers", "customers:index", "customers",
                    "customers:read", "g c", on_phone=True,
                ),
                NavItem(
                    "Messages", "messaging:index", "messages", "messages:read", "g m",
                    also_active=("messaging:show",), count="messages", hot=True,
                    on_phone=True,
                ),
                NavItem(
                    "Requests", "remedies:index", "return", "remedies:read", "g q",
                    count="requests", hot=True,
                ),
                NavItem(
                    "Problems", "problems:index", "warning", "home:read", "g r",
                    count="problems", hot=True,
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
                NavItem("Segments", "segments:index", "segments", "segments:read", "g e"),
                NavItem("Journeys", "journeys:index", "journeys", "journeys:read", "g j"),
                NavItem(
                    "Campaigns", "campaigns:index", "plane", "campaigns:read", "g l",
                    count="campaigns", hot=True,
                ),
                NavItem(
                    "Announcements", "announcements:index", "campaign",
                    "announcements:read", "g a", count="announcements", hot=True,
                ),
                NavItem("Feedback", "feedback:index", "pleased", "conversations:read", "g b"),
                NavItem("Sign-up forms", "signups:index", "mail", "signups:read", "g w"),
                NavItem("Waiting lists", "interests:index", "clock", "signups:read", "g z"),
                NavItem("Results", "results:index", "reports", "results:read", "g v"),
                NavItem("Templates", "templates:index", "templates", "templates:read", "g t"),
                NavItem(
                    "Sandbox", "sandbox:index", "phone", "messages:read", "g y",
                    needs="sandboxes",
                ),
                NavItem("Demo", "demo:index", "play", "demo:write", "g d", needs="demo"),
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
