"""The usual promises by channel, offered once where nothing is promised yet.

Chat is measured in minutes, a message in a social network in minutes or hours, mail in hours.
"""

from dataclasses import dataclass

from shopbell.messaging.ports import Medium

HOUR = 60


@dataclass(frozen=True, slots=True)
class Preset:
    """A promise as it is usually given. Minutes of working time."""

    name: str
    media: tuple[str, ...]
    first: int
    next: int
    resolution: int | None = None


PRESETS = (
    Preset("Chat", ("chat",), 2, 5),
    Preset("Instagram", ("instagram",), 5, 15),
    Preset("Messengers", ("whatsapp", "sms", "messenger", "telegram"), 30, HOUR),
    Preset("Social networks", ("facebook", "x", "reviews"), 4 * HOUR, 8 * HOUR),
    Preset("E-mail and forms", ("email", "form"), 4 * HOUR, 8 * HOUR, 24 * HOUR),
)


def offered() -> list[Preset]:
    """Return the presets of channels that there are, each with only those."""
    known = {str(medium) for medium in Medium} | {"form"}
    found = []
    for preset in PRESETS:
        media = tuple(medium for medium in preset.media if medium in known)
        if media:
            found.append(Preset(preset.name, media, preset.first, preset.next, preset.resolution))
    return found
