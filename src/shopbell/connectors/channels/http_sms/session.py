"""Handing texts to a gateway: a template is filled, answers are read by the merchant's patterns.

A newcomer's mistake: filling in a value as it is. In an address and a form it is percent-encoded,
in JSON escaped, in a header stripped of line breaks, so that a text stays a text.
"""

import json
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

import regex

from shopbell.connections.ports import Account
from shopbell.connectors.channels.http_sms.settings import HttpSmsSettings, filled
from shopbell.connectors.channels.sms_answers import account_trouble, by_status
from shopbell.kit.errors import ConnectorError, Temporary
from shopbell.kit.http import Provider, Reply
from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, OutgoingMessage

_LOOKED_AT = 10_000  # characters of an answer
_PATTERN_SECONDS = 0.2
_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


class HttpSession:
    """One line to the gateway; connections are shared by the process."""

    def __init__(self, account: Account) -> None:
        self._settings: HttpSmsSettings = account.settings

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand over each text."""
        return [self._send(message) for message in messages]

    def close(self) -> None:
        """There is nothing to close."""

    def _send(self, message: OutgoingMessage) -> Outcome:
        settings = self._settings
        if message.files:
            said = "This gateway takes no files. Send a link instead."
            return Outcome(OutcomeKind.PERMANENT, code=FailureCode.BAD_CONTENT, detail=said)
        base, path, headers, body = made_request(settings, message)
        client = Provider(
            base,
            name="The gateway",
            read_timeout=settings.timeout,
            total_timeout=settings.timeout,
            max_bytes=1_000_000,
        )
        try:
            reply = client.ask(settings.method, path, content=body, headers=headers, follow=False)
        except Temporary as error:
            kind = OutcomeKind.NOT_TRIED if error.untouched else OutcomeKind.IN_DOUBT
            return Outcome(kind, detail=error.message, retry_after=error.retry_after)
        except ConnectorError as error:
            return account_trouble(error.message)
        return judge(settings, message, reply)


def made_request(
    settings: HttpSmsSettings, message: OutgoingMessage
) -> tuple[str, str, dict[str, str], bytes | None]:
    """Return base, path, headers and body of the request for a text."""
    values = {
        "to": _number(settings, message.to),
        "text": message.text,
        "from": settings.from_,
        "id": message.id.hex,
        "key": settings.key.get_secret_value(),
    }
    url = filled(settings.url, {name: quote(value, safe="") for name, value in values.items()})
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = {}
    for line in settings.headers:
        name, _, rest = line.partition(":")
        headers[name.strip()] = one_line(filled(rest.strip(), values), 2000)
    if settings.body_kind == "none" or settings.method == "GET":
        return f"{parts.scheme}://{parts.netloc}", path, headers, None
    headers.setdefault("Content-Type", _TYPES[settings.body_kind])
    body = filled(settings.body, {name: _inside(settings, value) for name, value in values.items()})
    return f"{parts.scheme}://{parts.netloc}", path, headers, body.encode()


def _inside(settings: HttpSmsSettings, value: str) -> str:
    """Return a value as it stands inside of a body, between quotes of JSON or in a form."""
    return quote(value, safe="") if settings.body_kind == "form" else json.dumps(value)[1:-1]


def _number(settings: HttpSmsSettings, to: str) -> str:
    prefix = settings.number_format.partition("4")[0]
    return to if prefix == "+" else f"{prefix}{to.removeprefix('+')}"


def judge(settings: HttpSmsSettings, message: OutgoingMessage, reply: Reply) -> Outcome:
    """Return what the gateway's answer means."""
    text = reply.body[: _LOOKED_AT * 4].decode("utf-8", "replace")[:_LOOKED_AT]
    detail = one_line(f"The gateway says {reply.status}: {text}", 300)
    if _matches(settings.opted_out_pattern, text):
        return Outcome(OutcomeKind.PERMANENT, code=FailureCode.OPTED_OUT, detail=detail)
    if _matches(settings.failure_pattern, text):
        return Outcome(OutcomeKind.PERMANENT, code=FailureCode.REFUSED, detail=detail)
    if not 200 <= reply.status < 300:
        return by_status(reply, detail)
    found = _search(settings.id_pattern, text)
    taken = _matches(settings.success_pattern, text) if settings.success_pattern else True
    if not taken:
        return Outcome(OutcomeKind.IN_DOUBT, detail=detail)
    identity = (found[1] or "").strip()[:200] if found else ""
    return Outcome(OutcomeKind.ACCEPTED, provider_id=identity or message.id.hex)


def _matches(pattern: str, text: str) -> bool:
    return bool(pattern) and _search(pattern, text) is not None


def _search(pattern: str, text: str) -> "regex.Match[str] | None":
    if not pattern:
        return None
    try:
        return regex.search(pattern, text, timeout=_PATTERN_SECONDS)
    except (TimeoutError, regex.error):  # a pattern that never ends says nothing
        return None
