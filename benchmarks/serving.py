"""Serve one application with the same server settings as the product's web process."""

import socket
import sys
from importlib import import_module

import uvicorn


def main() -> None:
    """`python -m benchmarks.serving FD MODULE ATTRIBUTE`."""
    number, module, attribute = sys.argv[1:4]
    application = getattr(import_module(module), attribute)
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(number))])


if __name__ == "__main__":
    main()
