"""The doctor: what it sees in a real folder, on a real port and in a real database."""

import dataclasses
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from shopbell.config.environment import Environment, load
from shopbell.operations import doctor, doctor_database
from shopbell.operations.doctor import Finding
from tests.support import postgres
from tests.support.clamd import Clamd
from tests.support.programs import free_port


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return dataclasses.replace(
        load(), home=tmp_path, port=free_port(), database_url=os.environ["DATABASE_URL"]
    )


@pytest.fixture
def own_database() -> Iterator[str]:
    """A database of this test alone, so that it can be spoilt."""
    name = f"doctor_{os.getpid()}"
    address = postgres.ensure_database(name)
    yield address
    with postgres.superuser("postgres") as connection:
        connection.execute(
            sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(f"shopbell_{name}"))
        )


def only(findings: Iterator[Finding]) -> Finding:
    found = list(findings)
    assert len(found) == 1, found
    return found[0]


def is_ill(finding: Finding) -> bool:
    """Ill, and with a remedy; a finding that is well has none."""
    assert finding.ok == (finding.remedy == "")
    return not finding.ok


def test_a_good_folder_is_well(environment: Environment) -> None:
    (environment.home / "secret_key").touch(mode=0o600)

    assert only(doctor.check_folder(environment)).ok


def test_a_missing_folder_is_told(environment: Environment) -> None:
    away = dataclasses.replace(environment, home=environment.home / "nowhere")

    assert is_ill(only(doctor.check_folder(away)))


def test_a_secret_others_can_read_is_told(environment: Environment) -> None:
    secret = environment.home / "secret_key"
    secret.touch()
    secret.chmod(0o644)

    finding = only(doctor.check_folder(environment))

    assert is_ill(finding)
    assert f"chmod 600 {secret}" in finding.remedy


def test_a_free_port_is_well_and_a_strangers_is_not(environment: Environment) -> None:
    assert only(doctor.check_port(environment)).ok

    with socket.create_server(("127.0.0.1", environment.port)):
        finding = only(doctor.check_port(environment))

    assert is_ill(finding)
    assert f"process {os.getpid()}" in finding.sentence


@pytest.mark.parametrize(
    ("base_url", "bind", "ok"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", True),
        ("http://localhost:8000", "0.0.0.0", False),
        ("http://talk.shop.com", "127.0.0.1", False),
        ("https://talk.shop.com", "127.0.0.1", True),
        ("http://192.168.1.7:8000", "0.0.0.0", True),
        ("talk.shop.com", "127.0.0.1", False),
    ],
)
def test_links_must_lead_to_us_and_be_encrypted(
    environment: Environment, base_url: str, bind: str, ok: bool
) -> None:
    asked = dataclasses.replace(environment, base_url=base_url, bind=bind)

    assert is_ill(only(doctor.check_base_url(asked))) is not ok


def test_a_database_that_is_away_is_told_and_no_more_is_asked(environment: Environment) -> None:
    away = dataclasses.replace(
        environment, database_url=f"postgres://shopbell@127.0.0.1:{free_port()}/shopbell"
    )

    findings = doctor.run_checks(away)

    assert is_ill(findings[-1])
    assert findings[-1].name == "database"


def test_an_embedded_database_that_does_not_run_is_told(environment: Environment) -> None:
    embedded = dataclasses.replace(environment, database_url="")

    finding = only(doctor_database.check_reachable(embedded))

    assert is_ill(finding)
    assert "shopbell up" in finding.remedy


def test_a_reachable_database_is_well(environment: Environment) -> None:
    assert only(doctor_database.check_reachable(environment)).ok
    assert only(doctor_database.check_clock(environment)).ok


def test_a_database_that_may_lose_rows_is_told(environment: Environment) -> None:
    # The server of the tests runs without fsync, which is exactly what must be noticed.
    finding = only(doctor_database.check_durable(environment))

    assert is_ill(finding)
    assert "fsync" in finding.sentence


@pytest.mark.django_db
def test_tables_of_this_version_are_well(environment: Environment) -> None:
    assert only(doctor_database.check_migrations(environment)).ok


def test_walls_are_seen_and_so_is_a_hole_in_them(
    environment: Environment, own_database: str
) -> None:
    own = dataclasses.replace(environment, database_url=own_database)
    assert only(doctor_database.check_walls(own)).ok

    with psycopg.connect(own_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE connections_connection DISABLE ROW LEVEL SECURITY")
    finding = only(doctor_database.check_walls(own))

    assert is_ill(finding)
    assert "connections_connection" in finding.sentence


def test_a_silent_worker_is_told_and_a_beating_one_is_well(
    environment: Environment, own_database: str
) -> None:
    own = dataclasses.replace(environment, database_url=own_database)
    silent, queue = doctor_database.check_worker(own)
    assert is_ill(silent)
    assert queue.ok

    with psycopg.connect(own_database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO events_heartbeat (name, kind, beat_at, detail)"
            " VALUES ('here', 'worker', now(), '{}')"
        )
    beating, _ = doctor_database.check_worker(own)

    assert beating.ok


@pytest.mark.django_db
def test_all_checks_run_together(environment: Environment) -> None:
    names = [finding.name for finding in doctor.run_checks(environment)]

    assert names[:4] == ["data folder", "disk", "port", "address"]
    assert {"database", "durability", "clock", "migrations", "isolation", "queue"} <= set(names)


def test_it_says_whether_the_virus_scanner_answers(environment: Environment) -> None:
    assert list(doctor.check_scanner(environment)) == []
    with Clamd() as daemon:
        named = dataclasses.replace(environment, clamav=daemon.address)
        well = only(doctor.check_scanner(named))
    gone = only(doctor.check_scanner(named))
    assert (well.ok, gone.ok) == (True, False)
    assert "ClamAV" in well.sentence
    assert "Files that customers send wait for it" in gone.sentence
