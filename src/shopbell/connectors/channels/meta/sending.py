"""Handing messages to Meta: to a person, below a comment, or once in private to who wrote it.

A newcomer's mistake: trying again after a time-out. Meta knows no idempotency key; once a request
left, only a refusal proves that nothing was sent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shopbell.connectors.channels.meta.errors import (
    Refusal,
    find_refusal,
    regain_seconds,
    used_percent,
)
from shopbell.connectors.channels.meta.graph import Graph
from shopbell.connectors.channels.meta.settings import MetaSettings
from shopbell.connectors.channels.meta.traits import Traits
from shopbell.kit.errors import Invalid, Permanent, Temporary
from shopbell.kit.http import Reply
from shopbell.messaging.ports import (
    FailureCode,
    Outcome,
    OutcomeKind,
    OutgoingFile,
    OutgoingMessage,
    Target,
)

OPTIONS = 13
_OPTION_LENGTH = 20
_WAIT = 300.0
_FULL = 95  # percent of the app's allowance at which the rest of a batch waits
_COOL = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a message."""

    path: str
    content: dict[str, Any]


class MetaSession:
    """Posts messages one by one; stops for the rest of a batch when the allowance is used up."""

    def __init__(self, settings: MetaSettings, traits: Traits) -> None:
        self._settings = settings
        self._traits = traits
        self._graph = Graph(settings, traits.title)
        self._wait: Outcome | None = None

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand the messages over."""
        self._wait = None
        return [self._send_or_wait(message) for message in messages]

    def close(self) -> None:
        """Connections are shared within the process; nothing is held here."""

    def _send_or_wait(self, message: OutgoingMessage) -> Outcome:
        return self._wait or self._send_one(message)

    def _send_one(self, message: OutgoingMessage) -> Outcome:
        try:
            _check(message, self._traits)
            uploads = [self._upload(file) for file in message.files]
        except _Refused as refused:
            return refused.outcome
        except Invalid as error:
            return _permanent(FailureCode.BAD_CONTENT, error.message)
        done = Outcome(OutcomeKind.ACCEPTED)
        for number, step in enumerate(steps(message, uploads, self._settings, self._traits)):
            outcome = self._post(step)
            if outcome.kind is not OutcomeKind.ACCEPTED:
                return outcome if number == 0 else _half_sent(done, outcome)
            done = outcome if number == 0 else done
        return done

    def _post(self, step: Step) -> Outcome:
        try:
            reply = self._graph.ask("POST", step.path, json=step.content)
        except Temporary as error:
            if error.untouched:
                return Outcome(OutcomeKind.NOT_TRIED, detail=error.message)
            return Outcome(OutcomeKind.IN_DOUBT, detail=error.message)
        except Permanent as error:
            return Outcome(OutcomeKind.NOT_TRIED, detail=error.message, retry_after=_WAIT)
        refusal = find_refusal(reply)
        if refusal is not None:
            return self._keep(refusal)
        self._look_at_allowance(reply)
        answer = reply.json(self._traits.title)
        identity = str(answer.get("message_id") or answer.get("id") or "")
        return Outcome(OutcomeKind.ACCEPTED, provider_id=identity)

    def _upload(self, file: OutgoingFile) -> tuple[str, str]:
        """Return the kind and the id under which Meta knows a file now."""
        kind = kind_of(file.content_type)
        graph, platform = self._graph, self._traits.platform
        try:
            reply = graph.upload(self._settings.sends_as, file, kind, platform)
        except (Temporary, Permanent) as error:  # nothing reached the customer
            wait = getattr(error, "retry_after", None)
            raise _Refused(
                Outcome(OutcomeKind.NOT_TRIED, detail=error.message, retry_after=wait)
            ) from None
        refusal = find_refusal(reply)
        if refusal is not None:
            outcome = self._keep(refusal)
            if outcome.kind is OutcomeKind.IN_DOUBT:  # only the file is, not the message
                outcome = Outcome(OutcomeKind.TEMPORARY, detail=outcome.detail)
            raise _Refused(outcome)
        return kind, str(reply.json(self._traits.title).get("attachment_id", ""))

    def _keep(self, refusal: Refusal) -> Outcome:
        """Let the rest of the batch wait when the account itself is in trouble."""
        outcome = refusal.outcome()
        if refusal.for_all:
            self._wait = replace(outcome, kind=OutcomeKind.NOT_TRIED)
        return outcome

    def _look_at_allowance(self, reply: Reply) -> None:
        used = used_percent(reply.headers)
        if used >= _FULL:
            self._wait = Outcome(
                OutcomeKind.NOT_TRIED,
                detail=f"{used} % of what the app may do in an hour is used up.",
                retry_after=regain_seconds(reply.headers) or _COOL,
            )


class _Refused(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


def _check(message: OutgoingMessage, traits: Traits) -> None:
    """Refuse here what Meta would refuse halfway."""
    if message.target is not Target.PERSON:
        if not message.thread:
            raise _Refused(_permanent(FailureCode.BAD_CONTENT, "There is no comment to answer."))
        if message.files:
            raise _Refused(
                _permanent(FailureCode.BAD_CONTENT, "An answer to a comment is words only.")
            )
    if message.target is Target.COMMENT and len(message.text) > traits.comment_length:
        said = f"A public answer may have {traits.comment_length} characters."
        raise _Refused(_permanent(FailureCode.TOO_LARGE, said))
    if not message.text.strip() and not message.files:
        raise _Refused(_permanent(FailureCode.BAD_CONTENT, "There is nothing in it."))
    for file in message.files:
        kind = kind_of(file.content_type)
        most = traits.picture_bytes if kind == "image" else traits.file_bytes
        if traits.types and file.content_type not in traits.types:
            said = f"{traits.title} takes no files of the kind {file.content_type} ({file.name})."
            raise _Refused(_permanent(FailureCode.BAD_CONTENT, said))
        if file.size > most:
            said = f"“{file.name}” is larger than {traits.title} takes, {most // 1_000_000} MB."
            raise _Refused(_permanent(FailureCode.TOO_LARGE, said))


def steps(
    message: OutgoingMessage,
    uploads: Sequence[tuple[str, str]],
    settings: MetaSettings,
    traits: Traits,
) -> Iterator[Step]:
    """Say which calls make up a message: its text, then each file."""
    if message.target is Target.COMMENT:
        yield Step(f"{message.thread}/{traits.replies}", {"message": message.text})
        return
    private = message.target is Target.PRIVATE_REPLY
    common: dict[str, Any] = {
        "recipient": {"comment_id": message.thread} if private else {"id": message.to}
    }
    if message.late and not private:
        common |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    elif traits.says_type:
        common["messaging_type"] = "RESPONSE"
    parts = cut(message.text, traits.text_bytes) if message.text.strip() else []
    pieces: list[dict[str, Any]] = [{"text": part} for part in parts]
    for kind, identity in uploads:
        pieces.append({"attachment": {"type": kind, "payload": {"attachment_id": identity}}})
    if message.options:
        pieces[-1]["quick_replies"] = [
            {
                "content_type": "text",
                "title": _shortened(option.title, _OPTION_LENGTH),
                "payload": option.id,
            }
            for option in message.options[:OPTIONS]
        ]
    if traits.metadata and message.message_id:
        pieces[0]["metadata"] = message.message_id
    for piece in pieces:
        yield Step(f"{settings.sends_as}/messages", {**common, "message": piece})


def kind_of(content_type: str) -> str:
    """Return what Meta calls a file of this type."""
    family = content_type.partition("/")[0]
    return family if family in ("image", "video", "audio") else "file"


def cut(text: str, most: int | None) -> list[str]:
    """Cut a text into parts of at most `most` bytes, between words where there are any."""
    parts: list[str] = []
    rest = text.strip()
    while most is not None and len(rest.encode()) > most:
        head = rest.encode()[:most].decode("utf-8", "ignore")
        at = max(head.rfind("\n"), head.rfind(" "))
        head = head[:at] if at > len(head) // 2 else head
        parts.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*parts, rest] if rest else parts


def _half_sent(done: Outcome, failed: Outcome) -> Outcome:
    """The first part is with the customer: sending it all again would repeat it."""
    detail = f"The beginning arrived, the rest did not: {failed.detail}"
    return Outcome(OutcomeKind.ACCEPTED, provider_id=done.provider_id, detail=detail)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _permanent(code: FailureCode, detail: str) -> Outcome:
    return Outcome(OutcomeKind.PERMANENT, code=code, detail=detail)
