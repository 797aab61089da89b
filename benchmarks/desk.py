"""The desk of a big shop: how long its list, its search and one conversation take.

Through the real pages, signed in, one request after the other; beside each the plainest query that
gives the same rows, in the same run on the same data. `DESK_CONVERSATIONS` makes the store smaller
or larger (four entries each).
"""

import http.client
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import quote

from benchmarks.desk_store import AGENTS, EACH, RARE, TAGS, Crowd, address_of, fill, number_of_order
from benchmarks.ground import Ground, ground, served

CONVERSATIONS = int(os.environ.get("DESK_CONVERSATIONS", "250000"))
TIMES = int(os.environ.get("DESK_TIMES", "150"))
_LIST, _SEARCH, _OPEN = 60, 200, 80
_ROWS = (
    "SELECT id FROM conversations_conversation WHERE store_id = %(store)s"
    " AND merged_into_id IS NULL"
)
_NEWEST = " ORDER BY last_message_at DESC, id DESC LIMIT 41"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is measured: pages in turn, the plainest query, and the wanted p99 in ms."""

    name: str
    pages: list[str]
    floor: str = ""
    goal: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of a case; times in ms."""

    case: Case
    p50: float
    p99: float
    floor: float
    queries: int


def run() -> dict[str, Any]:
    """Measure; returns a table with its goals."""
    with ground() as place, owner() as database:
        crowd = provision(CONVERSATIONS)
        begun = time.monotonic()
        fill(database, crowd)
        filled = time.monotonic() - begun
        cookie = signed_in(crowd.agents[0])
        with served(place, "shopbell.config.asgi") as port:
            figures = measure(place, port, crowd, cookie, database)
    return _table(figures, crowd, filled)


@contextmanager
def owner() -> Iterator[Any]:
    """Connect past row-level security, for filling and for the plain queries."""
    import psycopg

    from shopbell.config.database import EMBEDDED_NAME, socket_folder
    from shopbell.config.environment import load

    with psycopg.connect(
        host=str(socket_folder(load())), user="postgres", dbname=EMBEDDED_NAME, autocommit=True
    ) as connection:
        yield connection


def provision(count: int) -> Crowd:
    """Make the store, its mailbox and its agents."""
    from shopbell.accounts.actions import add_staff, create_store
    from shopbell.accounts.models import Organisation
    from shopbell.connections.actions import save_connection
    from shopbell.kit.db.scope import store_scope

    organisation = Organisation.objects.create(name="Bench")
    store = create_store(organisation=organisation, slug="bench", name="Bench")
    with store_scope(store.pk):
        inbox = save_connection(
            store=store, family="channel", connector="sandbox_email", slug="mail",
            address="hello@bench.example", settings={},
        )  # fmt: skip
        agents = [
            add_staff(
                store=store, email=f"agent{n}@bench.example", name=f"Agent {n}", role="agent"
            ).user_id
            for n in range(AGENTS)
        ]
    return Crowd(store.pk, inbox.pk, agents, count)


