"""Handing messages to Telegram: the text, with a picture as its caption where that fits."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from shopbell.connectors.channels.telegram.api import BotApi, Said
from shopbell.connectors.channels.telegram.settings import TelegramSettings
from shopbell.kit.errors import Invalid, Permanent, Temporary
from shopbell.messaging.ports import (
    FailureCode,
    Outcome,
    OutcomeKind,
    OutgoingFile,
    OutgoingMessage,
)

TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024
FILE_BYTES = 50_000_000
OPTIONS = 10
_CHOICE_BYTES = 64
_PICTURE_BYTES = 10_000_000
_WAIT = 300.0
_WAYS = {  # by the kind of file: the method, and what it calls the file
    "image/jpeg": ("sendPhoto", "photo"),
    "image/png": ("sendPhoto", "photo"),
    "video/mp4": ("sendVideo", "video"),
    "audio/mpeg": ("sendAudio", "audio"),
    "audio/mp4": ("sendAudio", "audio"),
}

type Step = Callable[[], Said]


class TelegramSession:
    """Posts messages one by one."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._api = BotApi(settings)
        self._ended: Outcome | None = None

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand the messages over."""
        self._ended = None
        return [self._send_or_wait(message) for message in messages]

    def close(self) -> None:
        """Connections are shared within the process; nothing is held here."""

    def _send_or_wait(self, message: OutgoingMessage) -> Outcome:
        if self._ended is not None:  # the token is wrong: the next would hear the same
            return self._ended
        try:
            outcome = self._send_one(message)
        except Invalid as error:
            return Outcome(
                OutcomeKind.PERMANENT, code=FailureCode.BAD_CONTENT, detail=error.message
            )
        if outcome.code == FailureCode.AUTHENTICATION:
            self._ended = outcome
        return outcome

    def _send_one(self, message: OutgoingMessage) -> Outcome:
        _check(message)
        done: Outcome | None = None
        for step in self._steps(message):
            outcome = _handed(step, message.to)
            if outcome.kind is not OutcomeKind.ACCEPTED:
                return outcome if done is None else _half_sent(done, outcome)
            done = done or outcome
        assert done is not None
        return done

    def _steps(self, message: OutgoingMessage) -> Iterator[Step]:
        """Say which calls make up a message."""
        common: dict[str, Any] = {"chat_id": message.to}
        quoted = message.answers.rpartition(":")[2]
        if quoted.isdecimal():
            common["reply_parameters"] = {
                "message_id": int(quoted),
                "allow_sending_without_reply": True,
            }
        buttons = _buttons(message)
        text, files = message.text.strip(), list(message.files)
        caption = text if files and len(text) <= CAPTION_LENGTH and not buttons else ""
        if text and not caption:
            content = common | {"text": text} | buttons
            yield lambda: self._api.ask("sendMessage", content)
        for file in files:
            said, caption = caption, ""
            yield lambda file=file, said=said: self._send_file(message.to, file, said)  # type: ignore[misc]

    def _send_file(self, chat: str, file: OutgoingFile, caption: str) -> Said:
        method, name = _WAYS.get(file.content_type, ("sendDocument", "document"))
        if method == "sendPhoto" and file.size > _PICTURE_BYTES:
            method, name = "sendDocument", "document"
        fields = {"chat_id": chat} | ({"caption": caption} if caption else {})
        return self._api.send_file(method, name, file, **fields)


def _handed(step: Step, chat: str) -> Outcome:
    try:
        said = step()
    except Temporary as error:
        kind = OutcomeKind.NOT_TRIED if error.untouched else OutcomeKind.IN_DOUBT
        return Outcome(kind, detail=error.message)
    except Permanent as error:
        return Outcome(OutcomeKind.NOT_TRIED, detail=error.message, retry_after=_WAIT)
    if said.refused:
        return said.outcome()
    number = said.result.get("message_id") if isinstance(said.result, dict) else None
    return Outcome(OutcomeKind.ACCEPTED, provider_id=f"{chat}:{number}" if number else "")


def _check(message: OutgoingMessage) -> None:
    if not message.text.strip() and not message.files:
        raise Invalid("There is nothing in it.")
    for file in message.files:
        if file.size > FILE_BYTES:
            raise Invalid(f"“{file.name}” is larger than Telegram takes, 50 MB.")


def _buttons(message: OutgoingMessage) -> dict[str, Any]:
    """Return the buttons below a text. Telegram gives back at most 64 bytes of a choice."""
    rows = [
        [{"text": option.title, "callback_data": option.id}]
        for option in message.options[:OPTIONS]
        if len(option.id.encode()) <= _CHOICE_BYTES
    ]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _half_sent(done: Outcome, failed: Outcome) -> Outcome:
    """The first part is with the customer: sending it all again would repeat it."""
    detail = f"The beginning arrived, the rest did not: {failed.detail}"
    return Outcome(OutcomeKind.ACCEPTED, provider_id=done.provider_id, detail=detail)
