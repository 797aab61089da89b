"""Asks a ClamAV daemon (clamd) what is in a file, by its INSTREAM command.

    scanner = configured()          # None when there is none
    found = scanner.scan(content)   # the name of what it knows, or ""

A newcomer's mistake: taking silence for health. A daemon that does not answer raises `Temporary`.
Protocol: clamd(8), section INSTREAM.
"""

import socket
import struct
from dataclasses import dataclass

from django.conf import settings

from shopbell.kit.errors import Permanent, Temporary

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
_PIECE = 64 * 1024
_SIZE = struct.Struct(">I")
_LONGEST_ANSWER = 4_096


@dataclass(frozen=True, slots=True)
class Scanner:
    """A daemon at `host:port` or behind a socket file (an absolute path)."""

    address: str
    seconds: float = ANSWER_SECONDS

    def scan(self, content: bytes) -> str:
        """Return the name of the malware in a file; empty if none is known.

        Raises:
            Temporary: the daemon cannot be reached or does not answer.
            Permanent: the daemon will not look at this file (it is too large for it).
        """
        said = self._ask(b"zINSTREAM\0", content)
        verdict = said.removeprefix("stream: ")
        if verdict == "OK":
            return ""
        if verdict.endswith(" FOUND"):
            return verdict.removesuffix(" FOUND")[:120]
        if "size limit" in verdict.lower():
            raise Permanent("The virus scanner does not take files of this size.")
        raise Temporary(f"The virus scanner said: {said[:200] or 'nothing'}")

    def version(self) -> str:
        """Return what the daemon says it is and how old its signatures are.

        Raises:
            Temporary: it cannot be reached or does not answer.
        """
        return self._ask(b"zVERSION\0", None)

    def _ask(self, command: bytes, content: bytes | None) -> str:
        try:
            with self._connected() as line:
                line.settimeout(self.seconds)
                _send(line, command, content)
                return _answer(line)
        except OSError as error:
            raise Temporary(f"The virus scanner at {self.address}: {error}") from None

    def _connected(self) -> socket.socket:
        if self.address.startswith("/"):
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                line.settimeout(CONNECT_SECONDS)
                line.connect(self.address)
            except OSError:
                line.close()
                raise
            return line
        host, _, port = self.address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS)


def configured(seconds: float = ANSWER_SECONDS) -> Scanner | None:
    """Return the scanner of this installation (`SHOPBELL_CLAMAV`), if it has one.

    `seconds`: how long its answer is waited for.
    """
    return Scanner(settings.CLAMAV, seconds) if settings.CLAMAV else None


def _send(line: socket.socket, command: bytes, content: bytes | None) -> None:
    line.sendall(command)
    if content is None:
        return
    try:
        for start in range(0, len(content), _PIECE):
            piece = content[start : start + _PIECE]
            line.sendall(_SIZE.pack(len(piece)) + piece)
        line.sendall(_SIZE.pack(0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has heard enough, as with a file that is too large; its answer says why


def _answer(line: socket.socket) -> str:
    said = bytearray()
    while not said.endswith(b"\0") and len(said) < _LONGEST_ANSWER:
        piece = line.recv(_LONGEST_ANSWER)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0").decode("utf-8", "replace").strip()
