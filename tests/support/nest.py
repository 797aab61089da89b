"""A warm parent that forks workers in milliseconds, so that tests can kill many of them.

    with Nest(log, "tests.chaos.poison") as nest:
        pid = nest.hatch()
        nest.kill(pid)

The workers are the product's own (`shopbell.config.worker.run`), on the test's database. A
newcomer's mistake: asking for it without `committed_db`. A process sees only what is committed.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self


class Nest:
    """The parent process; `modules` are imported in it before the first fork."""

    def __init__(self, log: Path, *modules: str) -> None:
        self.log = log
        self._modules = modules
        self.alive: list[int] = []

    def __enter__(self) -> Self:
        with self.log.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.nest", *self._modules],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                cwd=Path(__file__).parents[2],
                text=True,
                bufsize=1,
            )
        assert self._read() == "ready", self.said()
        return self

    def hatch(self) -> int:
        """Start a worker; returns its process id."""
        pid = int(self._ask("hatch"))
        self.alive.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        """End a worker as the kernel does when memory runs out, and wait until it is gone."""
        os.kill(pid, signal.SIGKILL)
        self.wait(pid)

    def stop(self, pid: int) -> float:
        """Ask a worker to end; returns the seconds that took."""
        begun = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        assert self.wait(pid) == 0, self.said()
        return time.monotonic() - begun

    def wait(self, pid: int) -> int:
        """Wait until a worker has ended; returns its exit code, or minus the signal."""
        code = int(self._ask(f"wait {pid}"))
        self.alive.remove(pid)
        return code

    def said(self) -> str:
        """Return the log of the parent and its workers."""
        return self.log.read_text(errors="replace")

    def __exit__(self, *_: object) -> None:
        for pid in list(self.alive):
            self.kill(pid)
        self._process.communicate("", timeout=10)

    def _ask(self, words: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(words + "\n")
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, self.said()
        return line


def main() -> None:
    """Import everything once, then fork a worker for each `hatch`."""
    from importlib import import_module

    import django

    django.setup()
    for module in ("shopbell.config.worker", "shopbell.operations.parts", *sys.argv[1:]):
        import_module(module)
    print("ready", flush=True)
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "hatch":
            print(_hatch(), flush=True)
        else:
            _, status = os.waitpid(int(argument), 0)
            print(os.waitstatus_to_exitcode(status), flush=True)


def _hatch() -> int:
    from shopbell.operations.parts import fork

    return fork(_work)


def _work() -> int:
    from shopbell.config.worker import run

    os.dup2(2, 1)  # standard output speaks with the test
    run()
    return 0


if __name__ == "__main__":
    main()
