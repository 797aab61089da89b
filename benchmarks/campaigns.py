"""A campaign by mail: when the list stands, when the first mail comes, mails a second, memory.

Two of the product's own workers, forked from a warm parent as `shopbell worker` does; a mail server
in a process of its own that takes everything. Each message is judged by the gate, rendered, given
its unsubscribe header, handed over by SMTP and written down. The floor of the list is one INSERT
… SELECT of as many rows without anything to decide.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.ground import ground
from tests.support.nest import Nest
from tests.support.smtp_sink import SinkProcess

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "1000000"))
SENT = int(os.environ.get("BENCH_SENT", "60000"))  # then it is cancelled, and counted


def run() -> dict[str, Any]:
    """Measure; returns a table with its goals."""
    with ground() as place, SinkProcess() as sink:
        os.environ.update(place.environment)
        floor = _fill(sink.port)
        with Nest(Path(tempfile.mkdtemp()) / "workers.log") as nest:
            workers = [nest.hatch(), nest.hatch()]
            _until(_segments_stand, time.perf_counter())
            time.sleep(4.0)  # connections, shipped texts, the rendering child
            row = _start()
            begun = time.perf_counter()
            first = _until(lambda: sink.count() > 0, begun)
            gathered = _until(lambda: _people(row) == PEOPLE, begun)
            base, since = sink.count(), time.perf_counter()
            _until(lambda: sink.count() - base >= min(SENT, PEOPLE - base - 1), begun)
            rate = (sink.count() - base) / (time.perf_counter() - since)
            memory = sum(_megabytes(pid) for pid in workers)
            counts = _cancelled(row)
            taken = sink.count()
    exact = sum(counts.values()) == PEOPLE and counts.get("sent", 0) == taken
    return {
        "title": "Campaign by mail",
        "columns": ["what", "figure"],
        "rows": [
            [f"floor: {PEOPLE:,} rows in one statement", f"{floor:.1f} s"],
            [f"list of {PEOPLE:,} recipients written", f"{gathered:.1f} s"],
            ["start → first mail accepted", f"{first:.2f} s"],
            ["mails accepted, two workers", f"{rate:,.0f}/s"],
            ["memory of both workers with their children", f"{memory:,.0f} MB"],
            ["counted after it was cancelled", ", ".join(f"{n:,} {k}" for k, n in counts.items())],
            ["taken by the mail server", f"{taken:,}"],
        ],
        "goals": [
            ["list written", "≤ 10 s", f"{gathered:.1f} s", gathered <= 10],
            ["first mail", "≤ 1 s", f"{first:.2f} s", first <= 1],
            ["mails accepted", "≥ 2,000/s", f"{rate:,.0f}/s", rate >= 2_000],
            ["memory", "≤ 400 MB", f"{memory:,.0f} MB", memory <= 400],
            ["counts add up", "yes", "yes" if exact else "no", exact],
        ],
        "note": "Workers, PostgreSQL and the mail server share two cores. Memory is what belongs"
        " to them alone (private pages). The shipped segments have their members before it begins.",
    }


def _fill(port: int) -> float:
    """Make a store with as many people who agree; returns the seconds of the floor."""
    from django.db import connection

    from shopbell.kit.db.scope import store_scope, unscoped
    from tests.campaigns.ground import add_people_who_agree, add_profiles
    from tests.support.shop import add_smtp, make_store

    policies = {"quiet_from": "00:00", "quiet_until": "00:00", "campaign_limit": 10_000_000}
    store = make_store("bench", policies=policies)
    add_smtp(store, port)
    for start in range(0, PEOPLE, 100_000):
        add_people_who_agree(store, min(100_000, PEOPLE - start), first=start)
    add_profiles(store)
    with unscoped("a measurement"), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with store_scope(store.pk), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE floor (id uuid PRIMARY KEY, store_id bigint, customer_id uuid,"
            " state text) ON COMMIT DROP"
        )
        begun = time.perf_counter()
        cursor.execute(
            "INSERT INTO floor SELECT uuidv7(), store_id, customer_id, 'pending'"
            " FROM segments_profile"
        )
        return time.perf_counter() - begun


def _segments_stand() -> bool:
    """Return whether the shipped segments have their members, as in a store that has been open."""
    from shopbell.kit.db.scope import unscoped
    from shopbell.segments.models import Segment

    with unscoped("a measurement"):
        rows = list(Segment.objects.values_list("built", flat=True))
    return bool(rows) and 0 not in rows


def _start() -> Any:
    from shopbell.accounts.queries import store_by_slug
    from shopbell.campaigns import actions
    from shopbell.kit.db.scope import store_scope
    from tests.campaigns.ground import SAID

    store = store_by_slug("bench")
    with store_scope(store.pk):
        row = actions.start_campaign(name="Spring", by=None)
        actions.write_variant(campaign=row, variant="A", texts=SAID)
        return actions.submit_campaign(store=store, campaign=row, by=None)


def _people(row: Any) -> int:
    from shopbell.campaigns.models import Campaign
    from shopbell.kit.db.scope import store_scope

    with store_scope(row.store_id):
        return int(Campaign.objects.values_list("people", flat=True).get(pk=row.pk))


def _cancelled(row: Any) -> dict[str, int]:
    """Cancel it, wait until nobody is on the way, and count."""
    from shopbell.campaigns import actions
    from shopbell.campaigns.models import Campaign
    from shopbell.campaigns.report import report_of
    from shopbell.kit.db.scope import store_scope

    with store_scope(row.store_id):
        actions.cancel_campaign(campaign=row, by=None)

    def is_settled() -> bool:
        with store_scope(row.store_id):
            return Campaign.objects.get(pk=row.pk).settled_at is not None

    _until(is_settled, time.perf_counter())
    with store_scope(row.store_id):
        return dict(report_of(row).numbers)


def _until(condition: Callable[[], bool], begun: float, seconds: float = 900.0) -> float:
    """Wait until something holds; returns the seconds since `begun`."""
    while not condition():
        if time.perf_counter() - begun > seconds:
            raise SystemExit("The campaign does not go on.")
        time.sleep(0.02)
    return time.perf_counter() - begun


def _megabytes(pid: int) -> float:
    """Return the private memory of a process and its children."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private"))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own / 1024 + sum(_megabytes(int(child)) for child in children)
