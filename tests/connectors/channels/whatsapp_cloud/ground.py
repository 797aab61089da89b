"""What the tests of WhatsApp share."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from shopbell.connections.ports import Account
from shopbell.connectors.channels.whatsapp_cloud import CHANNEL
from shopbell.connectors.channels.whatsapp_cloud.settings import WhatsAppSettings
from shopbell.messaging.ports import Outcome, OutgoingMessage
from tests.connectors.channels.whatsapp_cloud.fake import ACCOUNT, NUMBER, SECRET, TOKEN
from tests.support.channels import make_account, make_message

MIA, MIA_PLAIN = "+491701234567", "491701234567"
VERIFY = "a word of our own"


def settings(url: str, **changes: Any) -> WhatsAppSettings:
    values = {
        "phone_number_id": NUMBER,
        "business_account_id": ACCOUNT,
        "access_token": SecretStr(TOKEN),
        "app_secret": SecretStr(SECRET),
        "verify_token": SecretStr(VERIFY),
        "api_base": url,
        "timeout": 1.0,
        **changes,
    }
    return WhatsAppSettings(**values)


def account(url: str = "http://127.0.0.1:9", **changes: Any) -> Account:
    return make_account("whatsapp_cloud", settings(url, **changes), address="+4930555000")


def message(to: str = MIA, text: str = "Hello Mia", **changes: Any) -> OutgoingMessage:
    return make_message(to, text=text, subject="", html="", **changes)


def send(url: str, *messages: OutgoingMessage, **changes: Any) -> list[Outcome]:
    session = CHANNEL.open(account(url, **changes))
    return session.send(messages or [message()])


def recorded(name: str) -> bytes:
    """Return a webhook as Meta's documentation shows it, with invented people."""
    return (Path(__file__).parent / "fixtures" / f"{name}.json").read_bytes()
