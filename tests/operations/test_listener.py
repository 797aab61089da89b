"""The one port."""

import os
import socket
from collections.abc import Iterator

import pytest

from shopbell.kit.errors import ConfigurationError
from shopbell.operations.listener import holder_of, open_listener, port_is_free


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))
    yield listener
    listener.close()


def test_a_taken_port_is_explained_with_who_has_it(taken: socket.socket) -> None:
    port = taken.getsockname()[1]

    with pytest.raises(ConfigurationError) as refused:
        open_listener("127.0.0.1", port)

    assert f"Port {port} is taken by" in refused.value.message
    assert f"(process {os.getpid()})" in refused.value.message
    assert f"--port {port + 1}" in refused.value.remedy
    assert not port_is_free("127.0.0.1", port)


def test_nobody_is_named_when_nobody_listens(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    taken.close()

    assert holder_of(port) == ""
    assert port_is_free("127.0.0.1", port)


def test_an_address_of_another_machine_is_explained() -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_listener("192.0.2.1", 8000)

    assert "192.0.2.1" in refused.value.message
    assert "SHOPBELL_BIND" in refused.value.remedy


def test_it_listens_on_ipv6_too() -> None:
    with open_listener("::1", 0) as listener:
        assert listener.family == socket.AF_INET6
