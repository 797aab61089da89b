"""Reading JSON that outsiders wrote: anything may be missing, null, or of another type.

A newcomer's mistake: `body["x"]`. These readers never raise; what cannot be used counts as absent.
Only a body that is no JSON object (or list of them) at all is refused, by `load`.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from shopbell.kit.days import DAY_ENDS as DAY_ENDS
from shopbell.kit.days import DAY_STARTS as DAY_STARTS
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable_json
from shopbell.orders.ports import ShipmentStatus, TrackingFacts
from shopbell.orders.tracking.carriers import carrier_by_name, carrier_name

type Record = dict[str, Any]

MAX_EVENTS = 500


def load(body: bytes) -> Any:
    """Parse a body into an object or a list; raise `Invalid` for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("This is not JSON.") from None
    if not isinstance(value, (dict, list)):
        raise Invalid("This should be a JSON object.")
    return storable_json(value)


def record(value: Any) -> Record:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[Record]:
    """Return the objects of a list; of a very long one the first and the last."""
    if not isinstance(value, list):
        return []
    found = [item for item in value if isinstance(item, dict)]
    half = MAX_EVENTS // 2
    return found if len(found) <= MAX_EVENTS else found[:half] + found[-half:]


def text(value: Any, limit: int = 300) -> str:
    """Return a string or number as one line of text; everything else is empty."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return one_line(str(value), limit)


def first(source: Record, *keys: str) -> str:
    """Return the first non-empty text among `keys`."""
    return next((found for key in keys if (found := text(source.get(key)))), "")


def moment(value: Any, day: time = DAY_STARTS) -> datetime | None:
    """Return an aware moment of an ISO string or a Unix time (seconds or milliseconds).

    A time without a zone counts as UTC; a date alone, or midnight UTC, as `day` o'clock.
    """
    if isinstance(value, bool) or value is None:
        return None
    try:
        if isinstance(value, (int, float)):
            seconds = float(value) / 1000 if abs(value) > 10**11 else float(value)
            found = datetime.fromtimestamp(seconds, UTC)
        else:
            found = _iso(str(value).strip(), day)
    except (ValueError, OverflowError, OSError):
        return None
    return found if 2000 <= found.year < 2100 else None


def _iso(value: str, day: time) -> datetime:
    found = datetime.fromisoformat(value)
    if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", value):
        return datetime.combine(found.date(), day)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def day_or_moment(value: Any, day: time) -> datetime | None:
    """Like `moment`, for estimates: midnight is what providers write when they mean the day."""
    found = moment(value, day)
    if found is not None and (found.hour, found.minute, found.second) == (0, 0, 0):
        return datetime.combine(found.date(), day)
    return found


def place(*parts: Any) -> str:
    """Join the parts of a place ("Berlin, DE"), each once."""
    words = [word for part in parts if (word := text(part, 80))]
    return ", ".join(dict.fromkeys(words))


def carrier(name: str) -> str:
    """Return the carrier as customers know it, or the name as it came."""
    return carrier_name(carrier_by_name(name), name)


def newest(events: Sequence[TrackingFacts]) -> TrackingFacts | None:
    """Return the latest scan; of two at the same moment the one further along its way."""
    order = list(ShipmentStatus)
    return max(events, key=lambda e: (e.happened_at, order.index(e.status)), default=None)


def fingerprint(body: bytes) -> str:
    """Return an id for a webhook that brought none: the same bytes are the same message."""
    return "sha256:" + hashlib.sha256(body).hexdigest()
