"""What the door counts itself. Every web process has its own numbers, marked with its process id.

A newcomer's mistake: putting a store or a path into a label. A stranger could then make the page
grow without end.
"""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry(auto_describe=False)
_PROCESS = str(os.getpid())

_requests = Counter(
    "shopbell_intake_requests",
    "Requests at the webhook door and the event API by outcome.",
    ["process", "door", "outcome"],
    registry=REGISTRY,
)
_events = Counter(
    "shopbell_intake_events",
    "Single events of the event API by outcome.",
    ["process", "outcome"],
    registry=REGISTRY,
)
_flush_rows = Histogram(
    "shopbell_intake_flush_rows",
    "Rows written by one statement.",
    ["process"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000),
    registry=REGISTRY,
).labels(_PROCESS)
_flush_seconds = Histogram(
    "shopbell_intake_flush_seconds",
    "Time of one statement with its commit.",
    ["process"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
).labels(_PROCESS)
_streams = Gauge(
    "shopbell_live_streams", "Open live streams.", ["process"], registry=REGISTRY
).labels(_PROCESS)
_visitors = Gauge(
    "shopbell_chat_streams", "Open streams of visitors.", ["process"], registry=REGISTRY
).labels(_PROCESS)
_outcomes = {
    (door, outcome): _requests.labels(_PROCESS, door, outcome)
    for door in ("hooks", "events")
    for outcome in ("accepted", "duplicate", "refused", "invalid", "unknown", "unavailable")
}
_event_outcomes = {
    outcome: _events.labels(_PROCESS, outcome) for outcome in ("accepted", "duplicate", "invalid")
}


def came(door: str, outcome: str) -> None:
    """Count a request."""
    _outcomes[door, outcome].inc()


def events(outcome: str, count: int) -> None:
    """Count events of the API."""
    if count:
        _event_outcomes[outcome].inc(count)


def flushed(rows: int, seconds: float) -> None:
    """Count a statement of the writer."""
    _flush_rows.observe(rows)
    _flush_seconds.observe(seconds)


def streams(count: int) -> None:
    """Set how many streams are open."""
    _streams.set(count)


def visitors(count: int) -> None:
    """Set how many visitors have a stream open."""
    _visitors.set(count)
