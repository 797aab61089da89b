"""Imports from the terminal: a CSV file, or the history of a connected shop, with progress.

They run in this process, without a worker. A newcomer's mistake: printing within the transaction.
What is told is told when it is true.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connections, transaction
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_slug
from shopbell.connections.models import Connection
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid, NotFound, Temporary
from shopbell.orders.importing.columns import PLANS, guessed, missing
from shopbell.orders.importing.files import Sheet, open_sheet, write_csv
from shopbell.orders.importing.queries import can_be_read, history_of
from shopbell.orders.importing.rows import Mistake, Reader
from shopbell.orders.importing.runs import manner_of, refused_rows
from shopbell.orders.importing.values import Manner
from shopbell.orders.importing.writing import all_or_nothing, batches, with_orders, write_things
from shopbell.orders.sync import import_history

SHOWN = 20

type Tell = Callable[[int], None]


@dataclass(slots=True)
class Checked:
    """What a check of a file found."""

    good: int
    mistakes: list[Mistake]
    refused: list[list[str]]  # the rows to mend, each with what is wrong


def import_csv(
    noun: str,
    path: Path,
    *,
    store_slug: str,
    dry_run: bool = False,
    good_rows: bool = False,
    mend: Path | None = None,
) -> int:
    """Check a file and import it; returns the exit code (1: nothing was imported, rows to mend)."""
    console = Console()
    store = store_by_slug(store_slug)
    sheet = open_sheet(path.read_bytes())
    rows = sum(1 for _ in sheet.rows())
    with _bars(console) as bars:
        bar = bars.add_task("Checking", total=rows)
        checked = check_sheet(noun, sheet, store, lambda done: bars.update(bar, completed=done))
    _tell_mistakes(console, noun, checked, sheet, mend)
    if dry_run:
        console.print("Dry run: nothing was imported.")
        return 1 if checked.mistakes else 0
    if checked.mistakes and not good_rows:
        console.print("Nothing was imported. Mend the rows, or import the others: --good-rows")
        return 1
    with _bars(console) as bars:
        bar = bars.add_task("Importing", total=rows)
        tell: Tell = lambda done: bars.update(bar, completed=done)  # noqa: E731
        with store_scope(store.pk):
            written = write_things(_reader(noun, sheet, store).things(sheet.rows()), tell)
            all_or_nothing(checked.good, written)
    console.print(f"Done: {_count(noun, written)} imported. Nobody is written to about them.")
    return 0


def check_sheet(noun: str, sheet: Sheet, store: Store, tell: Tell) -> Checked:
    """Look at every row of a file; writes nothing.

    Raises:
        Invalid: a column that is needed has no heading we know.
    """
    checked, done = Checked(0, [], []), 0
    with store_scope(store.pk):
        for batch in batches(_reader(noun, sheet, store).things(sheet.rows())):
            with_orders(batch)
            for thing in batch:
                done += len(thing.rows)
                checked.mistakes += thing.mistakes
                if thing.mistakes:
                    checked.refused += refused_rows(thing)
                else:
                    checked.good += 1
            tell(done)
    return checked


def _reader(noun: str, sheet: Sheet, store: Store) -> Reader:
    plan = PLANS[noun]
    mapping = guessed(plan, sheet.header)
    if problems := missing(plan, mapping):
        raise Invalid(
            f"{' '.join(problems)} The headings are: {', '.join(sheet.header)}.",
            remedy="Rename a heading, or choose the columns on the page Import.",
        )
    return Reader(plan, sheet.header, mapping, Manner(**manner_of(sheet, store)))


def _tell_mistakes(
    console: Console, noun: str, checked: Checked, sheet: Sheet, mend: Path | None
) -> None:
    for mistake in checked.mistakes[:SHOWN]:
        console.print(str(mistake), markup=False, highlight=False)
    if len(checked.mistakes) > SHOWN:
        console.print(f"… and {len(checked.mistakes) - SHOWN} more.")
    if mend is not None and checked.refused:
        header = [*sheet.header, "Row", "What is wrong"]
        mend.write_bytes(write_csv([header, *checked.refused]))
        console.print(f"The rows to mend are in {mend}.", markup=False)
    console.print(f"{_count(noun, checked.good)} can be imported.")


def _count(noun: str, number: int) -> str:
    return f"{number} {PLANS[noun].singular if number == 1 else noun}"


def import_shop_history(*, store_slug: str, shop_slug: str) -> int:
    """Read the whole history of a connected shop, showing how far it is; returns the exit code."""
    console = Console()
    store = store_by_slug(store_slug)
    with store_scope(store.pk):
        shops = Connection.objects.filter(family="shop", slug=shop_slug)
        row = next((each for each in shops if can_be_read(each)), None)
    if row is None:
        raise NotFound(
            f"The store {store_slug!r} has no shop {shop_slug!r} whose history can be read.",
            remedy="Look at the page Connections: is it switched on?",
        )
    with store_scope(store.pk), transaction.atomic():  # a finished one begins anew
        place = Connection.objects.select_for_update().get(pk=row.pk)
        if (place.sync.get("import") or {}).get("state") == "done":
            place.sync = {name: told for name, told in place.sync.items() if name != "import"}
            place.save(update_fields=["sync"])
    _show_while(console, row, threading.Thread(target=_read, args=(row,), name="history"))
    with store_scope(store.pk):
        row.refresh_from_db()
    history = history_of(row)
    if history.state != "done":
        raise Temporary(f"{history.error or 'It stopped.'} What was read is kept; run this again.")
    total = sum(part.done for part in history.parts)
    console.print(f"Done: {total} read. Nobody is written to about them.")
    return 0


def _read(row: Connection) -> None:
    try:
        import_history(row.store_id, row.pk)
    finally:
        connections.close_all()


def _show_while(console: Console, row: Connection, work: threading.Thread) -> None:
    with _bars(console) as bars:
        tasks = {part.kind: bars.add_task(part.kind.capitalize(), total=None)
                 for part in history_of(row).parts}  # fmt: skip
        work.start()
        while True:
            work.join(0.5)
            with store_scope(row.store_id):
                now = history_of(Connection.objects.get(pk=row.pk))
            for part in now.parts:
                total = part.done if part.finished else part.total or None
                bars.update(tasks[part.kind], completed=part.done, total=total)
            if not work.is_alive():
                return


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
