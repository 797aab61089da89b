"""Health, readiness, figures; and what stands behind the hot routes."""

from datetime import timedelta

import pytest

from shopbell.events.models import Heartbeat
from shopbell.kit import clock
from tests.edge.shops import Shop
from tests.support.web import WebProcess, web_process


def beat(seconds_ago: float) -> None:
    Heartbeat.objects.update_or_create(
        name="w",
        defaults={"kind": "worker", "beat_at": clock.now() - timedelta(seconds=seconds_ago)},
    )


def test_ready_needs_a_worker_that_beats(web: WebProcess, committed_db: None) -> None:
    without = web.ask("GET", "/readyz")
    assert without.status == 503
    assert without.json["checks"] == {"database": True, "migrations": True, "worker": False}
    beat(40)
    assert web.ask("GET", "/readyz").status == 503
    beat(2)
    ready = web.ask("GET", "/readyz")
    assert (ready.status, ready.json["ready"]) == (200, True)


def test_figures_are_for_this_machine_only(web: WebProcess, lark: Shop) -> None:
    lark.post(web, b"{}", "e")
    lark.post(web, b"{}", "e")
    lark.post(web, b"x", "broken")
    text = web.ask("GET", "/metrics").body.decode()
    assert 'door="hooks",outcome="accepted"' in text
    assert 'door="hooks",outcome="duplicate"' in text
    assert 'shopbell_waiting{kind="intake",state="pending"} 1' in text
    assert 'shopbell_waiting{kind="messages",state="queued"} 0' in text
    assert 'shopbell_waiting_oldest_seconds{kind="intake",state="pending"}' in text
    assert "shopbell_intake_flush_rows_bucket" in text
    assert "shopbell_live_streams" in text
    for name in ("x-forwarded-for", "forwarded", "via"):
        assert web.ask("GET", "/metrics", headers={name: "127.0.0.1"}).status == 403


def test_figures_are_read_from_elsewhere_with_the_token(committed_db: None) -> None:
    with web_process(SHOPBELL_METRICS_TOKEN="let me see them") as web:
        proxied = {"x-forwarded-for": "203.0.113.9"}
        good = {"authorization": "Bearer let me see them"}
        assert web.ask("GET", "/metrics", headers=proxied | good).status == 200
        assert web.ask("GET", "/metrics", headers={"authorization": "Bearer x"}).status == 403


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_is_read_with_get(web: WebProcess, committed_db: None, path: str) -> None:
    assert web.ask("POST", path, b"").status == 405
