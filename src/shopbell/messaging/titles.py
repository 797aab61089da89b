"""What kinds of messages and channels are called, for people.

Engines above register their kinds when they are imported.
"""

TITLES: dict[str, str] = {}


def title_of(kind: str) -> str:
    """Return the name of a kind of message as people read it."""
    return TITLES.get(kind) or kind.replace("_", " ").capitalize()


_MEDIA = {
    "email": "e-mail",
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "chat": "chat",
    "form": "contact form",
    "instagram": "Instagram",
    "messenger": "Messenger",
    "telegram": "Telegram",
    "custom": "messages",
    "phone": "phone",
}


def medium_name(medium: str) -> str:
    """Return a channel as people say it within a sentence."""
    return _MEDIA.get(medium, medium)


def medium_title(medium: str) -> str:
    """Return a channel as it stands at the beginning of a line: `E-mail`, `SMS`."""
    name = medium_name(medium)
    return name[:1].upper() + name[1:]
