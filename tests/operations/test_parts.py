"""Forked parts: how they end, and when they are started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shopbell.operations.parts import FIRST_PAUSE, HEALTHY_AFTER, LONGEST_PAUSE, Part
from shopbell.operations.processes import is_alive

# Forking from pytest, which has threads, is what these tests are about; the children exit at once.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


def end_of(part: Part) -> int:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        code = part.reap()
        if code is not None:
            return code
        time.sleep(0.01)
    raise AssertionError("the part did not end")


@pytest.mark.parametrize("code", [0, 1, 70])
def test_the_exit_code_of_a_part_is_what_it_returned(code: int) -> None:
    part = Part("test", lambda: code)
    part.start()

    assert end_of(part) == code


def test_a_part_that_raises_ends_with_one() -> None:
    def fail() -> int:
        raise RuntimeError("on purpose")

    part = Part("test", fail)
    part.start()

    assert end_of(part) == 1


def test_a_signal_ends_a_part_although_the_parent_listens_to_it() -> None:
    def wait() -> int:
        time.sleep(60)
        return 0

    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        part = Part("test", wait)
        part.start()
        part.send(signal.SIGTERM)

        assert end_of(part) == -signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)


def test_pauses_double_up_to_a_limit() -> None:
    part = Part("test", lambda: 1, started=time.monotonic())

    pauses = [part.plan_restart() for _ in range(9)]

    assert pauses[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_part_that_was_well_for_a_minute_starts_again_quickly() -> None:
    part = Part("test", lambda: 1, started=time.monotonic())
    for _ in range(5):
        part.plan_restart()

    part.started = time.monotonic() - HEALTHY_AFTER

    assert part.plan_restart() == FIRST_PAUSE


def test_a_part_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import time; from shopbell.operations.parts import fork;"
        "print(fork(lambda: time.sleep(600) or 0), flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_alive(child)

    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()

    until = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_alive(child)
