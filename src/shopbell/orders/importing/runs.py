"""The life of one file: mapping, checking, checked, importing, done. Steps are jobs with progress.

A newcomer's mistake: writing the progress in the transaction that imports. Nobody else would see
it; `Teller` writes it on a connection of its own.
"""

import threading
import uuid
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import structlog
from django.db import connections, transaction

from shopbell.accounts.models import Store
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid, NotFound, ShopbellError
from shopbell.kit.text import one_line, storable
from shopbell.orders.importing.columns import PLANS, guessed, missing
from shopbell.orders.importing.files import Sheet, open_sheet, write_csv
from shopbell.orders.importing.rows import Mistake, Reader, Thing
from shopbell.orders.importing.values import Manner, day_comes_first
from shopbell.orders.importing.writing import all_or_nothing, batches, with_orders, write_things
from shopbell.orders.models import ImportRun, ImportState
from shopbell.web.live import announce

log = structlog.get_logger()

SHOWN_MISTAKES = 200
_SAMPLE = 500


@transaction.atomic
def start_run(*, store: Store, noun: str, file_name: str, content: bytes, by: str) -> ImportRun:
    """Take a file in and guess what its columns are.

    Raises:
        Invalid: it is no table we can read.
    """
    if noun not in PLANS:
        raise Invalid("Choose what is in the file.", fields={"noun": "is not one of ours"})
    sheet = open_sheet(content)
    count = sum(1 for _ in sheet.rows())
    if not count:
        raise Invalid("This file has headings and no rows.")
    return ImportRun.objects.create(
        store=store,
        noun=noun,
        file_name=one_line(storable(file_name), 200) or "file.csv",
        content=zlib.compress(content, 6),
        mapping=guessed(PLANS[noun], sheet.header),
        manner=manner_of(sheet, store),
        rows=count,
        by=by[:320],
    )


def manner_of(sheet: Sheet, store: Store) -> dict[str, Any]:
    """Guess how a file writes dates and money."""
    sample = (
        cell for (_, cells), _ in zip(sheet.rows(), range(_SAMPLE), strict=False) for cell in cells
    )
    return {
        "zone": store.timezone,
        "day_first": day_comes_first(sample, store.locale),
        "currency": store.currency,
    }


@transaction.atomic
def choose_columns(*, run: ImportRun, mapping: dict[str, int], day_first: bool) -> ImportRun:
    """Say which column tells what, and have the file checked.

    Raises:
        Invalid: a column that is needed was not chosen, or one was chosen twice.
        Conflict: it is being checked or imported already.
    """
    row = _locked(run, ImportState.MAPPING, ImportState.CHECKED, ImportState.FAILED)
    plan = PLANS[row.noun]
    if problems := missing(plan, mapping):
        raise Invalid(" ".join(problems), fields={"columns": problems[0]})
    if len(set(mapping.values())) != len(mapping):
        raise Invalid("One column of the file was chosen twice. Choose each once.")
    row.mapping, row.manner = mapping, row.manner | {"day_first": day_first}
    return _go(row, ImportState.CHECKING, "orders.check_file")


@transaction.atomic
def confirm_run(*, run: ImportRun) -> ImportRun:
    """Import the good rows of a checked file."""
    row = _locked(run, ImportState.CHECKED)
    if not row.good:
        raise Invalid("There is no row that could be imported.")
    return _go(row, ImportState.IMPORTING, "orders.import_file")


@transaction.atomic
def stop_run(*, run: ImportRun) -> ImportRun:
    """Put a file aside without importing it."""
    row = _locked(run, ImportState.MAPPING, ImportState.CHECKED, ImportState.FAILED)
    row.state, row.content, row.finished_at = ImportState.STOPPED, b"", clock.now()
    row.save(update_fields=["state", "content", "finished_at"])
    return row


def _locked(run: ImportRun, *states: ImportState) -> ImportRun:
    row = ImportRun.objects.select_for_update().get(pk=run.pk)
    if row.state not in states:
        raise Conflict(
            f"This file is {ImportState(row.state).label.lower()}.", remedy="Reload the page."
        )
    return row


def _go(row: ImportRun, state: ImportState, task: str) -> ImportRun:
    from procrastinate.contrib.django import app

    row.state, row.done, row.problem = state, 0, ""
    row.save(update_fields=["state", "done", "problem", "mapping", "manner"])
    job = app.configure_task(task, lock=f"import:{row.pk}")
    job.defer(store_id=row.store_id, run_id=str(row.pk))
    return row


