"""A warm nest of workers and a store with a mail server. Everything here commits.

A newcomer's mistake: importing product code at the top. Django is not set up yet.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shopbell.accounts.models import Store
    from tests.support.nest import Nest
    from tests.support.smtp_sink import SmtpSink


@pytest.fixture(scope="session")
def nest(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Nest"]:
    """Return the parent of all workers."""
    from tests.support.nest import Nest

    log = tmp_path_factory.mktemp("nest") / "workers.log"
    with Nest(log, "tests.chaos.poison") as made:
        yield made


@pytest.fixture
def sink() -> Iterator["SmtpSink"]:
    """Return a mail server that answers 20 ms after it has taken a mail."""
    from tests.support.smtp_sink import SmtpSink

    with SmtpSink() as server:
        server.fail("dot", delay=0.02)
        yield server


@pytest.fixture
def store(committed_db: None, sink: "SmtpSink", nest: "Nest") -> Iterator["Store"]:
    """Return a store that waits four seconds for a receipt, then settles its doubts."""
    from tests.support.shop import add_smtp, make_store

    made = make_store(
        policies={"in_doubt_seconds": 4, "quiet_from": "00:00", "quiet_until": "00:00"}
    )
    add_smtp(made, sink.port)
    yield made
    for pid in list(nest.alive):
        nest.kill(pid)
