"""Handing messages to Meta, one request for each part of a message."""

from collections.abc import Sequence

from shopbell.connectors.channels.whatsapp_cloud.compose import file_kind, payloads, recipient
from shopbell.connectors.channels.whatsapp_cloud.graph import Graph
from shopbell.connectors.channels.whatsapp_cloud.settings import WhatsAppSettings
from shopbell.kit.errors import Invalid, Permanent, Temporary
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, OutgoingMessage


class WhatsAppSession:
    """A line to the Graph API for one number."""

    def __init__(self, settings: WhatsAppSettings) -> None:
        self._graph = Graph(settings)

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand the messages over; one outcome each."""
        return [self._send_one(message) for message in messages]

    def close(self) -> None:
        """There is nothing to close: connections are the process's."""

    def _send_one(self, message: OutgoingMessage) -> Outcome:
        try:
            recipient(message.to)
        except Invalid as error:
            return _stopped(FailureCode.UNKNOWN_ADDRESS, error.message)
        try:
            for file in message.files:
                file_kind(file)
            media = [
                self._graph.upload(file.name, file.content_type, file.content())
                for file in message.files
            ]
            parts = payloads(message, media)
        except Invalid as error:
            code = FailureCode.TEMPLATE if message.approved else FailureCode.BAD_CONTENT
            return _stopped(code, error.message)
        except Temporary as error:  # an upload reaches nobody, so it may be done again
            kind = OutcomeKind.NOT_TRIED if error.untouched else OutcomeKind.TEMPORARY
            return Outcome(kind, detail=error.message, retry_after=error.retry_after)
        except Permanent as error:
            return _refused_file(error)
        first, *others = parts
        outcome = self._graph.send(first)
        if outcome.kind is not OutcomeKind.ACCEPTED:
            return outcome
        for place, part in enumerate(others, 2):
            following = self._graph.send(part)
            if following.kind is not OutcomeKind.ACCEPTED:
                return _partly(place, len(parts), outcome, following)
        return outcome


def _refused_file(error: Permanent) -> Outcome:
    if error.code == FailureCode.AUTHENTICATION:
        return Outcome(OutcomeKind.NOT_TRIED, code=error.code, detail=error.message)
    return _stopped(FailureCode.BAD_CONTENT, error.message)


def _partly(place: int, count: int, first: Outcome, trouble: Outcome) -> Outcome:
    """Sending all of it again would say the first part twice, so a person decides."""
    arrived = "The first part arrived" if place == 2 else f"The first {place - 1} parts arrived"
    return Outcome(
        OutcomeKind.PERMANENT,
        provider_id=first.provider_id,
        code=trouble.code or FailureCode.REFUSED,
        detail=f"{arrived}, part {place} of {count} did not: {trouble.detail}",
    )


def _stopped(code: FailureCode, detail: str) -> Outcome:
    return Outcome(OutcomeKind.PERMANENT, code=code, detail=detail)
