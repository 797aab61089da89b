"""Any program: one POST of JSON to its address, signed as Standard Webhooks describe.

A newcomer's mistake: a fresh `webhook-id` for each try. The program knows by it that it has had
this one before.
"""

import json
import uuid
from typing import ClassVar

from pydantic import Field, SecretStr

from shopbell.connections.ports import Account, Family, Health, Settings
from shopbell.connectors.signatures import sign_standard
from shopbell.kit import clock
from shopbell.kit.errors import ConnectorError
from shopbell.kit.http import Provider


class GenericReceiverSettings(Settings):
    """What the merchant fills in."""

    url: str = Field(
        pattern=r"^https?://[^\s/?#@]+(/\S*)?$",
        max_length=1000,
        description="Where it is posted, such as https://points.example.com/shopbell.",
    )
    secret: SecretStr = Field(
        min_length=16,
        description="What each post is signed with: 16 characters or more, or whsec_…. The "
        "program checks the signature with it.",
    )


class GenericReceiver:
    """A program that answers with 2xx when it has taken what it was told."""

    key: ClassVar[str] = "generic_receiver"
    family: ClassVar[Family] = "receiver"
    title: ClassVar[str] = "Any program (signed post)"
    summary: ClassVar[str] = "Steps of journeys tell your own program who has come there."
    settings_model: ClassVar[type[Settings]] = GenericReceiverSettings

    def check(self, account: Account) -> Health:
        """Post a message that says it is only a test."""
        body = json.dumps({"type": "test", "at": clock.now().isoformat(), "data": {}}).encode()
        try:
            self.post(account, key=uuid.uuid4(), body=body)
        except ConnectorError as error:
            return Health(False, error.message, "It must answer 2xx to a signed POST.")
        return Health(True, "It took a test message.")

    def post(self, account: Account, *, key: uuid.UUID, body: bytes) -> None:
        """Tell it (see `Receiver.post`)."""
        settings: GenericReceiverSettings = account.settings
        scheme, _, rest = settings.url.partition("://")
        host, _, path = rest.partition("/")
        stamp = int(clock.now().timestamp())
        secret = settings.secret.get_secret_value()
        program = Provider(
            f"{scheme}://{host}",
            name="The program",
            read_timeout=8.0,
            total_timeout=10.0,
            max_bytes=64 * 1024,
        )
        headers = {
            "content-type": "application/json",
            "webhook-id": str(key),
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign_standard(secret, str(key), stamp, body),
        }
        program.request("POST", path, content=body, headers=headers)
