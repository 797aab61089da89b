"""Pictures from elsewhere in HTML that was cleaned already: taken out, or given our addresses.

Works on what `nh3` has written (each attribute in double quotes, quotes within them escaped), and
on nothing else: there a tag ends where it seems to.
"""

import html as entities
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from shopbell.conversations.pictures.trackers import tracker_of

MOST = 200  # of one mail; the rest stays out
_TAG = re.compile(r'<img((?:\s+[a-z-]+="[^"]*")*)\s*/?>')
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_ELSEWHERE = re.compile(r"\s*(?:https?:)?//", re.I)


@dataclass(slots=True)
class Found:
    """What there is from elsewhere. `trackers`: whose tracking pictures, each name once."""

    html: str = ""
    addresses: list[str] = field(default_factory=list)
    trackers: list[str] = field(default_factory=list)


def is_elsewhere(address: str) -> bool:
    """Whether the address of a picture leads out of the mail."""
    return bool(_ELSEWHERE.match(address))


def without_strangers(html: str, ours: Callable[[str], str] | None = None) -> Found:
    """Take pictures from elsewhere out of clean HTML, or let them lead to `ours(address)`."""
    found = Found()

    def instead(tag: re.Match[str]) -> str:
        values = dict(_ATTRIBUTE.findall(tag[1]))
        address = entities.unescape(values.get("src", ""))
        if not is_elsewhere(address):
            return tag[0]
        address = _whole(address)
        sizes = {name: entities.unescape(values.get(name, "")) for name in ("width", "height")}
        tracker = tracker_of(address, style=entities.unescape(values.get("style", "")), **sizes)
        if tracker:
            if tracker not in found.trackers:
                found.trackers.append(tracker)
            return ""
        if address not in found.addresses:
            if len(found.addresses) >= MOST:
                return ""
            found.addresses.append(address)
        rest = re.sub(r'\s+src="[^"]*"', "", tag[1])
        place = f' src="{entities.escape(ours(address))}"' if ours is not None else ""
        return f"<img{rest}{place}>"

    found.html = _TAG.sub(instead, html)
    return found


def _whole(address: str) -> str:
    address = address.strip()
    return f"https:{address}" if address.startswith("//") else address
