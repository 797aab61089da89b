"""The chat with many visitors connected: how soon a message is there and back, and at what memory.

There and back: a visitor posts a message; the clock stops when that visitor's own stream tells of
it, so the way leads through the page, the database, its notice and the stream. Meanwhile all others
stay connected. `WIDGET_VISITORS` names other numbers than 1,000 and 5,000.
"""

import asyncio
import json
import os
import resource
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.ground import ground, served

CROWDS = tuple(int(n) for n in os.environ.get("WIDGET_VISITORS", "1000,5000").split(","))
TIMES = 300
WANTED_MS = {1000: 50, 5000: 150}
WANTED_KIB = 50
_NEWS = b'data: {"t":"new"}\n\n'
_TOGETHER = 50  # connections that are being opened

type _Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured with a number of visitors; times in ms, memory in KiB a connection."""

    visitors: int
    connected_seconds: float
    p50: float
    p99: float
    each: float


def run() -> dict[str, Any]:
    """Measure; returns a table with its goals."""
    most = max(CROWDS)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most * 2 + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))  # children inherit it
    figures = []
    with ground() as place:
        tokens = _visitors(most)
        for count in CROWDS:
            with served(place, "shopbell.config.asgi") as port:
                figures.append(asyncio.run(_measure(port, tokens[:count])))
    return _table(figures)


def _visitors(count: int) -> list[str]:
    """Make a store with a chat in which everybody has written before; returns their tokens."""
    from shopbell.accounts.actions import create_store
    from shopbell.accounts.models import Organisation
    from shopbell.connections.actions import save_connection
    from shopbell.conversations.models import Conversation, Thread
    from shopbell.conversations.visitors import new_visitor, token_of
    from shopbell.kit import clock
    from shopbell.kit.db.scope import store_scope

    organisation = Organisation.objects.create(name="Bench")
    store = create_store(organisation=organisation, slug="bench", name="Bench")
    with store_scope(store.pk):
        inbox = save_connection(
            store=store, family="channel", connector="widget", slug="chat", settings={}
        )
        people, now = [new_visitor(store) for _ in range(count)], clock.now()
        shared = {"store": store, "medium": "chat", "inbox": inbox, "created_at": now}
        talks = [
            Conversation(number=n, tags=[], message_count=1, last_message_at=now, **shared)
            for n in range(1, count + 1)
        ]
        Conversation.objects.bulk_create(talks)
        Thread.objects.bulk_create(
            Thread(conversation=talk, external_key=visitor.id, **shared)
            for talk, visitor in zip(talks, people, strict=True)
        )
        return [token_of(store, visitor) for visitor in people]


async def _measure(port: int, tokens: list[str]) -> Figure:
    pid = _server()
    first = await _connected(port, tokens[0])  # what the first one loads is nobody's own
    before, begun = _resident(pid), time.perf_counter()
    gate = asyncio.Semaphore(_TOGETHER)

    async def join(token: str) -> _Stream:
        async with gate:
            return await _connected(port, token)

    streams = [first, *await asyncio.gather(*(join(token) for token in tokens[1:]))]
    connected = time.perf_counter() - begun
    each = (_resident(pid) - before) / max(len(tokens) - 1, 1)
    step = max(len(tokens) // TIMES, 1)
    times = []
    for place in range(0, len(tokens), step):
        times.append(await _there_and_back(port, tokens[place], streams[place][0]))
    for _, writer in streams:
        writer.close()
    for _, writer in streams:
        with suppress(OSError):
            await writer.wait_closed()
    times = sorted(times[len(times) // 10 :])
    p99 = times[int(len(times) * 0.99)]
    return Figure(len(tokens), connected, median(times) * 1000, p99 * 1000, each)


async def _connected(port: int, token: str) -> _Stream:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        "GET /widget/bench/stream HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"authorization: Bearer {token}\r\n\r\n".encode()
    )
    await asyncio.wait_for(reader.readuntil(_NEWS), 60)
    return reader, writer


async def _there_and_back(port: int, token: str, stream: asyncio.StreamReader) -> float:
    body = json.dumps({"client_id": str(uuid.uuid4()), "text": "Where is my order?"}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = asyncio.create_task(asyncio.wait_for(stream.readuntil(_NEWS), 30))
    begun = time.perf_counter()
    writer.write(
        "POST /widget/bench/messages HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
        f"authorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    answer = await reader.readuntil(b"\r\n")
    if b" 20" not in answer:
        raise SystemExit(f"A message was refused: {answer!r} {(await reader.read())[-300:]!r}")
    await heard
    spent = time.perf_counter() - begun
    writer.close()
    return spent


def _server() -> int:
    """Return the process id of the web process that was started from here."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (entry / "cmdline").read_bytes()
            if parent == os.getpid() and b"benchmarks.serving" in command:
                return int(entry.name)
    raise SystemExit("The web process is gone.")


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024


def _table(figures: list[Figure]) -> dict[str, Any]:
    rows = [
        [each.visitors, f"{each.connected_seconds:.1f}", f"{each.p50:.0f}", f"{each.p99:.0f}",
         f"{each.each:.0f}"]
        for each in figures
    ]  # fmt: skip
    goals = []
    for each in figures:
        crowd = f"{each.visitors:,} visitors"
        if wanted := WANTED_MS.get(each.visitors):
            told = f"{each.p99:.0f} ms"
            goals.append([f"{crowd}, p99", f"≤ {wanted} ms", told, each.p99 <= wanted])
        told = f"{each.each:.0f} KiB"
        goals.append(
            [f"{crowd}, memory each", f"≤ {WANTED_KIB} KiB", told, each.each <= WANTED_KIB]
        )
    return {
        "title": "The chat with many visitors connected",
        "columns": [
            "visitors",
            "all connected in s",
            "there and back p50 ms",
            "p99 ms",
            "KiB each",
        ],
        "rows": rows,
        "goals": goals,
        "note": "One web process. A visitor's message is posted, committed, and told to that "
        "visitor's own stream by NOTIFY, one after the other, while all are connected.",
    }
