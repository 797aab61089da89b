"""The children: one bad template harms only itself, and nothing stays behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from shopbell.kit import clock
from shopbell.messaging.ports import Rendered
from shopbell.messaging.rendering.jobs import Compiled, RenderFailure, RenderJob
from shopbell.messaging.rendering.pool import RenderPool

ENDLESS = "{% if (1..100000000000) contains 'x' %}{% endif %}"


def _job(text: str, key: str = "", **context: object) -> RenderJob:
    return RenderJob(Compiled("", "", text), context, cache_key=key)


def _gone(pid: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_results_come_in_the_order_of_the_jobs(pool: RenderPool) -> None:
    jobs = [_job("{{ n }}", key="one", n=number) for number in range(1, 501)]

    results = pool.render_many(jobs)

    assert [result.text for result in results if isinstance(result, Rendered)] == [
        str(number) for number in range(1, 501)
    ]


def test_no_jobs_are_no_work(pool: RenderPool) -> None:
    assert pool.render_many([]) == []


def test_a_template_that_hangs_fails_alone_within_its_time(pool: RenderPool) -> None:
    pool.render(_job("warm"))
    jobs = [_job("a{{ n }}", n=1), _job(ENDLESS), _job("b{{ n }}", n=2)]
    started = time.monotonic()

    first, bad, last = pool.render_many(jobs)

    assert isinstance(bad, RenderFailure)
    assert bad.kind == "timeout"
    assert "two seconds" in bad.sentence
    assert isinstance(first, Rendered)
    assert isinstance(last, Rendered)
    assert (first.text, last.text) == ("a1", "b2")
    assert time.monotonic() - started < 5


def test_a_template_is_not_blamed_for_a_machine_that_stands_still() -> None:
    with RenderPool(job_seconds=0.4) as pool:
        pool.render(_job("warm"))
        (pid,) = pool.pids()
        os.kill(pid, signal.SIGSTOP)
        waker = threading.Timer(0.8, os.kill, (pid, signal.SIGCONT))
        waker.start()

        result = pool.render(_job("fine"))

        waker.join()
        assert isinstance(result, Rendered)
        assert pool.pids() == [pid]


def test_a_child_that_is_killed_meanwhile_costs_nobody_a_message(pool: RenderPool) -> None:
    pool.render(_job("warm"))
    (pid,) = pool.pids()
    os.kill(pid, signal.SIGKILL)

    results = pool.render_many([_job("{{ n }}", n=number + 1) for number in range(20)])

    assert all(isinstance(result, Rendered) for result in results)


def test_a_child_killed_in_the_middle_of_a_frame_is_replaced() -> None:
    with RenderPool() as pool:
        pool.render(_job("warm"))
        (pid,) = pool.pids()
        slow = "{% for i in (1..3000) %}{{ i | times: 2 }}{% endfor %}"
        killer = threading.Timer(0.1, os.kill, (pid, signal.SIGKILL))
        killer.start()

        results = pool.render_many([_job(slow, key="slow") for _ in range(120)])

        killer.join()
        good = sum(isinstance(result, Rendered) for result in results)
        assert good >= 119  # only the one at work may be lost


def test_too_much_memory_fails_alone_and_the_next_message_is_rendered(pool: RenderPool) -> None:
    # Thirty values just under the limit of a single one, copied and joined over and over.
    hungry = (
        "{% assign s = 'xxxxxxxxxxxxxxxxxxxx' %}"
        "{% for i in (1..15) %}{% assign s = s | append: s %}{% endfor %}"
        "{% assign t = s | replace: 'x', s %}{{ t | size }}"
    )

    bad, good = pool.render_many([_job(hungry), _job("fine")])

    assert isinstance(bad, RenderFailure)
    assert bad.kind in ("memory", "too_large")
    assert isinstance(good, Rendered)


def test_a_changed_template_under_the_same_key_is_not_served_stale(pool: RenderPool) -> None:
    results = pool.render_many([_job("old", key="k"), _job("new", key="k")])
    again = pool.render(_job("newest", key="k"))

    assert [r.text for r in [*results, again] if isinstance(r, Rendered)] == [
        "old",
        "new",
        "newest",
    ]


def test_many_threads_may_use_one_pool(pool: RenderPool) -> None:
    wrong: list[int] = []

    def work(number: int) -> None:
        for result in pool.render_many([_job("{{ n }}", n=number)] * 20):
            if not isinstance(result, Rendered) or result.text != str(number):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_the_child_knows_neither_our_environment_nor_django(pool: RenderPool) -> None:
    pool.render(_job("warm"))
    (pid,) = pool.pids()

    environment = Path(f"/proc/{pid}/environ").read_bytes()
    libraries = Path(f"/proc/{pid}/maps").read_text()

    assert b"SHOPBELL" not in environment
    assert b"DATABASE_URL" not in environment
    assert "psycopg" not in libraries
    code = "import shopbell.messaging.rendering.child, sys; print('django' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


def test_the_child_is_light(pool: RenderPool) -> None:
    with RenderPool() as fresh:
        fresh.render(_job("warm"))
        (pid,) = fresh.pids()
        status = Path(f"/proc/{pid}/status").read_text()
    resident = int(status.split("VmRSS:")[1].split()[0])

    print(f"rendering child: {resident / 1024:.1f} MB resident")
    assert resident < 60_000


def test_closing_the_pool_ends_its_children_and_it_can_be_used_again() -> None:
    pool = RenderPool()
    pool.render(_job("one"))
    (pid,) = pool.pids()

    pool.close()

    assert _gone(pid)
    again = pool.render(_job("two"))
    pool.close()
    assert isinstance(again, Rendered)


def test_a_pool_that_is_warmed_up_renders_with_the_child_it_has() -> None:
    with RenderPool() as pool:
        pool.warm_up()
        waiting = pool.pids()
        pool.render(_job("one"))
        assert (len(waiting), pool.pids()) == (1, waiting)


def test_an_idle_child_goes_home_and_a_new_one_comes_when_needed() -> None:
    with RenderPool(idle_seconds=0.2) as pool:
        pool.render(_job("one"))
        (pid,) = pool.pids()

        assert _gone(pid)
        assert isinstance(pool.render(_job("two")), Rendered)


@pytest.mark.parametrize("at_work", [False, True], ids=["idle", "at work"])
def test_children_die_with_their_parent(at_work: bool) -> None:
    text = ENDLESS if at_work else "x"
    code = (
        "import sys\n"
        "from shopbell.messaging.rendering.jobs import Compiled, RenderJob\n"
        "from shopbell.messaging.rendering.pool import RenderPool\n"
        "pool = RenderPool(job_seconds=60)\n"
        "pool.render(RenderJob(Compiled('', '', 'x'), {}))\n"
        "print(*pool.pids(), flush=True)\n"
        f"pool.render(RenderJob(Compiled('', '', {text!r}), {{}}))\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.1)

        parent.kill()

    # At work, its own limit ends it; that is on CPU time, which others share.
    assert _gone(pid, seconds=60)


def test_the_clock_of_the_parent_is_the_clock_of_the_template(pool: RenderPool) -> None:
    from datetime import UTC, datetime

    with clock.at(datetime(2027, 1, 2, 3, 4, tzinfo=UTC)):
        result = pool.render(_job("{{ 'now' | date: '%Y-%m-%d %H:%M' }}"))

    assert isinstance(result, Rendered)
    assert result.text == "2027-01-02 03:04"
