"""What an entry says and keeps of a message, in the desk's own words."""

from collections.abc import Sequence
from typing import Any

from shopbell.kit.text import one_line
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Written, WrittenKind

_LONGEST = 50_000
# Keys of `Written.data` that the desk shows.
_SHOWN = ("location", "story", "post", "contacts", "referral", "product", "unsupported")


def words_of(written: Written) -> str:
    """Return the text of an entry: what was written, else what was sent in its stead."""
    if written.text:
        return written.text[:_LONGEST]
    place = written.data.get("location")
    if isinstance(place, dict):
        named = [one_line(str(place.get(key) or "")) for key in ("name", "address")]
        where = f"{place.get('latitude')}, {place.get('longitude')}"
        return ", ".join(filter(None, named)) or where
    if written.data.get("unsupported"):
        return f"({one_line(str(written.data['unsupported']))})"
    return ""


def data_of(
    written: Written, answered: Message | None, missing: Sequence[dict[str, str]]
) -> dict[str, Any]:
    """Return what an entry keeps beside its words."""
    data: dict[str, Any] = {
        "provider_id": written.provider_id,
        **{key: written.data[key] for key in _SHOWN if written.data.get(key)},
    }
    if written.kind == WrittenKind.COMMENT:
        data["public"] = True
    optional = {"link": written.link, "username": written.username, "choice": written.choice}
    data.update({key: value[:2000] for key, value in optional.items() if value})
    if answered is not None and written.answers:
        data["answers"] = str(answered.pk)
    if missing:
        data["missing_files"] = list(missing)
    return data
