"""`shopbell up`: database, preparation, web and worker as one group with one end.

Order: PostgreSQL, then the preparation (migrations) in a process of its own, then web and worker;
stopping goes the other way round, the database last. A part that dies is started again. A
newcomer's mistake: doing real work in this process. It imports everything, so that its children
start warm and share memory, but it opens nothing, runs no thread and only waits.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from types import FrameType

import structlog

from shopbell.config.database import socket_folder
from shopbell.config.environment import Environment
from shopbell.config.logs import configure_logging
from shopbell.kit.errors import ShopbellError
from shopbell.operations.listener import open_listener
from shopbell.operations.parts import FIRST_PAUSE, LONGEST_PAUSE, Part, fork
from shopbell.operations.postgres import EmbeddedPostgres
from shopbell.operations.prepare import refuse_without_demo
from shopbell.operations.probes import answers, worker_trouble
from shopbell.operations.processes import is_alive

_STOP_SECONDS = 7.0
_LOOK_EVERY = 10.0
_ANSWER_SECONDS = 3
_FIRST_LOOK = 60.0
_MISSES_ALLOWED = 3
_READY_POLL = 0.05

log = structlog.get_logger("shopbell.supervisor")


class Supervisor:
    """Runs until a signal tells it to stop. One use only."""

    def __init__(self, environment: Environment, *, demo: bool = False) -> None:
        self._environment = environment
        self._demo = demo
        self._preparing: int | None = None
        self._stopping = False
        self._hurry = False
        self._loading = False
        self._pid = os.getpid()
        self._listener: socket.socket | None = None
        self._postgres: EmbeddedPostgres | None = None
        self._postgres_pause = FIRST_PAUSE
        self._postgres_started = 0.0
        self._parts: list[Part] = []
        self._wakeup, self._waker = socket.socketpair()
        if environment.embedded_database:
            self._postgres = EmbeddedPostgres(
                environment.home, socket_folder(environment), say=self._say
            )

    def run(self) -> int:
        """Start everything, print where it is, watch it; returns the exit code."""
        self._listen_to_signals()
        try:
            self._start_all()
            if not self._stopping:
                self._watch()
            return 0
        finally:
            self._stop_all()

    # Starting

    def _start_all(self) -> None:
        if self._demo:
            refuse_without_demo()
        self._environment.home.mkdir(parents=True, exist_ok=True)
        if self._postgres is not None:
            self._postgres.claim()
        self._listener = open_listener(self._environment.bind, self._environment.port)
        self._loading = True
        if self._postgres is not None:
            self._postgres.begin()
        load_all_code()
        log.debug("the code is loaded")
        if self._postgres is not None:
            self._postgres.start()
            self._postgres_started = time.monotonic()
        log.debug("the database runs")
        self._loading = False
        link = self._prepare()
        log.debug("the database is prepared")
        if self._stopping:
            return
        self._parts = [
            Part("web", self._run_web, before=self._forget),
            Part("worker", self._run_worker, before=self._forget),
        ]
        for part in self._parts:
            part.start()
        self._announce(link)

    def _prepare(self) -> str | None:
        """Run the preparation in a child and return the login link it made."""
        reading, writing = os.pipe()
        child = fork(lambda: self._run_prepare(writing), before=self._forget)
        os.close(writing)
        self._preparing = child
        with os.fdopen(reading) as answer:
            said = answer.read()
        _, status = os.waitpid(child, 0)
        self._preparing = None
        if self._stopping:
            return None
        if os.waitstatus_to_exitcode(status) != 0 or not said:
            raise ShopbellError(
                "The database could not be brought up to this version.",
                kept="Nothing was changed by the step that failed.",
                remedy="The lines above say why. `shopbell doctor` may know more.",
            )
        link: str | None = json.loads(said)["link"]
        return link

    def _run_prepare(self, writing: int) -> int:
        configure_logging("prepare", self._environment.log_level)
        from shopbell.operations.prepare import become_owner, prepare

        become_owner()
        prepared = prepare(demo=self._demo)
        with os.fdopen(writing, "w") as answer:
            json.dump({"link": prepared.link}, answer)
        return 0

    def _run_web(self) -> int:
        configure_logging("web", self._environment.log_level)
        from shopbell.operations.web import serve

        assert self._listener is not None
        return serve(self._environment, self._listener)

    def _run_worker(self) -> int:
        configure_logging("worker", self._environment.log_level)
        from shopbell.config.worker import run

        assert self._listener is not None
        self._listener.close()
        run()
        return 0

    def _forget(self) -> None:
        """In a child: let go of what belongs to the parent."""
        self._wakeup.close()
        self._waker.close()
        if self._postgres is not None:
            self._postgres.release_in_child()

    def _announce(self, link: str | None) -> None:
        while not self._stopping:
            if answers(self._environment, "/readyz", timeout=2):
                print(f"Shopbell is ready at {self._environment.base_url}", flush=True)
                if link:
                    print(f"Sign in with this link: {link}", flush=True)
                print("Stop it with Ctrl-C.", flush=True)
                return
            self._mend()
            self._wait(_READY_POLL)

    # Watching

    def _watch(self) -> None:
        look = time.monotonic() + _LOOK_EVERY
        while not self._stopping:
            self._mend()
            now = time.monotonic()
            if now >= look:
                self._look()
                look = time.monotonic() + _LOOK_EVERY
            self._wait(self._until_due(look))

    def _until_due(self, look: float) -> float:
        waiting = [part.due for part in self._parts if part.pid is None]
        return max(0.0, min([look, *waiting]) - time.monotonic())

    def _mend(self) -> None:
        """Start again what has died."""
        if self._postgres is not None and not self._postgres.running:
            self._restart_database()
        for part in self._parts:
            code = part.reap()
            if code is not None and not self._stopping:
                pause = part.plan_restart()
                log.warning("part ended, starting it again", part=part.name, code=code, wait=pause)
            if part.pid is None and not self._stopping and time.monotonic() >= part.due:
                part.start()

    def _restart_database(self) -> None:
        assert self._postgres is not None
        log.error("the database ended, starting it again")
        if time.monotonic() - self._postgres_started > LONGEST_PAUSE * 2:
            self._postgres_pause = FIRST_PAUSE
        try:
            self._postgres.start()
            self._postgres_started = time.monotonic()
            log.info("the database runs again")
        except ShopbellError as error:
            log.error("the database does not start", reason=error.message)
            self._wait(self._postgres_pause)
            self._postgres_pause = min(self._postgres_pause * 2, LONGEST_PAUSE)

    def _look(self) -> None:
        """Replace a part that lives but makes no progress."""
        for part in self._parts:
            if part.pid is None or time.monotonic() - part.started < _FIRST_LOOK:
                continue
            trouble = self._trouble(part)
            part.misses = part.misses + 1 if trouble else 0
            if part.misses >= _MISSES_ALLOWED:
                log.error("part is stuck, replacing it", part=part.name, why=trouble)
                part.send(signal.SIGKILL)
                part.misses = 0

    def _trouble(self, part: Part) -> str:
        if part.name == "worker":
            return worker_trouble(self._environment)
        if part.name != "web" or answers(self._environment, "/healthz", timeout=_ANSWER_SECONDS):
            return ""
        return "no answer in time"

    # Stopping

    def _stop_all(self) -> None:
        self._stopping = True
        if self._listener is not None:
            self._listener.close()
        for part in self._parts:
            part.send(signal.SIGTERM)
        until = time.monotonic() + _STOP_SECONDS
        while any(part.pid is not None for part in self._parts):
            for part in self._parts:
                part.reap()
            if time.monotonic() >= until or self._hurry:
                for part in self._parts:
                    part.send(signal.SIGKILL)
            self._wait(0.02)
        if self._postgres is not None:
            self._postgres.stop()

    # Signals

    def _listen_to_signals(self) -> None:
        self._wakeup.setblocking(False)
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._hurry = self._stopping
        self._stopping = True
        if self._preparing is not None:  # its transaction is rolled back
            os.kill(self._preparing, signal.SIGTERM)
        if self._loading and os.getpid() == self._pid:
            self._abandon()

    def _abandon(self) -> None:
        """End while code is loaded or the database starts: neither is needed any more.

        An exception here could be lost in some import; what we started ends with us.
        """
        pid = self._postgres.pid if self._postgres is not None else None
        if pid is not None:
            os.kill(pid, signal.SIGINT)
            until = time.monotonic() + _STOP_SECONDS
            while is_alive(pid) and time.monotonic() < until:
                time.sleep(0.02)
        os._exit(0)

    def _wait(self, seconds: float) -> None:
        """Wait until a signal comes or the time is over."""
        if select.select([self._wakeup], [], [], seconds)[0]:
            try:
                self._wakeup.recv(4096)
            except BlockingIOError:
                pass

    def _say(self, sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)


def load_all_code() -> None:
    """Load all code once, so that every fork is warm."""
    gc.disable()  # nothing of this becomes garbage; collecting costs a tenth of the time
    import django

    django.setup()
    import shopbell.config.asgi
    import shopbell.config.worker
    import shopbell.operations.prepare
    import shopbell.operations.web  # noqa: F401

    if threading.active_count() > 1:
        raise ShopbellError("A module started a thread while it was imported; forking is not safe.")
    gc.enable()
    gc.freeze()
