"""One supervised part (web, worker): forked from the warm parent, watched, started again when dead.

Forking after everything is imported makes a start take milliseconds and lets the processes share
memory. A newcomer's mistake: letting the parent open a connection or start a thread before a fork;
the child would inherit half of it.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from shopbell.operations.processes import die_with_parent

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


@dataclass(slots=True)
class Part:
    """A child process and its history. `run` is called in the child and returns the exit code."""

    name: str
    run: Callable[[], int]
    before: Callable[[], None] = lambda: None
    pid: int | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = field(default=FIRST_PAUSE)
    misses: int = 0

    def start(self) -> None:
        """Fork the child."""
        self.pid = fork(self.run, before=self.before)
        self.started = time.monotonic()
        self.misses = 0

    def reap(self) -> int | None:
        """Return how the child ended (exit code, or minus the signal), None while it runs."""
        if self.pid is None:
            return None
        done, status = os.waitpid(self.pid, os.WNOHANG)
        if done == 0:
            return None
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def plan_restart(self) -> float:
        """Note when to start again, and return the pause in seconds: 0.5, doubling up to 30."""
        now = time.monotonic()
        if now - self.started >= HEALTHY_AFTER:
            self.pause = FIRST_PAUSE
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        self.due = now + pause
        return pause

    def send(self, signum: int) -> None:
        """Send a signal to the child, if there is one."""
        if self.pid is not None:
            try:
                os.kill(self.pid, signum)
            except ProcessLookupError:
                pass


def fork(run: Callable[[], int], *, before: Callable[[], None] = lambda: None) -> int:
    """Run a function in a child of its own session, killed with this process. Returns its id."""
    sys.stdout.flush()
    sys.stderr.flush()
    follow = die_with_parent(signal.SIGKILL)
    # Blocked meanwhile: a signal that meets the child before its handlers are reset would be lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return pid
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        follow()
        before()
        code = run()
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
    except BaseException:
        logging.getLogger("shopbell.supervisor").exception("the process failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
