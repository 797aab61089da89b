"""The wire: a socket that writes all, reads whole replies and keeps to deadlines.

A newcomer's mistake: a timeout per read. A server that drips one byte a minute would hold a worker
for ever; here a reply as a whole has a deadline.
"""

import socket
import ssl
import time

from shopbell.connectors.channels.smtp.replies import Reply

_CHUNK = 64 * 1024
_REPLY_LIMIT = 64 * 1024


class LineLost(Exception):
    """The connection broke, timed out or spoke nonsense. `args[0]` says which in plain words."""


class SendLost(LineLost):
    """The connection broke while writing; at most `gone` bytes had left."""

    def __init__(self, message: str, gone: int) -> None:
        super().__init__(message)
        self.gone = gone


class Line:
    """One TCP connection, with or without TLS."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self.timeout = timeout
        self._buffer = bytearray()
        try:
            self._socket = socket.create_connection((host, port), timeout)
        except OSError as error:
            raise LineLost(f"cannot connect: {_said(error)}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def local_address(self) -> str:
        """Our own address on this connection."""
        return str(self._socket.getsockname()[0])

    @property
    def encrypted(self) -> bool:
        """Whether TLS is on."""
        return isinstance(self._socket, ssl.SSLSocket)

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Turn TLS on. What came unencrypted and was not read yet is thrown away."""
        self._buffer.clear()
        try:
            self._socket.settimeout(self.timeout)
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        except ssl.SSLCertVerificationError:
            raise
        except (OSError, ValueError) as error:
            raise LineLost(f"TLS failed: {_said(error)}") from error

    def write(self, data: bytes) -> None:
        """Send all of `data`; on failure `SendLost.gone` bounds what may have left."""
        sent = 0
        deadline = time.monotonic() + max(self.timeout, len(data) / 10_000)
        view = memoryview(data)
        while sent < len(data):
            part = view[sent : sent + _CHUNK]
            try:
                self._socket.settimeout(max(0.001, min(self.timeout, deadline - time.monotonic())))
                sent += self._socket.send(part)
            except OSError as error:
                # A plain socket that fails took nothing; TLS may have sent some of its records.
                gone = sent + (len(part) if self.encrypted else 0)
                raise SendLost(f"connection lost while sending: {_said(error)}", gone) from error

    def read_reply(self, timeout: float | None = None) -> Reply:
        """Return the next complete reply."""
        deadline = time.monotonic() + (timeout or self.timeout)
        lines: list[str] = []
        size = 0
        while True:
            line = self._read_line(deadline)
            size += len(line)
            if len(line) < 3 or not line[:3].isdigit() or line[3:4] not in (b"", b" ", b"-"):
                raise LineLost("the server does not speak SMTP")
            lines.append(line[4:].decode("utf-8", "replace").strip())
            if line[3:4] != b"-":
                return Reply(int(line[:3]), "\n".join(lines))
            if size > _REPLY_LIMIT:
                raise LineLost("the server's reply has no end")

    def close(self) -> None:
        """Close the socket; never raises."""
        try:
            self._socket.close()
        except OSError:
            pass

    def _read_line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _REPLY_LIMIT:
                raise LineLost("the server's reply has no end")
            self._fill(deadline)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r")

    def _fill(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise LineLost("the server did not answer in time")
        try:
            self._socket.settimeout(left)
            data = self._socket.recv(_CHUNK)
        except TimeoutError:
            raise LineLost("the server did not answer in time") from None
        except OSError as error:
            raise LineLost(f"connection lost: {_said(error)}") from error
        if not data:
            raise LineLost("the server closed the connection")
        self._buffer += data


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
