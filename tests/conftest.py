"""The ground of all tests: a real PostgreSQL, the clock and network rules, warnings as errors.

Tests run as the role the product runs as, so row-level security is on. A newcomer's mistake: using
`transaction=True` without need. A plain `db` test rolls back; the other kind is cleaned up after.
"""

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests.support import postgres

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from xdist.scheduler import LoadScopeScheduling

    from tests.support.web import WebProcess

# The same examples each time, so that nobody's change fails by chance. To look for new ones:
# `pytest --hypothesis-profile=default`.
hypothesis.settings.load_profile("ci")

_LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")


_HOME = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Give this process its database before Django reads its settings."""
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    home = Path(tempfile.mkdtemp(prefix=f"shopbell-home-{worker}-"))
    config.stash[_HOME] = home
    os.environ["SHOPBELL_HOME"] = str(home)
    os.environ.setdefault("SHOPBELL_SECRET_KEY", "a key for tests, forty characters and more")
    os.environ.setdefault("SHOPBELL_BASE_URL", "http://localhost:8000")
    if config.option.collectonly:
        os.environ["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/none"
    elif _is_controller(config):
        postgres.ensure_server()
        return
    else:
        os.environ["DATABASE_URL"] = postgres.ensure_database(worker)
    # Not in the controller: its workers would read the settings before they have a database.
    os.environ["DJANGO_SETTINGS_MODULE"] = "shopbell.config.settings"
    # Playwright's synchronous interface keeps an event loop running in the test's thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    _set_up_django()


def _is_controller(config: pytest.Config) -> bool:
    return getattr(config.option, "dist", "no") != "no" and not hasattr(config, "workerinput")


def _set_up_django() -> None:
    import django
    from django.conf import settings
    from django.test import TestCase, TransactionTestCase

    assert settings.ENVIRONMENT.database_url == os.environ["DATABASE_URL"]
    django.setup()

    def clean(_case: TransactionTestCase) -> None:
        from django.db import connections

        postgres.empty_tables(connections["default"].settings_dict["NAME"])

    # The run-time role may not TRUNCATE, so Django's own flush cannot work.
    TransactionTestCase._fixture_teardown = clean  # type: ignore[attr-defined]
    assert TestCase._fixture_teardown is not clean  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    import shutil

    postgres.let_go()
    if not hasattr(config, "workerinput"):
        postgres.shutdown()
    if _HOME in config.stash:
        shutil.rmtree(config.stash[_HOME], ignore_errors=True)


# Tests with processes of their own, the longest first. What they share is then started by one
# runner, two never start at the same moment, and the end of a run is short tests only.
_FIRST = (
    "tests/flows/",
    "tests/sandbox/test_phone_in_browser.py",
    "tests/conversations/test_inbox_in_browser.py",
    "tests/conversations/test_hostile_mail_in_browser.py",
    "tests/messaging/test_editor_in_browser.py",
    "tests/operations/test_supervisor.py",
    "tests/demo/test_up.py",
    "tests/api/test_fuzz.py",
    "tests/conversations/test_post_office.py",
    "tests/api/test_document.py",
    "tests/widget/",
    "tests/edge/",
    "tests/operations/",
    "tests/kit/mail/test_hostile_mail.py",
    "tests/docs/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first: runners are given tests in order, the first hundreds at once."""

    def place(item: pytest.Item) -> int:
        found = (n for n, begin in enumerate(_FIRST) if item.nodeid.startswith(begin))
        return next(found, len(_FIRST))

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "LoadScopeScheduling | None":
    """Keep all stories in one process with `--dist loadgroup`; each would build a town of its own.

    xdist's own groups by a mark have no effect with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "tests/flows" if nodeid.startswith("tests/flows/") else nodeid

    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Do nothing: the database exists and is migrated before Django starts."""


@pytest.fixture
def committed_db(transactional_db: None) -> None:
    """Let a test commit, so that other connections and processes see its rows."""


@pytest.fixture(scope="session")
def web() -> Iterator["WebProcess"]:
    """Serve the product, front door and all, in a process of its own; needs `committed_db`."""
    from tests.support.web import web_process

    with web_process() as process:
        yield process


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """Return a running Chromium."""
    from tests.support.browser import chromium_running

    with chromium_running() as browser:
        yield browser


@pytest.fixture(autouse=True)
def no_open_lines() -> Iterator[None]:
    """Hang up on mail servers after each test: the next one has another server."""
    yield
    if sessions := sys.modules.get("shopbell.messaging.sessions"):
        sessions.SESSIONS.close()


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to any machine but this one."""
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))


def _guarded(method: Any) -> Any:
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[-1]
        by_ip = self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple)
        if by_ip and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"A test wanted to reach {address[0]}. Only loopback is open.")
        return method(self, *args)

    return guarded
