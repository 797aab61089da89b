"""S-25: templates written against us print nothing of ours and never hold us up."""

import os
import time

import pytest

from shopbell.messaging.ports import Rendered
from shopbell.messaging.rendering.jobs import Compiled, RenderFailure, RenderJob
from shopbell.messaging.rendering.pool import RenderPool
from tests.messaging.rendering.payloads import CANARY, exhaustions, injections

CONTEXT = {
    "customer": {"name": "Nora", "email": "nora@example.com"},
    "order": {"number": "7", "lines": [{"title": "Mug"}]},
}


def test_no_injection_prints_a_secret_or_runs_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPBELL_SECRET_KEY", CANARY)
    monkeypatch.setenv("SECRET_KEY", CANARY)
    probes = injections()
    jobs = [RenderJob(Compiled(probe, probe, probe), CONTEXT) for probe in probes]

    with RenderPool() as pool:
        results = pool.render_many(jobs)

    rendered = [
        (probe, result)
        for probe, result in zip(probes, results, strict=True)
        if isinstance(result, Rendered)
    ]
    print(
        f"{len(probes)} injections: {len(rendered)} literal, {len(probes) - len(rendered)} refused"
    )
    assert len(probes) >= 300
    assert os.environ["SHOPBELL_SECRET_KEY"] == CANARY
    for probe, result in rendered:
        output = result.text + result.subject + result.html
        for forbidden in (CANARY, "root:x:", "<class", "<function", "<built-in", "object at 0x"):
            assert forbidden not in output, probe
        if "7*7" in probe:
            assert "49" not in output, probe
        if "1337*1337" in probe:
            assert "1787569" not in output, probe
    for probe, failure in zip(probes, results, strict=True):
        if isinstance(failure, RenderFailure):
            assert failure.kind == "syntax", (probe, failure)
            assert CANARY not in failure.sentence


def _crowding() -> float:
    """Return how many processes share a core: on a busy machine two seconds of work take longer."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_every_attempt_at_exhaustion_fails_in_time_and_harms_nobody_else(pool: RenderPool) -> None:
    attempts = exhaustions()
    pool.render(RenderJob(Compiled("", "", "warm"), {}))
    slowest = 0.0
    for attempt in attempts:
        started = time.monotonic()
        result = pool.render(RenderJob(Compiled("", "", attempt), {}))
        spent = time.monotonic() - started
        slowest = max(slowest, spent)

        assert isinstance(result, RenderFailure), attempt[:100]
        assert result.sentence
        assert spent <= 2.5 * _crowding(), attempt[:100]
        pool.render(RenderJob(Compiled("", "", "a fresh child, if one is needed"), {}))

    print(f"{len(attempts)} exhaustions refused, slowest {slowest:.2f} s")
    assert len(attempts) >= 40
    assert isinstance(pool.render(RenderJob(Compiled("", "", "fine"), {})), Rendered)
