"""What is wrong with this installation, and how to mend it.

Each check answers with findings: a sentence, and a remedy when it is not well. A newcomer's
mistake: raising in a check. A doctor that falls ill helps nobody; what cannot be asked is said so.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from shopbell.config.environment import Environment

_SCARCE_BYTES = 1024**3
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `remedy` is empty when all is well."""

    name: str
    ok: bool
    sentence: str
    remedy: str = ""


Check = Callable[[Environment], Iterator[Finding]]


def run_checks(environment: Environment) -> list[Finding]:
    """Look at everything that can be looked at from this process."""
    from shopbell.operations.doctor_database import DATABASE_CHECKS
    from shopbell.operations.doctor_domains import check_sender_domains

    findings: list[Finding] = []
    reachable = True
    for check in (*_LOCAL_CHECKS, *DATABASE_CHECKS, check_sender_domains):
        if reachable:
            found = list(check(environment))
            findings += found
            reachable = not any(one.name == "database" and not one.ok for one in found)
    return findings


def check_folder(environment: Environment) -> Iterator[Finding]:
    """The data folder is there, ours, and keeps its secret."""
    home = environment.home
    if not home.is_dir():
        yield Finding(
            "data folder",
            False,
            f"The data folder {home} does not exist.",
            "It is made by the first `shopbell up`; or set SHOPBELL_HOME to the right one.",
        )
        return
    if not os.access(home, os.W_OK | os.X_OK):
        yield Finding(
            "data folder",
            False,
            f"This user may not write to the data folder {home}.",
            f"Run Shopbell as the owner of {home}, or set SHOPBELL_HOME to another folder.",
        )
        return
    secret = home / "secret_key"
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        yield Finding(
            "data folder",
            False,
            f"Other users of this machine can read {secret}.",
            f"chmod 600 {secret}. If a stranger may have read it, make a new one.",
        )
        return
    yield Finding("data folder", True, f"The data folder is {home}.")


def check_disk(environment: Environment) -> Iterator[Finding]:
    """There is room for the database to grow."""
    folder = environment.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    size = f"{free / 1024**3:.1f} GB"
    if free < _SCARCE_BYTES:
        yield Finding(
            "disk",
            False,
            f"Only {size} are free where the data folder is.",
            "Make room. A full disk stops the database; nothing is lost, but nothing is taken in.",
        )
    else:
        yield Finding("disk", True, f"{size} are free where the data folder is.")


def check_scanner(environment: Environment) -> Iterator[Finding]:
    """The virus scanner answers, where one is named."""
    from shopbell.kit.antivirus import Scanner
    from shopbell.kit.errors import Temporary

    if not environment.clamav:
        return
    try:
        said = Scanner(environment.clamav, seconds=5).version()
    except Temporary as error:
        yield Finding(
            "virus scanner",
            False,
            f"{error} Files that customers send wait for it; nothing is lost.",
            "Start clamd, or correct SHOPBELL_CLAMAV.",
        )
    else:
        yield Finding("virus scanner", True, f"The virus scanner answers: {said}.")


def check_port(environment: Environment) -> Iterator[Finding]:
    """The port is free or is already ours."""
    from shopbell.operations.listener import holder_of, port_is_free
    from shopbell.operations.probes import answers

    bind, port = environment.bind, environment.port
    if port_is_free(bind, port):
        yield Finding("port", True, f"Port {port} is free; Shopbell does not run here just now.")
    elif answers(environment, "/healthz", timeout=3):
        yield Finding("port", True, f"Shopbell answers on port {port}.")
    else:
        yield Finding(
            "port",
            False,
            f"Port {port} cannot be used: {holder_of(port) or 'another program'} has it,"
            " and it does not answer like Shopbell.",
            f"Stop that program, or choose another port: shopbell up --port {port + 1}",
        )


def check_base_url(environment: Environment) -> Iterator[Finding]:
    """Links in mails will lead to us."""
    parts = urlsplit(environment.base_url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        yield Finding(
            "address",
            False,
            f"SHOPBELL_BASE_URL is {environment.base_url!r}, which is not a web address.",
            "Set it to what customers type, such as https://talk.example.com",
        )
    elif host in _LOCAL_NAMES and environment.bind not in (*_LOCAL_NAMES, ""):
        yield Finding(
            "address",
            False,
            f"Shopbell listens to the network, but its links lead to {host}.",
            "Set SHOPBELL_BASE_URL to the address customers reach, such as https://talk.example.com",
        )
    elif parts.scheme == "http" and not _is_private(host):
        yield Finding(
            "address",
            False,
            f"Links lead to {environment.base_url}, without encryption.",
            "Put a reverse proxy with a certificate in front and set SHOPBELL_BASE_URL to https://…",
        )
    elif host in _LOCAL_NAMES:
        yield Finding(
            "address",
            True,
            f"Links lead to {environment.base_url}: good for trying out, not for customers.",
        )
    else:
        yield Finding("address", True, f"Links lead to {environment.base_url}.")


def _is_private(host: str) -> bool:
    if host in _LOCAL_NAMES:
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return host.endswith((".local", ".internal", ".localhost", ".test")) or "." not in host


_LOCAL_CHECKS: tuple[Check, ...] = (
    check_folder,
    check_disk,
    check_port,
    check_base_url,
    check_scanner,
)
