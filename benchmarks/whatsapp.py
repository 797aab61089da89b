"""WhatsApp in bulk: sending at the rate of each number, webhooks by the second, a dead provider.

A real worker and a real web process; the strict stand-in for Meta runs here, refuses what is too
fast, and its clock counts.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from typing import IO, Any

from shopbell.connectors.channels.whatsapp_cloud.webhooks import SIGNATURE_HEADER, sign
from tests.connectors.channels.faults import Fault
from tests.connectors.channels.whatsapp_cloud.fake import ACCOUNT, SECRET, TOKEN, MetaFake, Taken
from tests.support import postgres
from tests.support.mailbox_toml import ORGANISATION
from tests.support.processes import Installation, installation

NUMBERS, EACH, ROUND = 5, 600, 20
QUEUE_SECONDS = 30.0
HOOKS_A_SECOND, CLIENTS = 200, 20
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
ALONE, DEAD = 180, 400
_INBOX = """
[[store.inbox]]
slug = "{slug}"
channel = "whatsapp_cloud"
address = "+4930555{place:03d}"

[store.inbox.settings]
phone_number_id = "{number}"
business_account_id = "{account}"
access_token = "{token}"
app_secret = "{secret}"
verify_token = "a word of our own"
api_base = "{url}"
timeout = 10.0
"""


def run() -> dict[str, Any]:
    """Measure; returns a table with its goals."""
    postgres.ensure_server()
    try:
        with MetaFake(with_window=False) as meta, MetaFake(with_window=False) as dead:
            for place in range(NUMBERS):
                meta.add_number(_number(place), f"+49 30 555{place:03d}")
            dead.add_number(_number(NUMBERS), "+49 30 555999")
            with installation("benchwhatsapp") as bell:
                bell.apply(ORGANISATION + _inboxes(meta, dead))
                with Queue(bell) as queue:
                    rate, fastest = _sending(bell, meta, queue)
                    bell.start_web()
                    hooks = _webhooks(bell, meta)
                    before, again, beside = _beside_the_dead(meta, dead, queue)
    finally:
        postgres.shutdown()
    refused = len(meta.refusals)
    slower = beside / statistics.mean([before, again]) - 1
    return {
        "title": "WhatsApp",
        "columns": ["what", "figure"],
        "rows": [
            [f"{NUMBERS * EACH:,} messages over {NUMBERS} numbers, one worker", f"{rate:,.0f}/s"],
            ["most in any second of one number (80 are allowed)", f"{fastest}"],
            ["refused by the provider for being too fast", f"{refused}"],
            [f"{HOOKS_A_SECOND} webhooks/s of 2–20 KB for {SECONDS:.0f} s, p50", hooks["p50"]],
            ["the same, p99", hooks["p99"]],
            ["the same, oldest that waited to be read", hooks["lag"]],
            ["one message of a number while all is well, p50", f"{before * 1000:.0f} ms"],
            ["the same measured once more", f"{again * 1000:.0f} ms"],
            ["the same beside a provider that never answers", f"{beside * 1000:.0f} ms"],
        ],
        "goals": [
            ["sending, one worker", "≥ 300/s", f"{rate:,.0f}/s", rate >= 300],
            ["each number", "≤ 80/s", f"{fastest}/s", fastest <= 80 and not refused],
            ["webhooks p99", "≤ 500 ms", hooks["p99"], hooks["p99_s"] <= 0.5],
            ["webhooks not answered with 200", "0", f"{hooks['errors']}", hooks["errors"] == 0],
            ["webhooks, lag", "≤ 10 s", hooks["lag"], hooks["lag_s"] <= 10],
            ["a dead provider's cost for others", "≤ +10 %", f"{slower:+.0%}", slower <= 0.1],
        ],
        "note": "Worker, web, PostgreSQL, the stand-in and the load share two cores.",
    }


def _number(place: int) -> str:
    return f"1002003004{place:05d}"


def _inboxes(meta: MetaFake, dead: MetaFake) -> str:
    return "".join(
        _INBOX.format(
            slug=f"n{place}", place=place, number=_number(place), account=ACCOUNT, token=TOKEN,
            secret=SECRET, url=(meta if place < NUMBERS else dead).url,
        )
        for place in range(NUMBERS + 1)
    )  # fmt: skip


class Queue:
    """A process that queues answers to people who have just written, see `whatsapp_queue`."""

    def __init__(self, bell: Installation) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.whatsapp_queue"],
            env=bell.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._people = 0

    def __enter__(self) -> "Queue":
        return self

    def __exit__(self, *_: object) -> None:
        self._in.close()
        self._process.wait(20)

    @property
    def _in(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    def answer(self, inbox: str, count: int, due: float = 0.0) -> float:
        """Queue messages to people not written to before; returns when they were committed.

        `due`: the time from which they may leave, in seconds since 1970; 0: at once.
        """
        assert self._process.stdout is not None
        told = {"inbox": inbox, "first": self._people, "count": count, "due": due}
        self._in.write(json.dumps(told) + "\n")
        self._in.flush()
        self._people += count
        return float(self._process.stdout.readline())


def _sending(bell: Installation, meta: MetaFake, queue: Queue) -> tuple[float, int]:
    """Return the messages a second, and the most of one number in any second."""
    due = time.time() + QUEUE_SECONDS  # so that neither queueing nor the start are measured
    for _ in range(EACH // ROUND):  # they come mixed, as they do in a day of five shops
        for place in range(NUMBERS):
            queue.answer(f"n{place}", ROUND, due)
    bell.start_worker()
    assert time.time() < due
    bell.wait_until(lambda: meta.taken >= NUMBERS * EACH, seconds=120, every=0.1)
    moments = sorted(taken.at for taken in meta.sent)
    whole = len(moments) / (moments[-1] - moments[0])
    return whole, _fastest(meta.sent)


def _fastest(sent: list[Taken]) -> int:
    most, of = 0, defaultdict(list)
    for taken in sent:
        of[taken.number].append(taken.at)
    for moments in of.values():
        first = 0
        for place, moment in enumerate(moments):
            while moment - moments[first] >= 1.0:
                first += 1
            most = max(most, place - first + 1)
    return most


def _webhooks(bell: Installation, meta: MetaFake) -> dict[str, Any]:
    """Post webhooks at an even rate; returns their figures."""
    times: list[float] = []
    errors: list[int] = []
    lags: list[float] = [0.0]
    until = time.monotonic() + SECONDS

    def post(client: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", bell.port, timeout=30)
        number = 0
        start = time.monotonic()
        while time.monotonic() < until:
            due = start + number * CLIENTS / HOOKS_A_SECOND + client / HOOKS_A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            body = _hook(meta, client, number)
            begun = time.perf_counter()
            line.request("POST", "/hooks/whatsapp_cloud/lark/n0", body, _signed(body))
            answer = line.getresponse()
            answer.read()
            times.append(time.perf_counter() - begun)
            if answer.status != 200:
                errors.append(answer.status)
            number += 1

    threads = [threading.Thread(target=post, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        lags.append(float(bell.value(_OLDEST)))
        time.sleep(1.0)
    times.sort()
    p99 = times[int(len(times) * 0.99) - 1]
    return {
        "p50": f"{statistics.median(times) * 1000:.0f} ms",
        "p99": f"{p99 * 1000:.0f} ms",
        "p99_s": p99,
        "lag": f"{max(lags):.1f} s",
        "lag_s": max(lags),
        "errors": len(errors),
    }


_OLDEST = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)::float8
    FROM connections_intake WHERE state = 'pending'"""


