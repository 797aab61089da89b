"""The connector itself: checks and files webhooks, and hands the rest to the modules beside it.

A newcomer's mistake: deduplicating by `X-Shopify-Webhook-Id`. Two subscriptions to one topic send
the same event under two such ids; the event id is shared, over topics even, so the key has both.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.reading import (
    Doc,
    check_body_hmac,
    load_json,
    load_object,
    parse_time,
)
from shopbell.connectors.shops.shopify import (
    errands,
    history,
    queries,
    subscriptions,
    topics,
)
from shopbell.connectors.shops.shopify.client import Client
from shopbell.connectors.shops.shopify.settings import ShopifySettings
from shopbell.kit.errors import BadSignature, ConnectorError, Invalid, Unsupported
from shopbell.kit.text import storable
from shopbell.orders.ports import (
    Ability,
    Deed,
    Errand,
    Outcome,
    Page,
    Parsed,
    SubscriptionAudit,
)


class Shopify:
    """A shop on Shopify."""

    key: ClassVar[str] = "shopify"
    family: ClassVar[Family] = "shop"
    title: ClassVar[str] = "Shopify"
    summary: ClassVar[str] = "Orders, parcels, customers and products of a Shopify shop."
    settings_model: ClassVar[type[Settings]] = ShopifySettings
    kinds: ClassVar[tuple[str, ...]] = ("orders", "customers", "products")

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the signature over the raw body and that the shop is the right one."""
        settings = _settings(account)
        given = request.headers.get("x-shopify-hmac-sha256", "")
        check_body_hmac(given, request.body, settings.secrets, "Shopify")
        shop = request.headers.get("x-shopify-shop-domain", "").strip().lower()
        if shop and not hmac.compare_digest(shop.encode(), settings.domain.encode()):
            raise BadSignature("The webhook is signed, but for another shop.")

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File the webhook under topic and event id."""
        if not isinstance(load_json(request.body), dict):
            raise Invalid("The body is JSON, but not an object.")
        topic = storable(request.headers.get("x-shopify-topic", "").strip().lower()[:200])
        event = (
            request.headers.get("x-shopify-event-id", "").strip()
            or request.headers.get("x-shopify-webhook-id", "").strip()
            or hashlib.sha256(request.body).hexdigest()
        )
        return (
            Incoming(
                provider_id=storable(f"{topic}:{event[:200]}"),
                topic=topic,
                sort_at=parse_time(request.headers.get("x-shopify-triggered-at")),
            ),
        )

    def parse(self, topic: str, body: bytes, account: Account) -> Parsed:
        """Translate one stored webhook."""
        return topics.translate(topic, load_object(body))

    def changes(self, account: Account, kind: str, since: datetime | None, cursor: str) -> Page:
        """Read one page of what changed."""
        return history.read_page(Client(_settings(account)), kind, since, cursor)

    def audit(self, account: Account) -> SubscriptionAudit:
        """Create the webhook subscriptions that are missing."""
        settings = _settings(account)
        return subscriptions.audit(Client(settings), settings.api_version, account.webhook_url)

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
        """Ask for the shop's name."""
        try:
            data = Client(_settings(account)).ask(queries.SHOP).data
        except Unsupported:
            return Health(
                ok=True,
                summary="Webhooks only: there is no access token to try.",
                hint="Add an access token, so that missed webhooks can be read back.",
            )
        except ConnectorError as error:
            return Health(ok=False, summary=error.message, hint=_hint(error))
        return _health(data.doc("shop"), _settings(account))


def _health(shop: Doc, settings: ShopifySettings) -> Health:
    domain = shop.lower("myshopifyDomain")
    if domain and domain != settings.domain:
        return Health(
            ok=False,
            summary=f"The token belongs to {domain}, the settings name {settings.domain}.",
            hint=f"Enter {domain} as the domain: webhooks are signed in its name.",
        )
    return Health(ok=True, summary=f"Connected to {shop.text('name') or settings.domain}.")


def _hint(error: ConnectorError) -> str:
    if getattr(error, "code", "") in ("unauthorised", "forbidden", "access_denied"):
        return "Check the access token and the scopes of the app in Shopify's admin."
    if getattr(error, "code", "") == "not_found":
        return "Check the domain and the version of the API."
    return "Try again in a minute. If it stays, check the address of the Admin API."


def _settings(account: Account) -> ShopifySettings:
    settings = account.settings
    if not isinstance(settings, ShopifySettings):
        raise TypeError("this account is not a Shopify account")
    return settings
