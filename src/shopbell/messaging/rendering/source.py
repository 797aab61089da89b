"""What a merchant writes for one message: the input of `compile.compile_template`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from shopbell.messaging.ports import Medium


@dataclass(frozen=True, slots=True)
class Layout:
    """How the store's frame around a mail looks. Name, logo and colour come from the context."""

    width: int = 600
    show_logo: bool = True
    show_help: bool = True
    show_address: bool = True
    footer_note: str = ""  # Liquid, plain text
    dark: bool = True  # follow the reader's dark mode


@dataclass(frozen=True, slots=True)
class Source:
    """One template in one locale. `body` is MJML for mail, plain text otherwise; all are Liquid.

    `text` is the plain part of a mail; empty means it is derived from the body.
    """

    body: str
    subject: str = ""
    preheader: str = ""
    text: str = ""
    medium: Medium = Medium.EMAIL
    locale: str = "en"
    layout: Layout = field(default_factory=Layout)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for storage or for the child."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Source":
        """Read what `to_json` wrote."""
        known = dict(value)
        known["medium"] = Medium(known.get("medium", "email"))
        known["layout"] = Layout(**known.get("layout", {}))
        return cls(**known)
