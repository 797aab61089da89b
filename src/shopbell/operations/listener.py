"""The one port. The supervisor opens it and hands it to the web process.

So connections wait, instead of being refused, while a web process that died is replaced. A
newcomer's mistake: a friendly message that guesses. Who holds the port is said only when known.
"""

import errno
import socket
from pathlib import Path

from shopbell.kit.errors import ConfigurationError
from shopbell.operations.processes import command_of

_BACKLOG = 2048
_LISTENING = "0A"


def open_listener(bind: str, port: int) -> socket.socket:
    """Listen on the address.

    Raises:
        ConfigurationError: the port is taken (by whom, when that can be known) or not allowed.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((bind, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _explained(error, bind, port) from None
    listener.setblocking(False)
    return listener


def port_is_free(bind: str, port: int) -> bool:
    """Whether `open_listener` would get the port just now."""
    try:
        open_listener(bind, port).close()
    except ConfigurationError:
        return False
    return True


def holder_of(port: int) -> str:
    """Say which program listens on a port ("nginx (process 812)"), empty when it is not known."""
    inodes = _listening_inodes(port)
    if not inodes:
        return ""
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.startswith("socket:[") and target[8:-1] in inodes:
            pid = int(descriptor.parts[2])
            return f"{_program(command_of(pid))} (process {pid})"
    return ""


def _program(command: str) -> str:
    """Name a command line: of `python /…/bin/shopbell up` the script, not the interpreter."""
    words = [Path(word).name for word in command.split(" ") if word] or ["a program"]
    if words[0].startswith("python") and len(words) > 1 and not words[1].startswith("-"):
        return words[1]
    return words[0]


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            local, state, inode = fields[1], fields[3], fields[9]
            if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                inodes.add(inode)
    return inodes


def _explained(error: OSError, bind: str, port: int) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        holder = holder_of(port)
        return ConfigurationError(
            f"Port {port} is taken" + (f" by {holder}." if holder else " by another program."),
            remedy=f"Stop that program, or choose another port: shopbell up --port {port + 1}",
        )
    if error.errno == errno.EACCES:
        return ConfigurationError(
            f"This user may not listen on port {port}.",
            remedy="Choose a port above 1023 and put a reverse proxy in front.",
        )
    return ConfigurationError(
        f"Cannot listen on {bind}, port {port}: {error.strerror}.",
        remedy="Set SHOPBELL_BIND to an address of this machine (127.0.0.1, or 0.0.0.0 for all).",
    )
