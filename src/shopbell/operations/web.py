"""The web process: uvicorn with the one application, stopping in good order with streams open.

A newcomer's mistake: `uvicorn.Server` as it is. It raises the stop signal again after its own
shutdown, so nothing after `run` would be reached; `_Server` leaves that out.
"""

import gc
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import uvicorn
from starlette.types import ASGIApp

from shopbell.config.environment import Environment
from shopbell.operations.http_protocol import BoundedHttpProtocol
from shopbell.operations.proxies import BehindProxies

GRACE_SECONDS = 3
_MODULE = "shopbell.config.asgi"


class _Server(uvicorn.Server):
    """Stops on SIGTERM and SIGINT and then simply returns."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to stop signals while serving, and put the old handlers back."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(environment: Environment, listener: socket.socket | None = None) -> int:
    """Serve until told to stop; returns the exit code. Opens the port unless given one."""
    from shopbell.operations.listener import open_listener

    application: ASGIApp = import_module(_MODULE).application
    gc.set_threshold(20_000, 20, 20)  # a page makes thousands of short-lived objects
    server = build_server(application, environment)
    server.run(sockets=[listener or open_listener(environment.bind, environment.port)])
    return 0 if server.started else 1


def build_server(application: ASGIApp, environment: Environment) -> uvicorn.Server:
    """Return the server with our limits around an application."""
    if environment.trusted_proxies > 0:
        application = BehindProxies(application, environment.trusted_proxies)
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # ours counts from the right, uvicorn's takes the leftmost
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=15,
    )
    return _Server(config)
