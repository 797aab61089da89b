"""Links that open a chat and say who comes: made for one customer, signed, for some days.

Telegram hands the end of such a link over when somebody presses *Start*: 64 characters of letters,
digits, _ and -. A newcomer's mistake: putting a customer's number in plain. Anybody could count on.
"""

import base64
import binascii
import hmac
import struct
import uuid
from datetime import UTC, datetime, timedelta

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection, ConnectionState
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.ids import keyed

LASTS = timedelta(days=14)
_MAC = 24  # hex characters
_LENGTH = 16 + 4 + _MAC // 2


def make_introduction(store: Store, customer: Customer) -> str:
    """Return what proves to us that this customer comes. It ends after `LASTS`."""
    ends = int((clock.now() + LASTS).timestamp())
    told = customer.pk.bytes + struct.pack(">I", ends)
    return _text(told + bytes.fromhex(_mac(store, told)))


def introduced(store: Store, payload: str) -> Customer | None:
    """Return the customer a link was made for; None: it is no such link, or it has ended."""
    try:
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    except (binascii.Error, ValueError):
        return None
    told, given = raw[:20], raw[20:]
    if len(raw) != _LENGTH or not hmac.compare_digest(bytes.fromhex(_mac(store, told)), given):
        return None
    if datetime.fromtimestamp(struct.unpack(">I", told[16:])[0], UTC) <= clock.now():
        return None
    return Customer.objects.filter(pk=uuid.UUID(bytes=told[:16]), erased_at=None).first()


def telegram_link(store: Store, customer: Customer) -> str:
    """Return the link with which a customer opens a chat with the store's bot; "" without one."""
    off = [ConnectionState.OFF, ConnectionState.REMOVED]
    inbox = Connection.objects.filter(connector="telegram").exclude(state__in=off).first()
    name = str(inbox.settings.get("username", "")).removeprefix("@") if inbox else ""
    return f"https://t.me/{name}?start={make_introduction(store, customer)}" if name else ""


def _mac(store: Store, told: bytes) -> str:
    return keyed(store.link_key, "introduction", told.hex(), length=_MAC)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
