"""The `telegram` channel: a bot that customers write to.

A newcomer's mistake: writing first. A bot may write to somebody who pressed *Start*, and to nobody
else; after that there is no window.
"""

import hmac
import json
from collections.abc import Sequence
from typing import Any, ClassVar

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.payload import part, word
from shopbell.connectors.channels.telegram.api import BotApi
from shopbell.connectors.channels.telegram.reading import KINDS, read_update
from shopbell.connectors.channels.telegram.sending import (
    FILE_BYTES,
    OPTIONS,
    TEXT_LENGTH,
    TelegramSession,
)
from shopbell.connectors.channels.telegram.settings import TelegramSettings
from shopbell.kit.errors import BadSignature, ConnectorError, Invalid
from shopbell.messaging.ports import Capabilities, Medium, Receipt, RemoteFile, Written

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (a name)


class TelegramChannel:
    """One bot."""

    key: ClassVar[str] = "telegram"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "Telegram"
    summary: ClassVar[str] = "Answer customers who write to your bot on Telegram."
    settings_model: ClassVar[type[Settings]] = TelegramSettings
    address_label: ClassVar[str] = "Bot name"
    address_help: ClassVar[str] = "What customers see, such as Lark & Larder."
    address_needed: ClassVar[bool] = False
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.TELEGRAM,
        attachment_bytes=FILE_BYTES,
        max_length=TEXT_LENGTH,
        options=OPTIONS,
        pair_seconds=1.0,
        batch=16,
    )

    def open(self, account: Account) -> TelegramSession:
        """Make ready; the first request is the first message."""
        return TelegramSession(account.settings)

    def check(self, account: Account) -> Health:
        """Ask which bot it is, and tell Telegram where to send what customers write."""
        api = BotApi(account.settings)
        try:
            bot = api.do("getMe")
            api.do("setWebhook", self._hook(account))
            state = api.do("getWebhookInfo")
        except ConnectorError as error:
            hint = (
                "Copy the token from @BotFather again. Telegram needs a public https address, on "
                "port 443, 80, 88 or 8443, to send to."
            )
            return Health(ok=False, summary=error.message, hint=hint)
        name, waiting = word(bot, "username"), word(state, "pending_update_count") or "0"
        facts = [("Bot", f"@{name}"), ("Waiting at Telegram", waiting)]
        trouble = word(state, "last_error_message")
        if trouble and waiting != "0":
            facts.append(("Telegram could not reach us", trouble))
        hint = ""
        settings: TelegramSettings = account.settings
        if name and settings.username.removeprefix("@").lower() != name.lower():
            hint = f"Enter {name} as the username: links that open a chat need it."
        return Health(ok=True, summary=f"Connected to @{name}.", hint=hint, facts=tuple(facts))

    def verify(self, request: RawRequest, account: Account) -> None:
        """Compare the secret that Telegram sends along."""
        expected = account.settings.secret_token.get_secret_value().encode()
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(expected, given):
            raise BadSignature("The webhook does not carry the secret token.")

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File an update under its number."""
        update = _update(request.body)
        kind = next((name for name in KINDS if name in update), "other")
        return [Incoming(provider_id=word(update, "update_id"), topic=f"telegram.{kind}")]

    def answer(self, request: RawRequest, account: Account) -> tuple[str, str]:
        """Tell Telegram that a pressed button was heard, or it turns and turns for the customer."""
        pressed = word(part(_update(request.body), "callback_query"), "id")
        said = {"method": "answerCallbackQuery", "callback_query_id": pressed} if pressed else {}
        return "application/json", json.dumps(said)

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """There are none: Telegram does not tell bots what was read."""
        return []

    def written(self, topic: str, body: bytes, account: Account) -> list[Written]:
        """Return what a customer wrote or did."""
        found = read_update(_update(body))
        return [found] if found is not None else []

    def fetch(self, file: RemoteFile, account: Account) -> bytes:
        """Return a file that a customer sent; Telegram hands bots files of up to 20 MB."""
        api = BotApi(account.settings)
        path = word(api.do("getFile", {"file_id": file.ref}), "file_path")
        return api.file(path)

    def _hook(self, account: Account) -> dict[str, Any]:
        return {
            "url": account.webhook_url,
            "secret_token": account.settings.secret_token.get_secret_value(),
            "allowed_updates": list(KINDS),
            "max_connections": 20,
        }


def _update(body: bytes) -> dict[str, Any]:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("The update is not JSON.") from None
    if not isinstance(content, dict) or not word(content, "update_id"):
        raise Invalid("The update has no number.")
    return content
