"""A small real web server on loopback, for code that talks HTTP. Ask `seen` what arrived.

A newcomer's mistake: asserting in the answering function; it runs in another thread.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

type Answer = tuple[int, Mapping[str, str], bytes]


class Site:
    """A small real web server; `answer` decides, `seen` remembers (method, path, headers, body)."""

    def __init__(self, answer: Callable[[str, str], Answer]) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # head and body in one segment, else each answer waits 40 ms

            def _answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                headers = {key.lower(): value for key, value in self.headers.items()}
                site.seen.append((self.command, self.path, headers, body))
                status, extra, content = answer(self.command, self.path)
                self.send_response(status)
                for key, value in extra.items():
                    self.send_header(key, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = _answer

            def log_message(self, format: str, *args: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None: ...

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def site(answer: Callable[[str, str], Answer] | Answer) -> Iterator[Site]:
    running = Site(answer if callable(answer) else lambda method, path: answer)
    try:
        yield running
    finally:
        running.close()