def signed_in(user_id: int) -> str:
    """Return the cookie of a browser in which an agent is signed in."""
    from django.conf import settings
    from django.test import Client

    from shopbell.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(pk=user_id))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def cases(crowd: Crowd, following: str) -> list[Case]:
    """Return what is measured. `following` is the cursor of page 100."""
    live = " AND status = 'open'"
    said = (
        "SELECT conversation_id FROM conversations_entry WHERE store_id = %(store)s"
        " AND text ILIKE '%%{}%%' LIMIT 41"
    )
    numbers = [crowd.count * n // 60 + 1 for n in range(59)]
    middle = crowd.count // 3
    return [
        Case("list, page 1", [""], _ROWS + live + _NEWEST, _LIST),
        Case("list of everything", ["?view=all"], _ROWS + _NEWEST, _LIST),
        Case("list of everything, page 100", [f"?view=all&at={following}"], "", _LIST),
        Case(
            "list, one person's", [f"?view=all&owner={key}" for key in crowd.agents],
            _ROWS + f" AND owner_id = {crowd.agents[0]}" + _NEWEST, _LIST,
        ),
        Case(
            "list, one tag", [f"?view=all&tag={quote(tag)}" for tag in TAGS],
            _ROWS + " AND tags @> ARRAY['sizing']::varchar[]" + _NEWEST, _LIST,
        ),
        Case("list, a tag nobody has", ["?view=all&tag=nowhere"], "", _LIST),
        Case("search, common word", ["?q=parcel", "?q=bestellung"], said.format("parcel"), _SEARCH),
        Case("search, rare word", [f"?q={RARE}"], said.format(RARE), _SEARCH),
        Case("search, absent word", ["?q=zzyzxian"], said.format("zzyzxian"), _SEARCH),
        Case("search, unfinished word", [f"?q={RARE[:6]}", "?q=retu"], "", _SEARCH),
        Case("search, two words", ["?q=refund+shirt", f"?q=parcel+{RARE}"], "", _SEARCH),
        Case(
            "search, order number",
            [f"?q={quote(number_of_order(middle + n))}" for n in range(20)], "", _SEARCH,
        ),
        Case(
            "search, customer's address",
            [f"?q={quote(address_of(middle // 2 + n))}" for n in range(20)], "", _SEARCH,
        ),
        Case("opening a conversation", [f"{n}/" for n in numbers], "", _OPEN),
        Case("opening it from the list", [f"{n}/#" for n in numbers], "", _OPEN),
    ]  # fmt: skip


def measure(place: Ground, port: int, crowd: Crowd, cookie: str, database: Any) -> list[Figure]:
    """Ask each page many times and return the figures."""
    following = _cursor_of_page(100, database, crowd)
    found = []
    for case in cases(crowd, following):
        ask = _asker(port, cookie)  # a line that waits for the plain queries would be closed
        for path in case.pages[:5]:
            ask(path)
        times = sorted(_timed(ask, case.pages[n % len(case.pages)]) for n in range(TIMES))
        floor = _floor(database, case.floor, crowd) if case.floor else 0.0
        queries = _queries(cookie, case.pages[0])
        found.append(Figure(case, median(times), times[int(len(times) * 0.99)], floor, queries))
    return found


def _asker(port: int, cookie: str) -> Callable[[str], bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(path: str) -> bytes:
        headers = {"Cookie": cookie}
        if path.endswith("#"):
            headers |= {"HX-Request": "true", "HX-Target": "desk-case"}
        line.request("GET", f"/s/bench/inbox/{path.removesuffix('#')}", headers=headers)
        answer = line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:300]!r}")
        return body

    return ask


def _timed(ask: Callable[[str], bytes], path: str) -> float:
    begun = time.perf_counter()
    ask(path)
    return (time.perf_counter() - begun) * 1000


def _cursor_of_page(number: int, database: Any, crowd: Crowd) -> str:
    from shopbell.conversations.models import Conversation
    from shopbell.conversations.queries import PAGE, _cursor

    [at, key] = database.execute(
        "SELECT last_message_at, id FROM conversations_conversation WHERE store_id = %s"
        " AND status <> 'spam' ORDER BY last_message_at DESC, id DESC OFFSET %s LIMIT 1",
        [crowd.store_id, min((number - 1) * PAGE, crowd.count * 9 // 10)],
    ).fetchone()
    return _cursor(Conversation(id=key, last_message_at=at, store_id=crowd.store_id), due=False)


def _floor(database: Any, statement: str, crowd: Crowd) -> float:
    times = []
    for _ in range(15):
        begun = time.perf_counter()
        database.execute(statement, {"store": crowd.store_id}).fetchall()
        times.append((time.perf_counter() - begun) * 1000)
    return median(times)


def _queries(cookie: str, path: str) -> int:
    """Count the statements of a page, in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    name, _, value = cookie.partition("=")
    client.cookies[name] = value
    headers = {"HX-Request": "true", "HX-Target": "desk-case"} if path.endswith("#") else {}
    with CaptureQueriesContext(connection) as seen:
        client.get(f"/s/bench/inbox/{path.removesuffix('#')}", headers=headers)
    return len(seen)


def _table(figures: list[Figure], crowd: Crowd, filled: float) -> dict[str, Any]:
    rows = [
        [
            each.case.name, f"{each.p50:.0f}", f"{each.p99:.0f}",
            f"{each.floor:.1f}" if each.floor else "", each.queries,
        ]
        for each in figures
    ]  # fmt: skip
    goals = [
        [f"{each.case.name}, p99", f"≤ {each.case.goal} ms", f"{each.p99:.0f} ms",
         each.p99 <= each.case.goal]
        for each in figures
    ]  # fmt: skip
    return {
        "title": "The desk with many conversations",
        "columns": ["page", "p50 ms", "p99 ms", "plain query ms", "statements"],
        "rows": rows,
        "goals": goals,
        "note": f"{crowd.count:,} conversations, {crowd.count * EACH:,} entries, {AGENTS} agents, "
        f"filled in {filled:.0f} s. Whole pages of a signed-in agent, one after the other; the "
        "plain query has no row-level security and gives ids only. Statements count sign-in, scope "
        "and transaction.",
    }
