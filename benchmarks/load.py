"""The load generator: kept-open connections that send the next request when the last is answered.

Runs in a process of its own (`python -m benchmarks.load`, a plan as JSON on standard input, figures
as JSON on standard output). A newcomer's mistake: a general HTTP client here. It would be slower
than what it measures.
"""

import asyncio
import itertools
import json
import os
import subprocess
import sys
import time
from collections import Counter
from typing import Any, cast

import uvloop


class _Connection(asyncio.Protocol):
    """One client. `requests` gives the next request's bytes."""

    def __init__(self, run: "_Run") -> None:
        self.run = run
        self.waiting = b""
        self.begun = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.ask()

    def ask(self) -> None:
        assert self.transport is not None
        now = time.perf_counter()
        if now >= self.run.until:
            self.transport.close()
            return
        self.begun = now
        self.transport.write(self.run.next())

    def data_received(self, data: bytes) -> None:
        if self.waiting:
            data = self.waiting + data
        head = data.find(b"\r\n\r\n")
        if head >= 0:
            place = data.find(b"content-length: ", 0, head)
            length = int(data[place + 16 : data.find(b"\r\n", place)]) if place >= 0 else 0
            if len(data) >= head + 4 + length:
                self.waiting = b""
                self.run.answered(data[9:12], time.perf_counter() - self.begun)
                self.ask()
                return
        self.waiting = data

    def connection_lost(self, exc: Exception | None) -> None:
        self.run.lost(self)


class _Run:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.until = 0.0
        self.statuses: Counter[bytes] = Counter()
        self.times: list[float] = []
        self.open = 0
        self.broken = 0
        self.done = asyncio.Event()
        self._head: bytes = plan["head"].encode()
        self._bodies: list[bytes] = [body.encode() for body in plan["bodies"]]
        self._heads: list[bytes] = [head.encode() for head in plan.get("heads", [""])]
        self._unique = f"{plan['name']}-{os.getpid()}-{time.time_ns()}-"
        self._numbers = itertools.count()

    def next(self) -> bytes:
        """Return a request."""
        number = next(self._numbers)
        place = number % len(self._bodies)
        body = self._bodies[place]
        unique = f"{self._unique}{number}".encode()
        if self.plan["id_in_body"]:
            body = body.replace(b"@", unique)
        head = self._head + self._heads[place % len(self._heads)]
        return head.replace(b"@", unique) + b"content-length: %d\r\n\r\n" % len(body) + body

    def answered(self, status: bytes, seconds: float) -> None:
        self.statuses[status] += 1
        self.times.append(seconds)

    def lost(self, connection: _Connection) -> None:
        if time.perf_counter() < self.until:
            self.broken += 1
        self.open -= 1
        if self.open == 0:
            self.done.set()

    async def go(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        begun = time.perf_counter()
        self.until = begun + float(self.plan["seconds"])
        clients = int(self.plan["clients"])
        self.open = clients
        for _ in range(clients):
            await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self.plan["port"])
        await asyncio.wait_for(self.done.wait(), float(self.plan["seconds"]) + 30)
        times = sorted(self.times)
        spent = time.perf_counter() - begun
        return {
            "requests": len(times),
            "seconds": spent,
            "per_second": len(times) / spent,
            "p50_ms": times[len(times) // 2] * 1000 if times else None,
            "p99_ms": times[int(len(times) * 0.99)] * 1000 if times else None,
            "statuses": {key.decode(): count for key, count in self.statuses.items()},
            "broken": self.broken,
        }


def measure(
    *,
    name: str,
    port: int,
    head: str,
    bodies: list[str],
    heads: list[str] | None = None,
    clients: int = 32,
    seconds: float = 4.0,
    id_in_body: bool = False,
) -> dict[str, Any]:
    """Run the generator in a process of its own and return its figures.

    `head` is the request line and headers without the length; `heads[i]` are headers that belong
    to `bodies[i]`. `@` becomes an id that is different in each request.
    """
    plan = {
        "name": name,
        "port": port,
        "head": head,
        "heads": heads or [""],
        "bodies": bodies,
        "clients": clients,
        "seconds": seconds,
        "id_in_body": id_in_body,
    }
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, Any] = json.loads(made.stdout)
    return figures


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(_Run(json.load(sys.stdin)).go())))