def _hook(meta: MetaFake, client: int, number: int) -> bytes:
    """Return statuses of a message of ours, 2 to 20 KB of them."""
    taken = meta.sent[(client * 131 + number) % (NUMBERS * EACH)]
    statuses = [meta.status(taken, "delivered")["entry"][0]["changes"][0]["value"]["statuses"][0]]
    padding = "x" * (2_000 + (client * 977 + number * 389) % 18_000)
    statuses[0] |= {"nonce": f"{client}-{number}", "padding": padding}
    return json.dumps(meta.webhook(_number(0), statuses=statuses)).encode()


def _signed(body: bytes) -> dict[str, str]:
    return {SIGNATURE_HEADER: sign(body, SECRET), "content-type": "application/json"}


def _beside_the_dead(meta: MetaFake, dead: MetaFake, queue: Queue) -> tuple[float, ...]:
    """Return how long one message takes: alone, again alone, beside one that never answers."""
    before, again = _one_by_one(meta, queue), _one_by_one(meta, queue)
    dead.faults.always = Fault.STALL
    queue.answer(f"n{NUMBERS}", DEAD)
    time.sleep(2.0)
    return before, again, _one_by_one(meta, queue)


def _one_by_one(meta: MetaFake, queue: Queue) -> float:
    waits = []
    for place in range(ALONE):
        count = meta.taken
        begun = queue.answer(f"n{place % NUMBERS}", 1)
        deadline = time.monotonic() + 30
        while meta.taken == count and time.monotonic() < deadline:
            time.sleep(0.001)
        waits.append(meta.sent[-1].at - begun)
        time.sleep(0.05)
    return statistics.median(waits)
