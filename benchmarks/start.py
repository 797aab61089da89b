"""How long until ready, and how much memory everything takes together when idle.

Memory is the proportional set size (pages shared by several processes are counted once) of the
supervisor and everything below it, PostgreSQL included, half a minute after the start.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.whole import started

IDLE_SECONDS = 30.0


def run() -> dict[str, Any]:
    """Measure; returns a table with its goals."""
    home = Path(tempfile.mkdtemp(prefix="shopbell-bench-"))
    try:
        with started(home) as place:
            first = place.ready_seconds
            time.sleep(IDLE_SECONDS)
            memory = _memory(place.pid)
        with started(home) as place:
            second = place.ready_seconds
    finally:
        shutil.rmtree(home, ignore_errors=True)
    total = sum(memory.values())
    rows = [["ready, first start", f"{first:.1f} s"], ["ready, next start", f"{second:.1f} s"]]
    rows += [[f"idle memory, {name}", f"{size:.0f} MB"] for name, size in sorted(memory.items())]
    rows.append(["idle memory, all together", f"{total:.0f} MB"])
    return {
        "title": "Start and memory",
        "columns": ["what", "figure"],
        "rows": rows,
        "goals": [
            ["ready on the first start", "≤ 5 s", f"{first:.1f} s", first <= 5],
            ["ready on a later start", "≤ 3 s", f"{second:.1f} s", second <= 3],
            ["idle memory", "≤ 250 MB", f"{total:.0f} MB", total <= 250],
        ],
        "note": "Without the demo. Memory as proportional set size.",
    }


def _memory(root: int) -> dict[str, float]:
    """Return megabytes by kind of process, for a process and all its descendants."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(
                    (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
                )
            except (FileNotFoundError, ProcessLookupError):
                continue
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    sizes: dict[str, float] = {}
    for pid in family:
        try:
            name = (Path("/proc") / str(pid) / "comm").read_text().strip()
            rollup = (Path("/proc") / str(pid) / "smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        kind = "PostgreSQL" if name.startswith("postgres") else "Shopbell"
        for line in rollup.splitlines():
            if line.startswith("Pss:"):
                sizes[kind] = sizes.get(kind, 0.0) + int(line.split()[1]) / 1024
    return sizes
