"""A virus scanner daemon that speaks clamd's protocol strictly and knows one virus.

    with Clamd() as daemon:
        settings.CLAMAV = daemon.address

It refuses what clamd refuses: unknown commands, sizes beyond its limit, broken framing. A
newcomer's mistake: writing the test virus into a file as one piece; scanners of your machine find
it. `EICAR` is put together here.
"""

import socketserver
import struct
import threading
from typing import Self

EICAR = b"X5O!P%@AP[4" + rb"\PZX54(P^)7CC)7}$EICAR-STANDARD" + b"-ANTIVIRUS-TEST-FILE!$H+H*"
_SIZE = struct.Struct(">I")


class Clamd:
    """The daemon, on a port of loopback. `most` is its StreamMaxLength in bytes."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.most = most
        self.looked_at = 0
        self.knows = True  # False: its signatures have been mended
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                command = self._until_nul()
                if command == b"zVERSION":
                    self.wfile.write(b"ClamAV 1.4.3/27000/Sat Nov 21 09:00:00 2026\0")
                elif command == b"zINSTREAM":
                    self.wfile.write(self._look() + b"\0")
                else:
                    self.wfile.write(b"UNKNOWN COMMAND\0")

            def _until_nul(self) -> bytes:
                said = bytearray()
                while (letter := self.rfile.read(1)) not in (b"", b"\0"):
                    said += letter
                return bytes(said)

            def _look(self) -> bytes:
                content = bytearray()
                while True:
                    (size,) = _SIZE.unpack(self.rfile.read(_SIZE.size))
                    if size == 0:
                        break
                    if len(content) + size > outer.most:
                        return b"INSTREAM size limit exceeded. ERROR"
                    content += self.rfile.read(size)
                outer.looked_at += 1
                found = outer.knows and EICAR in content
                return b"stream: Eicar-Test-Signature FOUND" if found else b"stream: OK"

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Be away from now on."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