def check_file(store_id: int, run_id: uuid.UUID) -> None:
    """Look at every row and note what is wrong. Writes nothing but the run."""
    step = _begin(store_id, run_id, ImportState.CHECKING)
    if step is None:
        return
    with step:
        mistakes: list[Mistake] = []
        refused: list[list[str]] = []
        good = bad = done = 0
        with store_scope(store_id):
            for batch in batches(step.things()):
                with_orders(batch)
                for thing in batch:
                    done += len(thing.rows)
                    if thing.mistakes:
                        bad += 1
                        mistakes += thing.mistakes[: SHOWN_MISTAKES - len(mistakes)]
                        refused += refused_rows(thing)
                    else:
                        good += 1
                step.teller.done = done
        header = [*step.sheet.header, "Row", "What is wrong"]
        step.finish(
            state=ImportState.CHECKED,
            good=good,
            bad=bad,
            mistakes=[
                {"row": m.row, "column": m.column, "cell": storable(m.cell), "said": m.said}
                for m in mistakes
            ],
            refused=zlib.compress(write_csv([header, *refused])) if refused else b"",
        )


def import_file(store_id: int, run_id: uuid.UUID) -> None:
    """Write every good row in one transaction; if that fails, nothing was written."""
    step = _begin(store_id, run_id, ImportState.IMPORTING)
    if step is None:
        return
    with step, store_scope(store_id):
        written = write_things(step.things(), step.teller.hear)
        all_or_nothing(step.run.good, written)
        step.finish(state=ImportState.DONE, content=b"", finished_at=clock.now())


def refused_rows(thing: Thing) -> list[list[str]]:
    """Return the rows of a bad thing, each with what is wrong in it."""
    return [
        [*cells, str(number), " ".join(str(m) for m in thing.mistakes if m.row == number)]
        for number, cells in thing.rows
    ]


def sheet_of(run: ImportRun) -> Sheet:
    """Return the file of a run."""
    if not run.content:
        raise NotFound("The file is not kept any more.", remedy="Upload it again.")
    return open_sheet(zlib.decompress(run.content))


class Teller:
    """Writes how far a step is, once a second, on a connection of its own."""

    def __init__(self, store_id: int, run_id: uuid.UUID) -> None:
        self.done = 0
        self._store_id, self._run_id = store_id, run_id
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="import-progress", daemon=True)

    def hear(self, done: int) -> None:
        """Hear how many rows were looked at."""
        self.done = done

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End; the row of the run is free again."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        told = 0
        try:
            while not self._over.wait(1.0):
                if self.done != told:
                    told = self.done
                    with store_scope(self._store_id):
                        ImportRun.objects.filter(pk=self._run_id).update(done=told)
        except Exception as error:  # progress is a courtesy; the step goes on
            log.warning("import.progress", error=repr(error)[:200])
        finally:
            connections.close_all()


def _begin(store_id: int, run_id: uuid.UUID, state: ImportState) -> "_Step | None":
    """Return the step, or None if the run is elsewhere by now: a job may come twice."""
    with store_scope(store_id):
        run = ImportRun.objects.filter(pk=run_id, state=state).first()
    return _Step(run) if run is not None else None


class _Step:
    """One step of a run: tells its progress, and notes a failure on it."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.sheet = sheet_of(run)
        self._store_id, self._run_id = run.store_id, run.pk
        self.teller = Teller(run.store_id, run.pk)

    def __enter__(self) -> Self:
        self.teller.__enter__()
        return self

    def things(self) -> Iterator[Thing]:
        """Yield the things of the file."""
        manner = Manner(**self.run.manner)
        reader = Reader(PLANS[self.run.noun], self.sheet.header, self.run.mapping, manner)
        return reader.things(self.sheet.rows())

    def finish(self, **changes: Any) -> None:
        """Note the end of the step on the run."""
        self.teller.stop()
        with store_scope(self._store_id):
            ImportRun.objects.filter(pk=self._run_id).update(done=self.run.rows, **changes)
            announce(self._store_id, "imports", str(self._run_id))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        self.teller.stop()
        if not isinstance(error, Exception):
            return False
        log.error("import.failed", run=str(self._run_id), error=repr(error)[:500])
        words = (
            error.message if isinstance(error, ShopbellError) else "Something broke on our side."
        )
        with store_scope(self._store_id):
            ImportRun.objects.filter(pk=self._run_id).update(
                state=ImportState.FAILED, problem=f"{words} Nothing was imported."[:1000]
            )
        return True
