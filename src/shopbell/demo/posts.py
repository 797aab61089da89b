"""A request of the demo, signed as the real sender would sign it.

A newcomer's mistake: signing with the time of the event. The carrier's signature is only valid for
five minutes, so it carries the moment of sending, and posts should be sent soon.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shopbell.connectors.signatures import sign_standard

API_VERSION = "2026-01"


@dataclass(frozen=True, slots=True)
class Post:
    """One webhook (or a followed link), ready to send. `at` is the moment of the fact it tells."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: datetime
    method: str = "POST"

    @property
    def topic(self) -> str:
        """What it is about: Shopify's topic, or `tracking`."""
        return self.headers.get("X-Shopify-Topic", "tracking")


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the demo knocks and how it signs. Secrets stay out of `dump`."""

    store: str
    shop_secret: str
    carrier_secret: str
    shop_account: str = "main"
    carrier_account: str = "parcels"
    domain: str = "lark-and-larder.myshopify.com"
    static_url: str = "/static/"

    def shopify(self, topic: str, body: dict[str, Any], at: datetime, event: str) -> Post:
        """Return a webhook as Shopify sends it. `event` must be unique per fact."""
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        digest = hmac.new(self.shop_secret.encode(), content, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": self.domain,
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": _uuid("webhook", event),
            "X-Shopify-Event-Id": _uuid("event", event),
            "X-Shopify-Triggered-At": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        }
        return Post(f"/hooks/shopify/{self.store}/{self.shop_account}", headers, content, at)

    def carrier(self, body: dict[str, Any], at: datetime, event: str, sent_at: datetime) -> Post:
        """Return a scan as a carrier sends it to the open carrier webhook."""
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        webhook_id = f"scan_{_uuid('scan', event)}"
        timestamp = int(sent_at.timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign_standard(self.carrier_secret, webhook_id, timestamp, content),
        }
        path = f"/hooks/generic_carrier/{self.store}/{self.carrier_account}"
        return Post(path, headers, content, at)


def _uuid(kind: str, event: str) -> str:
    """An id that looks like a UUID and is the same for the same fact of the same run."""
    digest = hashlib.sha256(f"{kind}:{event}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
