"""Twilio passes the suite of all channels with messages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from shopbell.connections.ports import Settings
from shopbell.connectors.channels.twilio_signatures import HEADER, params_of, signature_of
from shopbell.connectors.channels.twilio_sms import CHANNEL
from shopbell.kit import clock
from tests.connectors.channels.message_contract import Hook, MessageContract
from tests.connectors.channels.twilio_sms.fake import NUMBER, SID, TOKEN, FakeTwilio
from tests.support.channels import make_account

MIA = "+491701234567"


class TestContract(MessageContract):
    key = "twilio_sms"
    address = MIA
    signature_headers = (HEADER,)
    messages_in_a_hook = 1
    json_bodies = False

    @pytest.fixture(autouse=True)
    def _still(self) -> Iterator[None]:
        """Twilio's webhooks say no time, so what they say is dated by our clock."""
        with clock.at(datetime(2026, 11, 22, 12, tzinfo=UTC)):
            yield

    def settings(self, url: str = "http://127.0.0.1:9") -> Settings:
        values = {"account_sid": SID, "auth_token": TOKEN, "from": NUMBER, "api_base": url}
        return CHANNEL.settings_model.model_validate({**values, "timeout": 1})

    def signed(self, body: bytes | None = None, secret: str | None = None) -> Hook:
        with FakeTwilio() as fake:
            form = fake.inbound_form(fake.text(MIA, "Hello", deliver=False))
        return self.hook(body or urlencode(form).encode(), secret or TOKEN)

    def status_hook(self) -> Hook:
        form = {"MessageSid": "SM" + "a" * 32, "MessageStatus": "delivered", "To": MIA}
        return self.hook(urlencode(form).encode(), TOKEN)

    def hook(self, body: bytes, token: str) -> Hook:
        url = make_account(self.key, self.settings()).webhook_url
        return Hook(body, {HEADER: signature_of(url, params_of(body), token)})

    def provider(self) -> FakeTwilio:
        return FakeTwilio()
