"""Reads about imports: runs of files, and how far the history of a shop was read."""

import zlib
from dataclasses import dataclass
from uuid import UUID

from shopbell.connections.models import Connection, ConnectionState
from shopbell.kit.errors import NotFound
from shopbell.orders.models import ImportRun, ImportState
from shopbell.orders.ports import SHOPS
from shopbell.orders.sync import IMPORT_KINDS

RUNNING = (ImportState.CHECKING, ImportState.IMPORTING)
_HEAVY = ("content", "refused", "mistakes")


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing in a shop's history. `total` 0: the shop did not say."""

    kind: str
    done: int
    total: int
    finished: bool


@dataclass(frozen=True, slots=True)
class History:
    """How far the history of a shop was read. `state` is empty before the first time."""

    state: str
    error: str
    parts: tuple[Part, ...]

    @property
    def running(self) -> bool:
        """Whether it is being read, or about to be."""
        return self.state in ("waiting", "running")


def run_by_id(run_id: UUID) -> ImportRun:
    """Return a run of the store in scope or raise `NotFound`."""
    found = ImportRun.objects.filter(pk=run_id).first()
    if found is None:
        raise NotFound("There is no such import.", remedy="Go back to the list.")
    return found


def recent_runs() -> list[ImportRun]:
    """Return the last files, newest first, without their content."""
    return list(ImportRun.objects.defer(*_HEAVY).order_by("-created_at", "-id")[:20])


def refused_csv(run: ImportRun) -> bytes:
    """Return the refused rows as a CSV file or raise `NotFound`."""
    if not run.refused:
        raise NotFound("No row of this file was refused.")
    return zlib.decompress(run.refused)


def can_be_read(row: Connection) -> bool:
    """Return whether a shop has a history that can be read."""
    off = (ConnectionState.OFF, ConnectionState.REMOVED)
    return row.connector in SHOPS and bool(SHOPS.get(row.connector).kinds) and row.state not in off


def readable_shops() -> list[Connection]:
    """Return the connected shops whose history can be read."""
    rows = Connection.objects.filter(family="shop").order_by("created_at")
    return [row for row in rows if can_be_read(row)]


def history_of(row: Connection) -> History:
    """Return how far the history of a shop was read."""
    told = dict(row.sync.get("import") or {})
    done, totals = told.get("done") or {}, told.get("total") or {}
    kinds = [kind for kind in IMPORT_KINDS if kind in SHOPS.get(row.connector).kinds]
    finished = told.get("finished") or []
    parts = tuple(
        Part(kind, done.get(kind, 0), totals.get(kind) or 0, kind in finished) for kind in kinds
    )
    return History(told.get("state", ""), told.get("error", ""), parts)


def note_waiting(row: Connection) -> None:
    """Remember that a reading was asked for, so that the page shows it at once."""
    place = Connection.objects.select_for_update().get(pk=row.pk)
    told = dict(place.sync.get("import") or {})
    if told.get("state") == "done":  # begin anew
        told = {}
    place.sync = {**place.sync, "import": {**told, "state": "waiting", "error": ""}}
    place.save(update_fields=["sync"])
