"""Talking to the Graph API for one number.

A newcomer's mistake: taking a lost answer for a failure. There is no key under which Meta would
send a message once, so what left without an answer is a doubt.
"""

import json
import uuid
from typing import Any
from urllib.parse import urlsplit

from shopbell.connectors.channels.whatsapp_cloud.errors import (
    GraphError,
    Way,
    meaning_of,
    outcome_of,
    read_error,
)
from shopbell.connectors.channels.whatsapp_cloud.settings import WhatsAppSettings
from shopbell.connectors.reading import Doc
from shopbell.kit.errors import ConnectorError, Permanent, Temporary
from shopbell.kit.http import Provider, Reply, retry_after
from shopbell.messaging.ports import Outcome, OutcomeKind

NAME = "WhatsApp"
MEDIA_BYTES = 100 * 1024 * 1024
_MEDIA_HOST = ".fbsbx.com"  # lookaside.fbsbx.com: where Meta keeps what customers send


class Graph:
    """The Graph API with the token of one account."""

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._settings = settings
        self._api = self._provider(f"{settings.api_base}/{settings.api_version}")

    def _provider(self, base: str) -> Provider:
        token = self._settings.access_token.get_secret_value()
        return Provider(
            base,
            name=NAME,
            headers={"authorization": f"Bearer {token}"},
            read_timeout=self._settings.timeout,
            total_timeout=self._settings.timeout,
            max_bytes=MEDIA_BYTES,
        )

    def send(self, payload: dict[str, Any]) -> Outcome:
        """Post one message and judge the answer."""
        path = f"{self._settings.phone_number_id}/messages"
        try:
            reply = self._api.ask("POST", path, json=payload)
        except Temporary as error:
            kind = OutcomeKind.NOT_TRIED if error.untouched else OutcomeKind.IN_DOUBT
            return Outcome(kind, detail=error.message, retry_after=error.retry_after)
        except ConnectorError as error:  # the address is wrong: nothing was sent
            return Outcome(OutcomeKind.NOT_TRIED, detail=error.message)
        return judge(reply)

    def call(self, method: str, path: str, **options: Any) -> Doc:
        """Ask for something else. Raises `Temporary` or `Permanent` with Meta's words."""
        reply = self._api.ask(method, path, **options)
        told = _object(reply)
        error = read_error(told.doc("error"))
        if error is not None:
            raise _raised(error, reply)
        if not 200 <= reply.status < 300 or not told:
            raise _no_answer(reply)
        return told

    def upload(self, name: str, content_type: str, content: bytes) -> str:
        """Upload a file and return its id."""
        boundary = uuid.uuid4().hex
        told = self.call(
            "POST",
            f"{self._settings.phone_number_id}/media",
            content=_form(boundary, name, content_type, content),
            headers={"content-type": f"multipart/form-data; boundary={boundary}"},
        )
        if not told.ident("id"):
            raise Temporary(f"{NAME} took the file “{name}” and named no id.")
        return told.ident("id")

    def download(self, url: str) -> bytes:
        """Return a file's bytes from the address Meta gave; the token goes only to Meta."""
        parts = urlsplit(url)
        if not self._trusted(url):
            raise Permanent(
                f"{NAME} names a file on {parts.hostname or 'no host'}, where keys are not taken.",
                code="refused_address",
            )
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self._provider(f"{parts.scheme}://{parts.netloc}").get(path).body

    def _trusted(self, url: str) -> bool:
        parts, base = urlsplit(url), urlsplit(self._settings.api_base)
        if "@" in parts.netloc:
            return False
        if (parts.scheme, parts.netloc) == (base.scheme, base.netloc):
            return True
        return parts.scheme == "https" and f".{parts.netloc}".endswith(_MEDIA_HOST)


def judge(reply: Reply) -> Outcome:
    """Return what an answer to a message means."""
    told = _object(reply)
    error = read_error(told.doc("error"))
    wait = retry_after(reply.headers)
    if error is not None:  # Meta has said so with status 200 too
        return outcome_of(error, reply.status, wait)
    sent = next(told.docs("messages"), None)
    if 200 <= reply.status < 300 and sent is not None and sent.ident("id"):
        held = sent.text("message_status")
        return Outcome(
            OutcomeKind.ACCEPTED,
            provider_id=sent.ident("id"),
            detail="" if held == "accepted" else held.replace("_", " "),
        )
    said = str(_no_answer(reply))
    if reply.status in (425, 429, 503) or (300 <= reply.status < 500 and reply.status != 408):
        return Outcome(OutcomeKind.TEMPORARY, detail=said, retry_after=wait)
    return Outcome(OutcomeKind.IN_DOUBT, detail=said)


def _object(reply: Reply) -> Doc:
    try:
        return Doc(json.loads(reply.body))
    except (ValueError, RecursionError):
        return Doc(None)


def _raised(error: GraphError, reply: Reply) -> ConnectorError:
    meaning = meaning_of(error, reply.status)
    if meaning.way in (Way.RETRY, Way.WAIT):
        wait = retry_after(reply.headers) or meaning.seconds
        return Temporary(f"{NAME}: {error.words}", retry_after=wait)
    return Permanent(f"{NAME}: {error.words}", code=meaning.code or "refused")


def _no_answer(reply: Reply) -> Temporary:
    start = " ".join(reply.body[:120].decode("utf-8", "replace").split())[:80]
    return Temporary(
        f"{NAME} answered {reply.status} with something that is not its API: {start!r}.",
        retry_after=retry_after(reply.headers),
    )


def _form(boundary: str, name: str, content_type: str, content: bytes) -> bytes:
    clean = "".join(sign for sign in name if sign.isprintable() and sign not in '"\\') or "file"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="messaging_product"\r\n\r\n'
        f'whatsapp\r\n--{boundary}\r\nContent-Disposition: form-data; name="type"\r\n\r\n'
        f"{content_type}\r\n--{boundary}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{clean}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
