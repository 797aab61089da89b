"""Starting our own programs from tests."""

import socket
import sys
from pathlib import Path

SHOPBELL = str(Path(sys.executable).with_name("shopbell"))


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
