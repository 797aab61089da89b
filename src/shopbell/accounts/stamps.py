"""When a page was handed out, signed: nobody fills in a form in so few seconds."""

import hmac
import uuid

from shopbell.accounts.models import Store
from shopbell.kit import clock
from shopbell.kit.ids import keyed

QUICKEST = 3  # seconds


def stamp_of(store: Store, client_id: uuid.UUID) -> str:
    """Return the stamp of a page that is handed out now."""
    now = str(int(clock.now().timestamp()))
    return f"{now}.{_mac(store, client_id, now)}"


def is_too_quick(store: Store, client_id: uuid.UUID, stamp: str) -> bool:
    """Return whether a form comes back sooner than a person writes, or with no stamp of ours."""
    if not is_stamp(store, client_id, stamp):
        return True
    return clock.now().timestamp() - int(stamp.partition(".")[0]) < QUICKEST


def is_stamp(store: Store, client_id: uuid.UUID, stamp: str) -> bool:
    """Return whether a stamp is ours."""
    at, _, mac = stamp.partition(".")
    return hmac.compare_digest(mac.encode(), _mac(store, client_id, at).encode())


def _mac(store: Store, client_id: uuid.UUID, at: str) -> str:
    return keyed(store.link_key, "form-stamp", client_id.hex, at, length=24)
