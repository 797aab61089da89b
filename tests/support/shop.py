"""A store ready to work, and signed Shopify webhooks as the shop would post them.

A newcomer's mistake: building facts by hand in a flow test. Flows go through the stored webhook.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from shopbell.accounts.actions import add_staff, create_store
from shopbell.accounts.models import Organisation, Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection, Intake
from shopbell.connections.ports import RawRequest
from shopbell.connections.queries import account_of
from shopbell.events.models import Delivery
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.ports import SHOPS
from tests.support.payloads import order_payload as order_payload

SECRET = "a shop's webhook secret"


@dataclass(frozen=True, slots=True)
class Bench:
    """A store with a Shopify shop and, if wanted, an inbox."""

    store: Store
    shop: Connection


def make_store(slug: str = "lark", **fields: Any) -> Store:
    """Make a store with an owner."""
    organisation = Organisation.objects.create(name=f"The {slug} company")
    store = create_store(organisation=organisation, slug=slug, name=slug.title(), **fields)
    add_staff(store=store, email=f"owner@{slug}.example", name="Owner", role="owner")
    return store


def make_bench(slug: str = "lark", **fields: Any) -> Bench:
    """Make a store with a connected Shopify shop."""
    store = make_store(slug, **fields)
    with store_scope(store.pk):
        shop = save_connection(
            store=store,
            family="shop",
            connector="shopify",
            slug="main",
            settings={"domain": f"{slug}.myshopify.com", "webhook_secret": SECRET},
        )
    return Bench(store, shop)


def add_smtp(store: Store, port: int, **settings: Any) -> Connection:
    """Connect an SMTP server on loopback."""
    with store_scope(store.pk):
        return save_connection(
            store=store,
            family="channel",
            connector="smtp",
            slug="orders",
            address=f"orders@{store.slug}.example",
            settings={"host": "127.0.0.1", "port": port, "security": "none", **settings},
        )


def signed_headers(topic: str, body: bytes, *, event_id: str, slug: str = "lark") -> dict[str, str]:
    """Return the headers Shopify sends with a webhook."""
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "x-shopify-topic": topic,
        "x-shopify-hmac-sha256": base64.b64encode(digest).decode(),
        "x-shopify-shop-domain": f"{slug}.myshopify.com",
        "x-shopify-event-id": event_id,
        "x-shopify-webhook-id": event_id,
        "x-shopify-api-version": "2026-01",
    }


def receive(bench: Bench, topic: str, payload: dict[str, Any], event_id: str) -> None:
    """Take a webhook in as the front door does: verify, identify, store once."""
    body = json.dumps(payload).encode()
    headers = signed_headers(topic, body, event_id=event_id, slug=bench.store.slug)
    request = RawRequest("POST", "/hooks", headers, body)
    shop = SHOPS.get("shopify")
    with store_scope(bench.store.pk):
        account = account_of(bench.shop, bench.store)
        shop.verify(request, account)
        for incoming in shop.identify(request, account):
            Intake.objects.get_or_create(
                source="shopify/main",
                provider_id=incoming.provider_id,
                defaults={"connection": bench.shop, "topic": incoming.topic, "body": body},
            )


def settle(rounds: int = 20) -> None:
    """Run the worker's pumps until nothing is due."""
    for _ in range(rounds):
        if not sum(PUMPS[name].run() for name in ("intake", "events", "outbox")):
            return
    raise AssertionError("the pumps do not come to rest")


def ledger(store: Store) -> list[tuple[str, str, str, str]]:
    """Return all messages and what is parked, for the text of a failure."""
    with store_scope(store.pk):
        rows = [(m.kind, m.state, m.reason, m.reason_text) for m in Message.objects.order_by("id")]
        rows += [("intake", i.state, i.topic, i.note) for i in Intake.objects.all()]
        rows += [("delivery", "", d.handler, d.note) for d in Delivery.objects.all()]
    return rows
