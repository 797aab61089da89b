"""`python -m benchmarks [name ...] [--write]`: measure. Without names: everything, and write."""

import os
import platform
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from benchmarks.apart import measured
from benchmarks.ground import ROOT

_TARGET = ROOT / "docs" / "benchmarks.md"
_FIGURES = "<!-- figures: "


def main(arguments: list[str]) -> int:
    """Run, print, perhaps write; returns 1 when a goal is missed."""
    names = [name for name in arguments if not name.startswith("-")]
    tables = {}
    for name in names or _all():
        sys.stderr.write(f"{name} …\n")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            tables[name] = apart.submit(measured, name).result()
        sys.stdout.write(_markdown(name, tables[name]) + "\n")
    if not names or "--write" in arguments:
        _write(tables)
    missed = [goal for table in tables.values() for goal in table.get("goals", []) if not goal[3]]
    for goal in missed:
        sys.stderr.write(f"missed: {goal[0]}: {goal[2]}, goal {goal[1]}\n")
    return 1 if missed else 0


def _all() -> list[str]:
    found = sorted(module.name for module in iter_modules([str(ROOT / "benchmarks")]))
    return [
        name for name in found if "\ndef run(" in (ROOT / "benchmarks" / f"{name}.py").read_text()
    ]


def _markdown(name: str, table: dict[str, Any]) -> str:
    columns = [str(column) for column in table["columns"]]
    lines = [f"## {table['title']}", "", _row(columns), _row(["---"] * len(columns))]
    lines += [_row([_cell(cell) for cell in row]) for row in table["rows"]]
    if table.get("goals"):
        lines += ["", _row(["goal", "wanted", "measured", ""]), _row(["---"] * 4)]
        lines += [
            _row([what, goal, measured, "reached" if reached else "missed"])
            for what, goal, measured, reached in table["goals"]
        ]
    if table.get("note"):
        lines += ["", str(table["note"])]
    lines += ["", f"Measured {date.today().isoformat()} with `python -m benchmarks {name}`.", ""]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _write(tables: dict[str, dict[str, Any]]) -> None:
    """Write the file; tables measured earlier and not now stay as they were."""
    kept = _earlier()
    kept.update({name: _markdown(name, table) for name, table in tables.items()})
    parts = ["# Benchmarks", "", _machine(), ""]
    for name in sorted(kept):
        parts += [f"{_FIGURES}{name} -->", kept[name]]
    _TARGET.parent.mkdir(exist_ok=True)
    _TARGET.write_text("\n".join(parts))


def _earlier() -> dict[str, str]:
    if not _TARGET.exists():
        return {}
    chunks = _TARGET.read_text().split(_FIGURES)[1:]
    return {name: f"{text.strip()}\n" for name, _, text in (c.partition(" -->\n") for c in chunks)}


def _machine() -> str:
    from shopbell.operations.postgres_places import MAJOR

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"Measured on {os.cpu_count()} cores ({_processor()}), {memory:.0f} GB of memory, "
        f"{platform.system()}, Python {platform.python_version()}, embedded PostgreSQL {MAJOR}, "
        f"last on {date.today().isoformat()}. Read ratios rather than absolute figures: the load "
        "generator and the database share the cores."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
