"""The connector itself: checks and files webhooks, and hands the rest to the modules beside it.

A newcomer's mistake: deduplicating by the delivery id alone. WooCommerce makes it from the second
of the clock, so a bulk edit sends different orders under one id; the body is part of the key.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.reading import check_body_hmac, load_json
from shopbell.connectors.shops.woocommerce import errands, topics
from shopbell.connectors.shops.woocommerce.client import Client
from shopbell.connectors.shops.woocommerce.settings import WooCommerceSettings
from shopbell.kit.errors import ConnectorError, Invalid, Unsupported
from shopbell.kit.text import storable
from shopbell.orders.ports import Ability, Deed, Errand, Outcome, Page, Parsed, SubscriptionAudit


class WooCommerce:
    """A shop on WooCommerce."""

    key: ClassVar[str] = "woocommerce"
    family: ClassVar[Family] = "shop"
    title: ClassVar[str] = "WooCommerce"
    summary: ClassVar[str] = "Orders, parcels, customers and products of a WooCommerce shop."
    settings_model: ClassVar[type[Settings]] = WooCommerceSettings
    kinds: ClassVar[tuple[str, ...]] = ("orders", "customers", "products")

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the signature over the raw body."""
        given = request.headers.get("x-wc-webhook-signature", "")
        check_body_hmac(given, request.body, _settings(account).secrets, "WooCommerce")

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File the webhook under delivery id and body."""
        digest = hashlib.sha256(request.body).hexdigest()
        if topics.is_ping(request.body):
            return (Incoming(provider_id=f"ping:{digest[:16]}", topic=topics.PING_TOPIC),)
        if not isinstance(load_json(request.body), dict):
            raise Invalid("The body is JSON, but not an object.")
        topic = storable(request.headers.get("x-wc-webhook-topic", "").strip().lower()[:200])
        delivery = request.headers.get("x-wc-webhook-delivery-id", "").strip()[:100]
        key = f"{topic}:{delivery}:{digest[:16]}" if delivery else f"{topic}:{digest}"
        return (Incoming(provider_id=storable(key), topic=topic),)

    def parse(self, topic: str, body: bytes, account: Account) -> Parsed:
        """Translate one stored webhook."""
        return topics.translate(topic, body)

    def changes(self, account: Account, kind: str, since: datetime | None, cursor: str) -> Page:
        """Read one page of what changed."""
        return Client(_settings(account)).read_page(kind, since, cursor)

    def audit(self, account: Account) -> SubscriptionAudit:
        """Switch disabled webhooks on again and create the missing ones."""
        settings = _settings(account)
        secret = settings.webhook_secret.get_secret_value()
        return Client(settings).audit(account.webhook_url, secret)

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
        """Ask for one order."""
        try:
            address = Client(_settings(account)).name()
        except Unsupported:
            return Health(
                ok=True,
                summary="Webhooks only: there is no consumer key to try.",
                hint="Add a consumer key and secret, so that missed webhooks can be read back.",
            )
        except ConnectorError as error:
            return Health(ok=False, summary=error.message, hint=_hint(error))
        return Health(ok=True, summary=f"Connected to {address}.")


def _hint(error: ConnectorError) -> str:
    code = getattr(error, "code", "")
    if code in ("unauthorised", "forbidden"):
        return (
            "Check key and secret, that the key may read and write, and that the address begins "
            "with https:// (over http WooCommerce ignores keys)."
        )
    if code == "not_found":
        return "Check the address, and set the permalinks in WordPress to anything but Plain."
    return "Try again in a minute. If it stays, check the address and the server's firewall."


def _settings(account: Account) -> WooCommerceSettings:
    settings = account.settings
    if not isinstance(settings, WooCommerceSettings):
        raise TypeError("this account is not a WooCommerce account")
    return settings
