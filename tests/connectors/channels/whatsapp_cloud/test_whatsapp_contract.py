"""The WhatsApp channel keeps what every channel with messages promises."""

from collections.abc import Iterator
from contextlib import contextmanager

from shopbell.connections.ports import Settings
from shopbell.connectors.channels.whatsapp_cloud.webhooks import SIGNATURE_HEADER, sign
from tests.connectors.channels.message_contract import Hook, MessageContract
from tests.connectors.channels.whatsapp_cloud.fake import SECRET, MetaFake
from tests.connectors.channels.whatsapp_cloud.ground import MIA, MIA_PLAIN, recorded, settings


class TestContract(MessageContract):
    key = "whatsapp_cloud"
    address = MIA
    signature_headers = (SIGNATURE_HEADER,)

    def settings(self, url: str = "http://127.0.0.1:9") -> Settings:
        return settings(url)

    def signed(self, body: bytes | None = None, secret: str | None = None) -> Hook:
        body = body or recorded("two_messages")
        return Hook(body, {SIGNATURE_HEADER: sign(body, secret or SECRET)})

    def status_hook(self) -> Hook:
        return self.signed(recorded("statuses"))

    @contextmanager
    def provider(self) -> Iterator[MetaFake]:
        with MetaFake() as meta:
            meta.wrote(MIA_PLAIN)
            yield meta
