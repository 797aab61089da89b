"""Where our own front door is, for pages and demos that play a provider.

A newcomer's mistake: calling the handler instead. The point is that everything takes the real way:
a socket, a signature, a stored request, the worker.
"""

from urllib.parse import urlsplit

from django.conf import settings

from shopbell.kit.http import Provider

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  (compared, not bound)
_HERE = ("localhost", "127.0.0.1", "::1", "")


def front_door_url() -> str:
    """Return the address of a web process: on this machine when there is one, else the public one.

    With the embedded database everything runs on one machine. Otherwise a worker may be alone on
    its machine, and only the public address is sure to lead to a door.
    """
    environment = settings.ENVIRONMENT
    local = urlsplit(environment.base_url).hostname in _HERE
    if environment.embedded_database or local:
        host = _WILDCARDS.get(environment.bind, environment.bind)
        return f"http://{host}:{environment.port}"
    return str(environment.base_url)


def front_door() -> Provider:
    """Return a client for the front door."""
    return Provider(
        front_door_url(),
        name="The front door",
        connect_timeout=2,
        read_timeout=10,
        total_timeout=15,
    )
