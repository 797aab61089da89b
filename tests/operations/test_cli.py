"""The command line: what people read there."""

import json
import os
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.programs import SHOPBELL, free_port


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("SHOPBELL_")
    }
    return subprocess.run(
        [SHOPBELL, *words],
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_names_every_command() -> None:
    said = run("--help")

    assert said.returncode == 0
    for command in ("up", "web", "worker", "migrate", "doctor", "apply", "login-link", "version"):
        assert f"\n  {command} " in said.stdout


def test_help_loads_neither_django_nor_the_database_driver() -> None:
    code = (
        "import sys; from shopbell.operations.cli import main;"
        "main(['--help'], standalone_mode=False);"
        "sys.exit(any(name in sys.modules for name in ('django', 'psycopg', 'uvicorn', 'rich')))"
    )
    python = str(Path(SHOPBELL).with_name("python"))

    assert subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def test_the_version_is_that_of_the_package() -> None:
    assert run("version").stdout.strip() == version("shopbell")


def test_wrong_settings_are_said_together_and_without_a_traceback(tmp_path: Path) -> None:
    said = run(
        "up",
        SHOPBELL_HOME=str(tmp_path),
        SHOPBELL_PORT="seventy",
        SHOPBELL_TRUSTED_PROXIES="many",
    )

    assert said.returncode == 1
    assert "SHOPBELL_PORT" in said.stderr
    assert "SHOPBELL_TRUSTED_PROXIES" in said.stderr
    assert "Traceback" not in said.stderr


def test_an_unreachable_database_is_a_sentence_with_a_remedy(tmp_path: Path) -> None:
    said = run(
        "migrate",
        SHOPBELL_HOME=str(tmp_path),
        DATABASE_URL=f"postgres://shopbell@127.0.0.1:{free_port()}/shopbell",
    )

    assert said.returncode == 1
    assert "The database cannot be reached" in said.stderr
    assert "shopbell doctor" in said.stderr
    assert "Traceback" not in said.stderr


def test_an_address_that_is_none_does_not_leak_its_password(tmp_path: Path) -> None:
    said = run("migrate", SHOPBELL_HOME=str(tmp_path), DATABASE_URL="postgres://me:hunter2@[/x")

    assert said.returncode == 1
    assert "DATABASE_URL is not an address" in said.stderr
    assert "hunter2" not in said.stdout + said.stderr


@pytest.mark.parametrize("command", ["migrate", "prepare"])
def test_a_database_that_is_up_to_date_stays_so(tmp_path: Path, command: str) -> None:
    said = run(command, SHOPBELL_HOME=str(tmp_path), DATABASE_URL=os.environ["DATABASE_URL"])

    assert said.returncode == 0, said.stderr
    if command == "prepare":
        assert json.loads(said.stdout)["migrations"] == 0
        assert json.loads(said.stdout)["link"].startswith("http://127.0.0.1:8000/")
    else:
        assert said.stdout == "The database is up to date.\n"


def test_doctor_speaks_json_and_ends_with_one_when_something_is_ill(tmp_path: Path) -> None:
    said = run(
        "doctor",
        "--json",
        SHOPBELL_HOME=str(tmp_path),
        SHOPBELL_PORT=str(free_port()),
        DATABASE_URL=os.environ["DATABASE_URL"],
    )

    findings = {finding["name"]: finding for finding in json.loads(said.stdout)}
    assert said.returncode == 1
    assert findings["database"]["ok"] is True
    assert findings["durability"]["ok"] is False  # the server of the tests has no fsync
