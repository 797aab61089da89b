"""Handing texts to Vonage's Messages API, and what its answers mean. It knows no idempotency."""

import json
from collections.abc import Sequence
from typing import Any

from shopbell.connections.ports import Account
from shopbell.connectors.channels.sms_answers import account_trouble, by_status
from shopbell.connectors.channels.vonage_sms.settings import VonageSmsSettings
from shopbell.connectors.channels.vonage_sms.vocabulary import ACCOUNT, FAILURES, WAIT
from shopbell.kit.errors import ConnectorError, Temporary
from shopbell.kit.http import Provider, Reply, retry_after
from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, OutgoingMessage

_MOST_REFERENCE = 100


class VonageSession:
    """One line to Vonage; connections are shared by the process."""

    def __init__(self, account: Account) -> None:
        self._settings: VonageSmsSettings = account.settings
        self._webhook = account.webhook_url

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand over each text."""
        return [self._send(message) for message in messages]

    def close(self) -> None:
        """There is nothing to close."""

    def _send(self, message: OutgoingMessage) -> Outcome:
        if message.files:
            said = "Files cannot go by text message here. Send a link instead."
            return Outcome(OutcomeKind.PERMANENT, code=FailureCode.BAD_CONTENT, detail=said)
        told = {
            "message_type": "text",
            "channel": "sms",
            "to": message.to.removeprefix("+"),
            "from": self._settings.from_.removeprefix("+"),
            "text": message.text,
            "client_ref": reference_of(message),
            "webhook_url": self._webhook,
            "webhook_version": "v1",
        }
        try:
            reply = client(self._settings).ask("POST", "v1/messages", json=told)
        except Temporary as error:
            kind = OutcomeKind.NOT_TRIED if error.untouched else OutcomeKind.IN_DOUBT
            return Outcome(kind, detail=error.message, retry_after=error.retry_after)
        except ConnectorError as error:
            return account_trouble(error.message)
        return judge(reply)


def client(settings: VonageSmsSettings) -> Provider:
    """Return a client with the account's key."""
    return Provider(
        settings.api_base,
        name="Vonage",
        auth=(settings.api_key, settings.api_secret.get_secret_value()),
        read_timeout=settings.timeout,
        total_timeout=settings.timeout,
    )


def reference_of(message: OutgoingMessage) -> str:
    """Return what receipts name our message by: its Message-ID, if that is short enough."""
    fits = 0 < len(message.message_id) <= _MOST_REFERENCE
    return message.message_id if fits else ""


def judge(reply: Reply) -> Outcome:
    """Return what an answer means."""
    body = record_of(reply.body)
    identity = str(body.get("message_uuid") or "")
    if reply.status in (200, 201, 202) and identity:
        return Outcome(OutcomeKind.ACCEPTED, provider_id=identity[:200])
    code = code_of(body)
    said = " ".join(str(body[key]) for key in ("title", "detail") if body.get(key))
    detail = one_line(f"{said} (Vonage {code or reply.status})".strip(), 300)
    if code in WAIT:
        wait = retry_after(reply.headers) or 5.0
        return Outcome(OutcomeKind.TEMPORARY, detail=detail, retry_after=wait)
    if code in ACCOUNT:
        return account_trouble(detail)
    if 400 <= reply.status < 500 and code in FAILURES:
        return Outcome(OutcomeKind.PERMANENT, code=FAILURES[code], detail=detail)
    if reply.status < 300:
        return Outcome(OutcomeKind.IN_DOUBT, detail=detail)
    return by_status(reply, detail)


def record_of(body: bytes) -> dict[str, Any]:
    """Return a JSON object, {} for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def code_of(error: dict[str, Any]) -> int:
    """Return the number of an error, 0 if it has none."""
    for said in (error.get("title"), str(error.get("type") or "").rpartition("#")[2]):
        text = str(said)
        if text.isascii() and text.isdigit() and len(text) < 7:
            return int(text)
    return 0
