"""Instagram and Messenger keep what every channel with messages promises."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from shopbell.connections.ports import Settings
from shopbell.connectors.channels.meta.hooks import SIGNATURE, sign
from tests.connectors.channels.instagram.fake import FakeInstagram
from tests.connectors.channels.message_contract import Hook, MessageContract
from tests.connectors.channels.messenger.fake import FakeMessenger
from tests.connectors.channels.meta.fake import APP_SECRET, FakeMeta


class _Meta(MessageContract):
    address = "6900000000000011"
    signature_headers = (SIGNATURE,)
    fake: ClassVar[Any]

    def settings(self, url: str = "http://127.0.0.1:9") -> Settings:
        with self.fake() as fake:
            values = {**fake.settings(), "api_base": url, "timeout": 1}
        found: Settings = self.channel.settings_model.model_validate(values)
        return found

    def signed(self, body: bytes | None = None, secret: str | None = None) -> Hook:
        with self.fake() as fake:
            _, comment = fake.comment(self.address, "Where is it?")
            body = body or _together(fake.write(self.address, "Hello"), comment)
        return Hook(body, {SIGNATURE: sign(body, secret or APP_SECRET)})

    @contextmanager
    def provider(self) -> Iterator[FakeMeta]:
        with self.fake() as fake:
            fake.write(self.address, "Hello")
            yield fake


class TestInstagram(_Meta):
    key = "instagram"
    fake = FakeInstagram

    def status_hook(self) -> Hook:
        with FakeInstagram() as fake:
            return self.signed(fake.event(self.address, {"read": {"mid": "m_ours"}}))


class TestMessenger(_Meta):
    key = "messenger"
    fake = FakeMessenger

    def status_hook(self) -> Hook:
        with FakeMessenger() as fake:
            return self.signed(fake.event(self.address, {"delivery": {"mids": ["m_ours"]}}))


def _together(first: bytes, second: bytes) -> bytes:
    """Two webhooks of the same account as one, as Meta sends them in a busy moment."""
    start, _, rest = first.rpartition(b"]")
    entry = second[second.index(b"[") + 1 : second.rindex(b"]")]
    return start + b", " + entry + b"]" + rest
