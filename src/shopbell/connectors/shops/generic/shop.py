"""The connector for shops without one: Standard Webhooks signatures around our canonical JSON.

A newcomer's mistake: signing the body alone. The signature covers `id.timestamp.body`, so an old
request cannot be sent again under a new id or time.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.reading import Doc, load_json, load_object, parse_time
from shopbell.connectors.shops.generic import errands, models, schema
from shopbell.connectors.shops.generic.settings import GenericShopSettings
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Invalid, Unsupported
from shopbell.kit.text import storable
from shopbell.orders.ports import (
    Ability,
    Deed,
    Errand,
    Facts,
    OrderStatus,
    Outcome,
    Page,
    Parsed,
    SubscriptionAudit,
)

TOLERANCE = 300  # seconds between the sender's clock and ours

PARSERS: Mapping[str, Callable[[Any], Facts]] = {
    "order": schema.parse_order,
    "shipment": schema.parse_shipment,
    "product": schema.parse_product,
    "customer": schema.parse_customer,
    "refund": schema.parse_refund,
    "return": schema.parse_return,
    "cart": schema.parse_cart,
}
MODELS: Mapping[str, type[BaseModel]] = {
    "order": models.OrderIn,
    "shipment": models.ShipmentIn,
    "product": models.ProductIn,
    "customer": models.CustomerIn,
    "refund": models.RefundIn,
    "return": models.ReturnIn,
    "cart": models.CartIn,
}
DELETABLE = frozenset({"product", "customer", "cart"})


class GenericShop:
    """Any shop that sends our JSON."""

    key: ClassVar[str] = "generic"
    family: ClassVar[Family] = "shop"
    title: ClassVar[str] = "Any other shop"
    summary: ClassVar[str] = "Signed webhooks in a documented JSON, for shops without a connector."
    settings_model: ClassVar[type[Settings]] = GenericShopSettings
    kinds: ClassVar[tuple[str, ...]] = ()
    models: ClassVar[Mapping[str, type[BaseModel]]] = MODELS  # for those who describe the JSON

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check signature and age."""
        message_id = request.headers.get("webhook-id", "")
        stamp = request.headers.get("webhook-timestamp", "")
        if not message_id or not stamp or not request.headers.get("webhook-signature"):
            raise BadSignature("webhook-id, webhook-timestamp or webhook-signature is missing.")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise BadSignature("webhook-timestamp must be a Unix time in seconds.")
        if abs(clock.now().timestamp() - int(stamp)) > TOLERANCE:
            raise BadSignature(f"The request is more than {TOLERANCE} seconds off our clock.")
        signed = f"{message_id}.{stamp}.".encode("utf-8", "replace") + request.body
        given = request.headers["webhook-signature"].split(" ")
        _check(signed, given, _settings(account).keys)

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File the webhook under its id; the type in the body is the topic."""
        body = load_json(request.body)
        if not isinstance(body, dict):
            raise Invalid("The body must be a JSON object.", fields={"body": "must be an object"})
        envelope = Doc(body)
        topic = envelope.lower("type")
        if not topic:
            raise Invalid("The body names no type.", fields={"type": "is missing"})
        provider_id = storable(request.headers.get("webhook-id", "").strip()[:200])
        sort_at = parse_time(body.get("timestamp"))
        return (Incoming(provider_id=provider_id, topic=topic, sort_at=sort_at),)

    def parse(self, topic: str, body: bytes, account: Account) -> Parsed:
        """Translate one stored webhook. Wrong fields raise `Invalid` with their paths."""
        noun, _, verb = topic.partition(".")
        parser = PARSERS.get(noun)
        if parser is None:
            known = ", ".join(f"{name}.…" for name in PARSERS)
            return Parsed(unused=f"The type {topic[:100]!r} is not used. Known: {known}")
        data = load_object(body).raw.get("data")
        if isinstance(data, dict) and verb == "deleted":
            if noun in DELETABLE:
                data = {**data, "deleted": True}
            elif noun == "shipment":
                data = {**data, "cancelled": True}
            elif noun == "order":  # closed, not cancelled: nobody is told
                closed = schema.parse_order({"id": data.get("id")})
                return Parsed((replace(closed, status=OrderStatus.CLOSED, raw=data),))
        return Parsed((parser(data),))

    def changes(self, account: Account, kind: str, since: datetime | None, cursor: str) -> Page:
        """There is nothing to read back."""
        raise Unsupported("A generic shop only sends; nothing can be read back from it.")

    def audit(self, account: Account) -> SubscriptionAudit:
        """There are no subscriptions we could see."""
        raise Unsupported("A generic shop keeps its own list of webhooks.")

    def abilities(self, account: Account) -> Mapping[Deed, Ability]:
        """Return what the shop can be asked to do."""
        return errands.abilities(_settings(account))

    def perform(self, account: Account, errand: Errand) -> Outcome:
        """Do something for an order, once."""
        return errands.perform(_settings(account), errand)

    def find(self, account: Account, errand: Errand) -> Outcome | None:
        """Read whether it was done."""
        return errands.find(_settings(account), errand)

    def check(self, account: Account) -> Health:
        """There is nobody to ask."""
        return Health(
            ok=True,
            summary="Ready to receive.",
            hint="This shop sends by itself. Send a test event to see it arrive.",
        )


def _check(signed: bytes, given: Sequence[str], keys: Sequence[bytes]) -> None:
    fits = False
    for key in keys:
        digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        expected = b"v1," + digest
        for signature in given[:20]:
            fits |= hmac.compare_digest(expected, signature.encode("utf-8", "replace"))
    if not fits:
        raise BadSignature("The signature does not fit the request.")


def _settings(account: Account) -> GenericShopSettings:
    settings = account.settings
    if not isinstance(settings, GenericShopSettings):
        raise TypeError("this account is not a generic shop")
    return settings
