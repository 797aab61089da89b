"""Signed links for people without a login: who holds the link may see what it names, nobody else.

A token is `<base64url of store id and row id>.<mac>`; the mac is keyed with the store's own link
key, so links of a store can be revoked together by changing the key. Tokens of one purpose do not
open another. They do not expire by themselves: a customer's mail from last year still works.
"""

import base64
import binascii
import hmac
import uuid

from shopbell.accounts.models import Store
from shopbell.kit.errors import NotFound
from shopbell.kit.ids import keyed

_MAC = 20


def sign(store: Store, purpose: str, row_id: uuid.UUID) -> str:
    """Return the token under which `row_id` of `store` is reachable for `purpose`."""
    raw = row_id.bytes + store.pk.to_bytes(8).lstrip(b"\0")
    body = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return f"{body}.{_mac(store, purpose, body)}"


def unsign(token: str, purpose: str) -> tuple[Store, uuid.UUID]:
    """Return the store and row id of a token; every kind of wrong token is the same `NotFound`."""
    body, _, mac = token.partition(".")
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        raise _unknown() from None
    if not 17 <= len(raw) <= 24:
        raise _unknown()
    store = Store.objects.filter(pk=int.from_bytes(raw[16:])).first()
    if store is None or not hmac.compare_digest(mac.encode(), _mac(store, purpose, body).encode()):
        raise _unknown()
    return store, uuid.UUID(bytes=raw[:16])


def _mac(store: Store, purpose: str, body: str) -> str:
    return keyed(store.link_key, purpose, body, length=_MAC)


def _unknown() -> NotFound:
    return NotFound(
        "This link does not lead anywhere.",
        remedy="Open it once more from the message, or copy the whole address.",
    )
