"""What goes into the rendering child and what comes back: plain values, no Liquid.

A newcomer's mistake: building `Compiled` by hand from what a merchant typed. It comes from
`compile.compile_template`, which has put the layout around it and checked it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from shopbell.messaging.ports import Rendered

FailureKind = Literal["timeout", "memory", "syntax", "too_large", "crash"]

SENTENCES: dict[str, str] = {
    "timeout": "The template took longer than two seconds, so it was stopped.",
    "memory": "The template needed too much memory, so it was stopped.",
    "syntax": "The template has a mistake.",
    "too_large": "The template makes more loops or more text than a message may hold.",
    "crash": "The template could not be rendered.",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to be rendered many times. Stored in the database as three columns."""

    subject: str
    html: str
    text: str

    def to_json(self) -> dict[str, str]:
        """Return plain values for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> "Compiled":
        """Read what `to_json` wrote."""
        return cls(
            subject=value.get("subject", ""),
            html=value.get("html", ""),
            text=value.get("text", ""),
        )


@dataclass(frozen=True, slots=True)
class RenderJob:
    """One message to render. `context` is plain JSON as in CONTEXT.md.

    `cache_key` names the template version; jobs with the same key share one parsed template.
    `now` is ISO 8601; empty means the clock's.
    """

    compiled: Compiled
    context: Mapping[str, Any]
    locale: str = "en"
    currency: str = "EUR"
    time_zone: str = "UTC"
    cache_key: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class RenderFailure:
    """Why a message could not be rendered, in a sentence for the merchant."""

    kind: FailureKind
    sentence: str = field(default="")


RenderResult = Rendered | RenderFailure
