"""Handing messages to Twilio, and what its answers mean.

Twilio has no idempotency: after the request left, silence is a doubt. The address for receipts
carries our Message-ID, so that a receipt settles the doubt.
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from shopbell.connections.ports import Account
from shopbell.connectors.channels.twilio_sms.client import api, path
from shopbell.connectors.channels.twilio_sms.senders import sender_for
from shopbell.connectors.channels.twilio_sms.settings import (
    TwilioSmsSettings,
    is_name,
    is_service,
)
from shopbell.connectors.channels.twilio_sms.vocabulary import (
    FAILURES,
    INVALID_CALLBACK,
    MOVES,
    WORDS,
    Move,
)
from shopbell.kit.errors import ConnectorError, Temporary
from shopbell.kit.http import Reply, retry_after
from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, OutgoingMessage

OURS = "m"  # the parameter of the receipt address that names our message
_WAIT_FOR_PERSON = 300.0
_WAIT_FOR_RATE = 5.0


class TwilioSession:
    """One line to Twilio. Connections are shared by the process, so opening costs nothing."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._settings: TwilioSmsSettings = account.settings
        self._callback = account.webhook_url

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand over each message."""
        return [self._send(message) for message in messages]

    def close(self) -> None:
        """There is nothing to close."""

    def _send(self, message: OutgoingMessage) -> Outcome:
        sender = sender_for(self._settings.from_, message, self._account.address)
        if message.files and not self._takes_files(sender, message.to):
            return Outcome(
                OutcomeKind.PERMANENT,
                code=FailureCode.BAD_CONTENT,
                detail="Files cannot go to this number by text message. Send a link instead.",
            )
        outcome, code = self._post(self._form(message, sender))
        if code == INVALID_CALLBACK and self._callback:
            # Twilio cannot reach us (a laptop, say). It took nothing, so send without receipts.
            self._callback = ""
            outcome, _ = self._post(self._form(message, sender))
        return outcome

    def _takes_files(self, sender: str, to: str) -> bool:
        if is_name(sender):
            return False
        return any(to.startswith(prefix) for prefix in self._settings.mms_prefixes)

    def _form(self, message: OutgoingMessage, sender: str) -> dict[str, Any]:
        form: dict[str, Any] = {"To": message.to}
        form["MessagingServiceSid" if is_service(sender) else "From"] = sender
        if message.text:
            form["Body"] = message.text
        if message.files:
            form["MediaUrl"] = [file.public_url() for file in message.files]
        if self._callback:
            form["StatusCallback"] = f"{self._callback}?{OURS}={quote(message.message_id, safe='')}"
        return form

    def _post(self, form: dict[str, Any]) -> tuple[Outcome, int]:
        try:
            reply = api(self._settings).ask("POST", path(self._settings, "Messages"), data=form)
        except Temporary as error:
            kind = OutcomeKind.NOT_TRIED if error.untouched else OutcomeKind.IN_DOUBT
            return Outcome(kind, detail=error.message, retry_after=error.retry_after), 0
        except ConnectorError as error:
            return Outcome(
                OutcomeKind.NOT_TRIED, detail=error.message, retry_after=_WAIT_FOR_PERSON
            ), 0
        return judge(reply)


def judge(reply: Reply) -> tuple[Outcome, int]:
    """Return what an answer to a message means, with Twilio's error code."""
    body = _body(reply)
    sid = str(body.get("sid") or "")
    if reply.status in (200, 201) and sid:
        return _accepted(sid, body), 0
    code = body.get("code")
    number = code if isinstance(code, int) else 0
    said = WORDS.get(number) or str(body.get("message") or "")
    detail = one_line(f"{said} (Twilio {number or reply.status})".strip(), 400)
    wait = retry_after(reply.headers)
    move = MOVES.get(number) or _move_of(reply.status)
    if move is Move.WAIT:
        return Outcome(
            OutcomeKind.TEMPORARY, detail=detail, retry_after=wait or _WAIT_FOR_RATE
        ), number
    if move is Move.ACCOUNT:
        return Outcome(
            OutcomeKind.NOT_TRIED, detail=detail, retry_after=wait or _WAIT_FOR_PERSON
        ), number
    if reply.status == 503:  # turned away before anything was done
        return Outcome(OutcomeKind.TEMPORARY, detail=detail, retry_after=wait), number
    if not 400 <= reply.status < 500:
        return Outcome(OutcomeKind.IN_DOUBT, detail=detail), number
    failure = FAILURES.get(number, FailureCode.REFUSED)
    return Outcome(OutcomeKind.PERMANENT, code=failure, detail=detail), number


def _accepted(sid: str, body: dict[str, Any]) -> Outcome:
    """Twilio keeps the message; it may say at once that it failed."""
    code = body.get("error_code")
    if body.get("status") in ("failed", "undelivered") and isinstance(code, int):
        failure = FAILURES.get(code, FailureCode.REFUSED)
        said = WORDS.get(code, str(body.get("error_message") or ""))
        return Outcome(
            OutcomeKind.PERMANENT, provider_id=sid, code=failure, detail=f"{said} (Twilio {code})"
        )
    return Outcome(OutcomeKind.ACCEPTED, provider_id=sid)


def _move_of(status: int) -> Move | None:
    if status == 429:
        return Move.WAIT
    return Move.ACCOUNT if status in (401, 403, 404) else None


def _body(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
