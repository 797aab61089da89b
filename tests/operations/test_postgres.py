"""The embedded PostgreSQL: starting, stopping, and what a killed start leaves behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shopbell.kit.errors import ConfigurationError, Conflict
from shopbell.operations.postgres import EmbeddedPostgres
from shopbell.operations.postgres_cluster import identity
from shopbell.operations.postgres_places import ServerUser, can_enter
from shopbell.operations.processes import is_alive

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another user")


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sb-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    said: list[str] = []
    postgres = EmbeddedPostgres(home, home / "s", durable=False, say=said.append)
    yield postgres
    postgres.stop()


def ask(postgres: EmbeddedPostgres, question: str) -> object:
    with psycopg.connect(
        host=str(postgres.socket_dir), user="shopbell", dbname="shopbell", autocommit=True
    ) as connection:
        cursor = connection.execute(question)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def wait_until_gone(pid: int, seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_alive(pid)


def test_it_starts_on_a_socket_only_and_stops_without_leaving_anything(
    home: Path, server: EmbeddedPostgres
) -> None:
    server.start()
    pid = server.pid
    assert pid is not None
    assert ask(server, "SELECT current_setting('listen_addresses')") == ""
    assert ask(server, "SELECT lower('Ä')") == "ä"
    assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert ask(server, "SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user") is True

    server.stop()

    assert not is_alive(pid)
    assert not server.running
    assert not (server.places.data / "postmaster.pid").exists()


def test_it_keeps_what_was_committed_when_it_is_killed(server: EmbeddedPostgres) -> None:
    durable = EmbeddedPostgres(server.home, server.socket_dir)
    durable.start()
    try:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            assert ask(durable, f"SELECT current_setting('{name}')") == "on"
        ask(durable, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        assert durable.pid is not None
        os.kill(durable.pid, signal.SIGKILL)
        assert wait_until_gone_by_poll(durable)

        durable.start()

        assert ask(durable, "SELECT count(*) FROM kept") == 1000
    finally:
        durable.stop()


def wait_until_gone_by_poll(postgres: EmbeddedPostgres) -> bool:
    until = time.monotonic() + 5
    while postgres.running and time.monotonic() < until:
        time.sleep(0.02)
    return not postgres.running


def test_a_second_one_on_the_same_home_is_refused(home: Path, server: EmbeddedPostgres) -> None:
    server.start()

    with pytest.raises(Conflict) as refused:
        EmbeddedPostgres(home, home / "s", durable=False).start()

    assert str(home) in refused.value.message
    assert str(os.getpid()) in refused.value.message
    assert refused.value.remedy
    assert ask(server, "SELECT 1") == 1


def test_it_ends_with_a_parent_that_is_killed_and_starts_again(
    home: Path, server: EmbeddedPostgres
) -> None:
    code = (
        "import sys, time; from pathlib import Path;"
        "from shopbell.operations.postgres import EmbeddedPostgres;"
        "home = Path(sys.argv[1]);"
        "server = EmbeddedPostgres(home, home / 's', durable=False); server.start();"
        "print(server.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    parent.kill()
    parent.communicate()
    server.start()

    assert wait_until_gone(pid)
    assert ask(server, "SELECT 1") == 1


def test_a_server_that_outlived_its_supervisor_is_stopped_first(home: Path) -> None:
    said: list[str] = []
    server = EmbeddedPostgres(home, home / "s", durable=False, say=said.append)
    server.start()
    server.stop()
    server.socket_dir.mkdir(mode=0o700)
    if server.places.user.switch:
        os.chown(server.socket_dir, server.places.user.uid, server.places.user.gid)
    orphan = subprocess.Popen(
        [str(server.places.binaries / "postgres"), "-D", str(server.places.data)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **identity(server.places.user),
    )
    until = time.monotonic() + 10
    while not (server.socket_dir / ".s.PGSQL.5432").exists() and time.monotonic() < until:
        time.sleep(0.02)

    server.start()
    try:
        assert orphan.wait(10) == 0
        assert any(str(orphan.pid) in sentence for sentence in said)
        assert ask(server, "SELECT 1") == 1
    finally:
        server.stop()


def test_a_pid_file_that_names_a_stranger_is_not_believed(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    (server.places.data / "postmaster.pid").write_text(
        f"{stranger.pid}\n{server.places.data}\n1\n5432\n{server.socket_dir}\n\n1 1\nready\n"
    )
    if server.places.user.switch:
        user = server.places.user
        os.chown(server.places.data / "postmaster.pid", user.uid, user.gid)
    try:
        server.start()

        assert stranger.poll() is None
        assert ask(server, "SELECT 1") == 1
    finally:
        stranger.kill()
        stranger.wait()


def test_half_a_cluster_from_a_killed_start_is_made_anew(
    home: Path, server: EmbeddedPostgres
) -> None:
    half = server.places.cluster / "data.part"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    server.start()

    assert ask(server, "SELECT 1") == 1
    assert not half.exists()


def test_a_cluster_of_another_version_is_explained(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.places.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(ConfigurationError, match="made by PostgreSQL 17"):
        server.start()


def test_a_server_that_cannot_start_tells_its_last_words(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.places.data / "own.conf").write_text("shared_buffers = nonsense\n")

    with pytest.raises(ConfigurationError, match="shared_buffers"):
        server.start()

    assert not server.running


def test_a_socket_folder_that_is_not_ours_is_refused(home: Path, tmp_path: Path) -> None:
    (home / "s").symlink_to(tmp_path)

    with pytest.raises(ConfigurationError, match="somebody else"):
        EmbeddedPostgres(home, home / "s", durable=False).start()


@as_root
def test_as_root_it_runs_as_somebody_without_powers(server: EmbeddedPostgres) -> None:
    server.start()

    assert server.pid is not None
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    assert server.places.data.stat().st_mode & 0o077 == 0


@as_root
def test_a_home_nobody_else_may_enter_keeps_its_mode_and_its_cluster_elsewhere(home: Path) -> None:
    home.chmod(0o700)
    server = EmbeddedPostgres(home, Path(f"/run/{home.name}"), durable=False)
    try:
        server.start()
        first = server.places.cluster
        server.stop()

        assert home.stat().st_mode & 0o777 == 0o700
        assert home not in first.parents
        assert (home / "pg" / "cluster.path").read_text().strip() == str(first)
        again = EmbeddedPostgres(home, Path(f"/run/{home.name}"), durable=False)
        assert again.places.cluster == first
    finally:
        server.stop()
        shutil.rmtree(server.places.cluster)


def test_a_user_enters_a_folder_only_through_open_ones(tmp_path: Path) -> None:
    stranger = ServerUser("stranger", 54321, 54321, True)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a").chmod(0o700)

    assert can_enter(Path("/usr/bin"), stranger)
    assert not can_enter(inner, stranger)
