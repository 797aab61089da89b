"""What a kind of message is called. Engines above register their kinds when they are imported."""

TITLES: dict[str, str] = {}


def title_of(kind: str) -> str:
    """Return the name of a kind of message as people read it."""
    return TITLES.get(kind) or kind.replace("_", " ").capitalize()
