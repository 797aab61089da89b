"""Both platforms of Meta on loopback, and each of them by itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from shopbell.connectors.channels.instagram import CHANNEL as INSTAGRAM
from shopbell.connectors.channels.messenger import CHANNEL as MESSENGER
from tests.connectors.channels.instagram.fake import FakeInstagram
from tests.connectors.channels.messenger.fake import FakeMessenger

_CHANNELS: dict[Any, Any] = {FakeInstagram: INSTAGRAM, FakeMessenger: MESSENGER}


@pytest.fixture(params=list(_CHANNELS), ids=["instagram", "messenger"])
def meta(request: Any) -> Iterator[Any]:
    with request.param() as fake:
        yield fake


@pytest.fixture
def channel(meta: Any) -> Any:
    return _CHANNELS[type(meta)]


@pytest.fixture
def instagram() -> Iterator[FakeInstagram]:
    fake = FakeInstagram()
    yield fake
    fake.close()


@pytest.fixture
def messenger() -> Iterator[FakeMessenger]:
    fake = FakeMessenger()
    yield fake
    fake.close()
