"""Posting messages to the merchant's program, signed as Standard Webhooks describe.

The header `webhook-id` is the message's own id on every try, and the program promises to send the
same id once: that is why a doubt may be tried again.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

from shopbell.connectors.channels.channel_http.settings import HttpSettings
from shopbell.connectors.signatures import sign_standard
from shopbell.kit import clock
from shopbell.kit.errors import Invalid, Permanent, Temporary
from shopbell.kit.http import Provider, Reply, retry_after
from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, OutgoingMessage, Target

NAME = "Your program"
_WAIT = 300.0
_BUSY = frozenset({425, 429, 503})
_LOCKED = frozenset({401, 403, 404, 405})


class HttpSession:
    """Posts messages one by one."""

    def __init__(self, settings: HttpSettings) -> None:
        self._provider = Provider(
            settings.url,
            name=NAME,
            read_timeout=settings.timeout,
            total_timeout=settings.timeout,
        )
        self._secret = settings.webhook_secret.get_secret_value()

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand the messages over."""
        return [self._send_one(message) for message in messages]

    def close(self) -> None:
        """Connections are shared within the process; nothing is held here."""

    def ping(self) -> Reply:
        """Ask whether somebody is there who knows the secret."""
        return self.post(f"ping-{clock.now().timestamp():.6f}", {"type": "ping"})

    def post(self, identity: str, content: dict[str, Any]) -> Reply:
        """Post signed JSON. Raises as `Provider.ask`."""
        body, stamp = json.dumps(content).encode(), int(clock.now().timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign_standard(self._secret, identity, stamp, body),
        }
        return self._provider.ask("POST", "", content=body, headers=headers)

    def _send_one(self, message: OutgoingMessage) -> Outcome:
        try:
            content = content_of(message)
        except Invalid as error:
            return _permanent(FailureCode.BAD_CONTENT, error.message)
        try:
            reply = self.post(str(message.id), content)
        except Temporary as error:
            kind = OutcomeKind.NOT_TRIED if error.untouched else OutcomeKind.IN_DOUBT
            return Outcome(kind, detail=error.message)
        except Permanent as error:
            return Outcome(OutcomeKind.NOT_TRIED, detail=error.message, retry_after=_WAIT)
        return judge(reply, str(message.id))


def content_of(message: OutgoingMessage) -> dict[str, Any]:
    """Return the JSON of a message: what `docs/how-to/any-platform.md` documents.

    Raises:
        Invalid: a file is gone.
    """
    content: dict[str, Any] = {
        "type": "message",
        "id": str(message.id),
        "to": message.to,
        "to_name": message.to_name,
        "from_name": message.from_name,
        "text": message.text,
        "locale": message.locale,
        "options": [
            {"id": option.id, "title": option.title, "text": option.text}
            for option in message.options
        ],
        "answers": message.answers,
        "files": [
            {
                "name": file.name,
                "content_type": file.content_type,
                "size": file.size,
                "content": base64.b64encode(file.content()).decode(),
            }
            for file in message.files
        ],
    }
    if message.target is not Target.PERSON:
        content |= {"target": str(message.target), "thread": message.thread}
    return content


def judge(reply: Reply, identity: str) -> Outcome:
    """Say what became of a message by the program's answer."""
    said = _said(reply)
    detail = one_line(str(said.get("detail") or "") or f"{reply.status} {_start(reply)}", 240)
    if 200 <= reply.status < 300:
        if reply.body.strip() and not said:
            return Outcome(OutcomeKind.IN_DOUBT, detail=f"The answer was not JSON: {detail}")
        if said.get("error") or said.get("code"):
            return _refused(str(said.get("code") or ""), detail)
        return Outcome(OutcomeKind.ACCEPTED, provider_id=str(said.get("id") or identity)[:150])
    if reply.status in _BUSY:
        wait = retry_after(reply.headers)
        return Outcome(OutcomeKind.TEMPORARY, detail=detail, retry_after=wait)
    if said.get("code") and 400 <= reply.status < 500:
        return _refused(str(said["code"]), detail)
    if reply.status in _LOCKED:
        return Outcome(
            OutcomeKind.NOT_TRIED,
            code=FailureCode.AUTHENTICATION,
            detail=detail,
            retry_after=_WAIT,
        )
    if 400 <= reply.status < 500 and reply.status != 408:
        return _permanent(FailureCode.REFUSED, detail)
    return Outcome(OutcomeKind.IN_DOUBT, detail=detail)


def _refused(code: str, detail: str) -> Outcome:
    if code == "later":
        return Outcome(OutcomeKind.TEMPORARY, detail=detail)
    return _permanent(FailureCode(code) if code in FailureCode else FailureCode.REFUSED, detail)


def _permanent(code: FailureCode, detail: str) -> Outcome:
    return Outcome(OutcomeKind.PERMANENT, code=code, detail=detail)


def _said(reply: Reply) -> dict[str, Any]:
    try:
        content: Any = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _start(reply: Reply) -> str:
    return one_line(reply.body[:200].decode("utf-8", "replace"), 120)
