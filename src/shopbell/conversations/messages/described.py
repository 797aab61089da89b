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
    shown = {key: _shown(key, written.data[key]) for key in _SHOWN if written.data.get(key)}
    data: dict[str, Any] = {
        "provider_id": written.provider_id,
        **{key: value for key, value in shown.items() if value},
    }
    if written.kind == WrittenKind.COMMENT:
        data["public"] = True
    optional = {"link": _web(written.link), "username": written.username, "choice": written.choice}
    data.update({key: value[:2000] for key, value in optional.items() if value})
    if written.data.get("number"):  # ours, of several: the answer leaves from it
        data["number"] = one_line(str(written.data["number"]), 40)
    if answered is not None and written.answers:
        data["answers"] = str(answered.pk)
    if missing:
        data["missing_files"] = list(missing)
    return data


def _shown(key: str, value: Any) -> Any:
    """Return what the desk may show: addresses that lead to the web, places that are numbers."""
    if not isinstance(value, dict):
        return value if key in ("contacts", "unsupported") else None
    kept = dict(value)
    if "url" in kept:
        kept["url"] = _web(str(kept["url"]))
    if key == "location":
        try:
            kept |= {name: float(kept[name]) for name in ("latitude", "longitude")}
        except (KeyError, TypeError, ValueError):
            return None
    return kept


def _web(url: str) -> str:
    """Return an address that a link may lead to, or ""."""
    return url if url.startswith(("https://", "http://")) else ""
