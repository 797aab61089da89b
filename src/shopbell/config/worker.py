"""The worker process: pump threads, the job queue, a listener that wakes them, a heartbeat.

Each pump thread has its own database connection. The process ends by itself when the heartbeat
finds that a pump has made no progress for a minute: the supervisor starts a fresh one.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import psycopg
import structlog
from django.db import connection, connections
from django.db.utils import InterfaceError, OperationalError

from shopbell.events.actions import WAKE_CHANNEL
from shopbell.events.models import Heartbeat
from shopbell.events.pump import PUMPS, Pump, rest_after
from shopbell.events.pump import stopping as batches
from shopbell.kit import clock
from shopbell.kit.db.clocks import follow_database_clock
from shopbell.messaging.library import compile_shipped_texts
from shopbell.messaging.templates import POOL

log = structlog.get_logger()

STUCK_SECONDS = 900.0
BEAT_SECONDS = 5.0


@dataclass(slots=True)
class Loop:
    """One thread of one pump."""

    pump: Pump
    number: int
    woken: threading.Event = field(default_factory=threading.Event)
    progressed_at: float = field(default_factory=time.monotonic)
    taken: int = 0


class Worker:
    """Everything one worker process runs."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.loops = [Loop(pump, n) for pump in PUMPS.values() for n in range(pump.threads)]
        self.name = f"{socket.gethostname()}:{os.getpid()}"

    def start(self) -> list[threading.Thread]:
        """Start all threads."""
        targets: list[tuple[Callable[..., None], tuple[Loop, ...], str]] = [
            (self._pump, (loop,), f"{loop.pump.name}-{loop.number}") for loop in self.loops
        ]
        targets += [
            (self._listen, (), "listener"),
            (self._beat, (), "heartbeat"),
            (self._warm_up, (), "warm-up"),
        ]
        threads = [
            threading.Thread(target=target, args=args, name=name, daemon=True)
            for target, args, name in targets
        ]
        for thread in threads:
            thread.start()
        return threads

    def _warm_up(self) -> None:
        try:
            POOL.warm_up()
            compile_shipped_texts()
        except Exception:  # sending compiles what it needs by itself
            log.exception("worker.warm_up_failed")
        connections.close_all()

    def stop(self) -> None:
        """Ask all threads to end after what they are doing."""
        self.stopping.set()
        batches.set()
        for loop in self.loops:
            loop.woken.set()

    def _pump(self, loop: Loop) -> None:
        pause = 0.5
        while not self.stopping.is_set():
            begun = time.monotonic()
            try:
                taken = loop.pump.run()
                loop.taken += taken
                pause = 0.5
            except (OperationalError, InterfaceError) as error:
                log.warning("pump.database", pump=loop.pump.name, error=str(error)[:200])
                connection.close()
                taken, pause = 0, min(pause * 2, 5.0)
                self.stopping.wait(pause)
            except Exception:
                log.exception("pump.failed", pump=loop.pump.name)
                connection.close()
                taken = 0
                self.stopping.wait(1.0)
            loop.progressed_at = time.monotonic()
            if not taken:
                loop.woken.wait(loop.pump.interval)
                loop.woken.clear()
            elif rest := rest_after(loop.pump, taken, loop.progressed_at - begun):
                self.stopping.wait(rest)
        _end(loop.pump)
        connections.close_all()

    def wake(self, name: str) -> None:
        """Wake the loops of a pump."""
        for loop in self.loops:
            if loop.pump.name == name:
                loop.woken.set()

    def _listen(self) -> None:
        while not self.stopping.is_set():
            try:
                self._listen_once()
            except psycopg.Error as error:
                log.warning("listener.database", error=str(error)[:200])
                self.stopping.wait(1.0)

    def _listen_once(self) -> None:
        parameters = {**connection.get_connection_params(), "autocommit": True}
        for name in ("cursor_factory", "context", "prepare_threshold"):
            parameters.pop(name, None)
        with psycopg.connect(**parameters) as listener:
            listener.execute(f"LISTEN {WAKE_CHANNEL}")
            for loop in self.loops:  # whatever came while nobody listened
                loop.woken.set()
            while not self.stopping.is_set():
                for notice in listener.notifies(timeout=1.0):
                    self.wake(notice.payload)
                    if self.stopping.is_set():
                        return

    def _beat(self) -> None:
        while not self.stopping.wait(BEAT_SECONDS if self.loops else 1.0):
            now = time.monotonic()
            stuck = [x.pump.name for x in self.loops if now - x.progressed_at > STUCK_SECONDS]
            if stuck:
                log.error("worker.stuck", pumps=stuck)
                os._exit(70)
            with contextlib.suppress(OperationalError, InterfaceError):
                self._write_beat()
        connections.close_all()

    def _write_beat(self) -> None:
        follow_database_clock()
        detail = {loop.pump.name: loop.taken for loop in self.loops}
        Heartbeat.objects.update_or_create(
            name=self.name, defaults={"kind": "worker", "beat_at": clock.now(), "detail": detail}
        )


def _end(pump: Pump) -> None:
    if pump.at_end is None:
        return
    try:
        pump.at_end()
    except Exception:
        log.exception("pump.end_failed", pump=pump.name)


def run() -> None:
    """Run a worker until SIGTERM or SIGINT; returns after a clean stop."""
    import django

    django.setup()
    gc.freeze()  # what is loaded now stays: the collector need not walk through it again and again
    gc.set_threshold(20_000, 20, 20)  # a batch makes thousands of short-lived objects
    worker = Worker()
    worker._write_beat()
    threads = worker.start()
    log.info("worker.started", pumps=[loop.pump.name for loop in worker.loops])
    asyncio.run(_run_jobs(worker))
    worker.stop()
    deadline = time.monotonic() + 6.0
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    _close_lines()
    Heartbeat.objects.filter(name=worker.name).delete()
    log.info("worker.stopped")


async def _run_jobs(worker: Worker) -> None:
    """Run the job queue until a signal says stop."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    connector = cast(DjangoConnector, app.connector).get_worker_connector()
    async with app.with_connector(connector).open_async() as jobs:
        task = asyncio.create_task(
            jobs.run_worker_async(concurrency=2, install_signal_handlers=False, listen_notify=True)
        )
        waiter = asyncio.create_task(stop.wait())
        await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
        worker.stop()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        waiter.cancel()


def _close_lines() -> None:
    from shopbell.messaging.sessions import SESSIONS
    from shopbell.messaging.templates import POOL

    SESSIONS.close()
    POOL.close()
