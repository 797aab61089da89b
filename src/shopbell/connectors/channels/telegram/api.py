"""Calling the Bot API, and what its refusals mean. https://core.telegram.org/bots/api

A newcomer's mistake: logging an address of the API. The token is a part of it.
"""

import json
from dataclasses import dataclass
from typing import Any

from shopbell.connectors.channels.multipart import file_form
from shopbell.connectors.channels.telegram.settings import TelegramSettings
from shopbell.kit.errors import Permanent, Temporary
from shopbell.kit.http import Provider, Reply, retry_after
from shopbell.kit.text import one_line
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, OutgoingFile

TITLE = "Telegram"
FILE_BYTES = 21_000_000  # the Bot API hands out files up to 20 MB
_WAIT_FOR_MERCHANT = 300.0

type Verdict = tuple[OutcomeKind, str]

# The Bot API has statuses and words, no numbers of its own.
_BY_WORDS: tuple[tuple[str, Verdict], ...] = (
    ("blocked by the user", (OutcomeKind.PERMANENT, FailureCode.BLOCKED)),
    ("user is deactivated", (OutcomeKind.PERMANENT, FailureCode.UNKNOWN_ADDRESS)),
    ("can't initiate conversation", (OutcomeKind.PERMANENT, FailureCode.UNKNOWN_ADDRESS)),
    ("chat not found", (OutcomeKind.PERMANENT, FailureCode.UNKNOWN_ADDRESS)),
    ("peer_id_invalid", (OutcomeKind.PERMANENT, FailureCode.UNKNOWN_ADDRESS)),
    ("too long", (OutcomeKind.PERMANENT, FailureCode.TOO_LARGE)),
    ("too big", (OutcomeKind.PERMANENT, FailureCode.TOO_LARGE)),
    ("too large", (OutcomeKind.PERMANENT, FailureCode.TOO_LARGE)),
)
_BY_STATUS: dict[int, Verdict] = {
    400: (OutcomeKind.PERMANENT, FailureCode.BAD_CONTENT),
    401: (OutcomeKind.NOT_TRIED, FailureCode.AUTHENTICATION),
    403: (OutcomeKind.PERMANENT, FailureCode.BLOCKED),
    404: (OutcomeKind.NOT_TRIED, FailureCode.AUTHENTICATION),  # said of a token that is none
    413: (OutcomeKind.PERMANENT, FailureCode.TOO_LARGE),
    420: (OutcomeKind.TEMPORARY, ""),
    429: (OutcomeKind.TEMPORARY, ""),
    503: (OutcomeKind.TEMPORARY, ""),
}
_DOUBT: Verdict = (OutcomeKind.IN_DOUBT, "")


@dataclass(frozen=True, slots=True)
class Said:
    """What the Bot API answered: a result, or a refusal."""

    status: int
    result: Any = None
    words: str = ""
    wait: float | None = None

    @property
    def refused(self) -> bool:
        """Whether it was not done."""
        return bool(self.words)

    @property
    def verdict(self) -> Verdict:
        """What a refusal means."""
        lower = self.words.lower()
        if 400 <= self.status < 500:
            known = next((meaning for words, meaning in _BY_WORDS if words in lower), None)
            refused = (OutcomeKind.PERMANENT, FailureCode.REFUSED)
            return known or _BY_STATUS.get(self.status, refused)
        return _BY_STATUS.get(self.status, _DOUBT)

    def outcome(self) -> Outcome:
        """Return a refusal as the outcome of a message."""
        kind, code = self.verdict
        wait = self.wait
        if kind is OutcomeKind.NOT_TRIED:
            wait = wait or _WAIT_FOR_MERCHANT
        return Outcome(kind, code=code, detail=self.words, retry_after=wait)

    def error(self) -> Temporary | Permanent:
        """Return a refusal as the error of any other call."""
        kind, code = self.verdict
        words = f"{TITLE} refused: {self.words}"
        if kind in (OutcomeKind.TEMPORARY, OutcomeKind.IN_DOUBT):
            return Temporary(words, retry_after=self.wait)
        return Permanent(words, code=code or "refused")


class BotApi:
    """One bot's side of the Bot API. An instance is cheap."""

    def __init__(self, settings: TelegramSettings) -> None:
        token = settings.bot_token.get_secret_value()
        self._path, self._files = f"bot{token}", f"file/bot{token}"
        self._provider = Provider(
            settings.api_base,
            name=TITLE,
            read_timeout=settings.timeout,
            total_timeout=settings.timeout,
            max_bytes=FILE_BYTES,
        )

    def ask(self, method: str, content: dict[str, Any] | None = None) -> Said:
        """Call a method. Raises as `Provider.ask`."""
        return _said(self._provider.ask("POST", f"{self._path}/{method}", json=content or {}))

    def send_file(self, method: str, name: str, file: OutgoingFile, **fields: str) -> Said:
        """Call a method that takes a file."""
        content_type, content = file_form(fields, name, file)
        headers = {"content-type": content_type}
        path = f"{self._path}/{method}"
        return _said(self._provider.ask("POST", path, content=content, headers=headers))

    def do(self, method: str, content: dict[str, Any] | None = None) -> Any:
        """Call a method and return its result.

        Raises:
            Temporary, Permanent: it was refused, or nobody answers.
        """
        said = self.ask(method, content)
        if said.refused:
            raise said.error()
        return said.result

    def file(self, path: str) -> bytes:
        """Return a file by the path that `getFile` named."""
        reply = self._provider.ask("GET", f"{self._files}/{path}")
        if reply.status != 200:
            raise _said(reply).error()
        return reply.body


def _said(reply: Reply) -> Said:
    try:
        content: Any = json.loads(reply.body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        start = one_line(reply.body[:200].decode("utf-8", "replace"), 120)
        words = f"{reply.status} {start}".strip()
        return Said(reply.status, words=words, wait=retry_after(reply.headers))
    if content.get("ok") is True:
        return Said(reply.status, result=content.get("result"))
    code = content.get("error_code")
    status = code if isinstance(code, int) and not isinstance(code, bool) else reply.status
    words = one_line(str(content.get("description") or f"{reply.status}"), 240)
    parameters = content.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if not isinstance(wait, (int, float)) or isinstance(wait, bool):
        wait = retry_after(reply.headers)
    return Said(status, words=words, wait=float(wait) if wait is not None else None)
