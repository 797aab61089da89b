"""A reply of an SMTP server, and what it means for one message."""

from dataclasses import dataclass

from shopbell.connectors.channels.failures import failure_code
from shopbell.kit.text import one_line
from shopbell.messaging.ports import Outcome, OutcomeKind


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply: its code and its lines joined by spaces."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """Whether the command was taken (2xx or 3xx)."""
        return 200 <= self.code < 400

    @property
    def detail(self) -> str:
        """The server's own words, on one line."""
        words = f"{self.code} {self.text}"
        return words if len(words) <= 200 and words.isprintable() else one_line(words, 500)


def refusal(reply: Reply, stage: str) -> Outcome:
    """Return the outcome for a message refused with `reply` at `mail`, `rcpt`, `data` or `dot`."""
    if 500 <= reply.code < 600:
        code = failure_code(reply.code, reply.text, about_sender=stage == "mail")
        return Outcome(OutcomeKind.PERMANENT, code=code, detail=reply.detail)
    return Outcome(OutcomeKind.TEMPORARY, detail=reply.detail)
