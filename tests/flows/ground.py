"""A small town for stories: one running Shopbell, four stores, a post office that keeps all mail.

A newcomer's mistake: using an order number or address twice. All stories share the installation,
so each takes fresh ones from `town.number()`.
"""

import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shopbell.connectors.signatures import sign_standard
from shopbell.kit import clock
from tests.support.imap_server import ImapServer
from tests.support.processes import Installation
from tests.support.shop import order_payload
from tests.support.shopify_admin import TOKEN, Admin
from tests.support.site import Site
from tests.support.smtp_sink import SinkMessage, SmtpSink
from tests.support.web import Answer

SECRET = "a webhook secret for stories"
KEY = "an API key for stories, {store}, long enough"
IDENTITY = "an identity secret of the stories, long enough"
LOGIN = "finch:a-secret-for-postmark"

_STORE = """
[[store]]
slug = "{slug}"
name = "{name}"
locale = "{locale}"
timezone = "Europe/Berlin"
currency = "EUR"
domain = "{slug}.example"
help_email = "help@{slug}.example"

[store.policies]
quiet_from = "00:00"
quiet_until = "00:00"

[[store.staff]]
email = "owner@{slug}.example"
name = "Robin {name}"
role = "owner"

[[store.inbox]]
slug = "orders"
channel = "{channel}"
address = "orders@{slug}.example"
settings = {settings}

[[store.shop]]
slug = "main"
connector = "shopify"
settings = {{ domain = "{slug}.myshopify.com", webhook_secret = "{secret}" }}

[[store.shop]]
slug = "wool"
connector = "woocommerce"
settings = {{ url = "https://{slug}.example", webhook_secret = "{secret}" }}

[[store.carrier]]
slug = "vans"
connector = "generic_carrier"
settings = {{ webhook_secret = "{secret}", carrier = "DHL" }}

[[store.api_key]]
name = "stories"
key = "{key}"
scopes = ["*"]
"""
_DESK = """
[[store]]
slug = "swift"
name = "Swift Kettles"
locale = "en"
timezone = "Europe/Berlin"
currency = "EUR"
domain = "swift.example"

[store.policies]
quiet_from = "00:00"
quiet_until = "00:00"
desk = {{ undo_seconds = 1, chat_to_mail_seconds = 2 }}

[[store.staff]]
email = "ada@swift.example"
name = "Ada Swift"
role = "agent"

[[store.inbox]]
slug = "hello"
channel = "mailbox"
address = "hello@swift.example"
settings = {{ imap_host = "127.0.0.1", imap_port = {imap}, imap_security = "none", imap_user = "hello", imap_password = "secret", smtp_host = "127.0.0.1", smtp_port = {smtp}, smtp_security = "none" }}

[[store.inbox]]
slug = "chat"
channel = "widget"
settings = {{ identity_secret = "{identity}" }}

[[store.shop]]
slug = "main"
connector = "shopify"
settings = {{ domain = "swift.myshopify.com", webhook_secret = "{secret}", access_token = "{token}", api_base = "{shop}" }}
"""  # noqa: E501
_SMTP = '{{ host = "127.0.0.1", port = {port}, security = "none", timeout = 5.0 }}'
_POSTMARK = (
    '{{ provider = "postmark", api_key = "key", webhook_auth = "{login}",'
    ' options = {{ api_url = "{url}" }} }}'
)


@dataclass
class Town:
    """Everything a story touches."""

    bell: Installation
    post: SmtpSink
    frail: SmtpSink  # the mail server of the store `heron`, which stories may stop
    postmark: Site
    imap: ImapServer  # the mailbox of the store `swift`
    admin: Admin  # the Shopify shop of the store `swift`, when it is asked for something
    links: dict[str, str] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1001))

    def build(self) -> None:
        """Set up the stores."""
        smtp = _SMTP.format(port=self.post.port)
        postmark = _POSTMARK.format(login=LOGIN, url=self.postmark.url)
        said = self.bell.apply(
            '[organisation]\nname = "Feather Goods"\n'
            + _store("lark", "Lark & Larder", "en", smtp)
            + _store("wren", "Wren Wools", "de", smtp)
            + _store("finch", "Finch Prints", "en", postmark, channel="anymail")
            + _store("heron", "Heron Tea", "en", _SMTP.format(port=self.frail.port))
            + _DESK.format(
                imap=self.imap.port,
                smtp=self.post.port,
                secret=SECRET,
                identity=IDENTITY,
                token=TOKEN,
                shop=self.admin.url,
            )
        )
        for line in said.splitlines():
            if line.startswith("Sign-in link for"):
                store = line.split("@")[1].split(".")[0]
                self.links[store] = line.split(": ", 1)[1].strip()

    def signed_in(self, store: str, email: str) -> str:
        """Return the shop's word for one of its customers, as its pages hand it to the chat."""
        claims = {"aud": store, "sub": email, "email": email, "exp": int(time.time()) + 1800}
        head = ".".join(_part(each) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
        mac = hmac.new(IDENTITY.encode(), head.encode(), hashlib.sha256).digest()
        return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def number(self) -> int:
        """Return an order number no other story has."""
        return next(self._numbers)

    # --- what the outside world does

    def shopify(
        self, store: str, topic: str, payload: dict[str, Any], event_id: str, secret: str = SECRET
    ) -> Answer:
        """Post a signed webhook as Shopify does."""
        body = json.dumps(payload).encode()
        headers = {
            "content-type": "application/json",
            "x-shopify-topic": topic,
            "x-shopify-hmac-sha256": _mac(secret, body),
            "x-shopify-shop-domain": f"{store}.myshopify.com",
            "x-shopify-event-id": event_id,
        }
        return self.bell.ask("POST", f"/hooks/shopify/{store}/main", body, headers)

    def woo(self, store: str, topic: str, payload: dict[str, Any], delivery: str) -> Answer:
        """Post a signed webhook as WooCommerce does."""
        body = json.dumps(payload).encode()
        headers = {
            "content-type": "application/json",
            "x-wc-webhook-topic": topic,
            "x-wc-webhook-signature": _mac(SECRET, body),
            "x-wc-webhook-delivery-id": delivery,
        }
        return self.bell.ask("POST", f"/hooks/woocommerce/{store}/wool", body, headers)

    def carrier(self, store: str, payload: dict[str, Any], message_id: str) -> Answer:
        """Post a signed scan."""
        body, stamp = json.dumps(payload).encode(), int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign_standard(SECRET, message_id, stamp, body),
        }
        return self.bell.ask("POST", f"/hooks/generic_carrier/{store}/vans", body, headers)

    def event(self, store: str, event_id: str, kind: str, data: dict[str, Any]) -> Answer:
        """Post an event to the API."""
        body = json.dumps({"id": event_id, "type": kind, "data": data}).encode()
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {KEY.format(store=store)}",
        }
        return self.bell.ask("POST", "/api/v1/events", body, headers)

    def postmark_says(self, store: str, payload: dict[str, Any]) -> Answer:
        """Post a delivery report as Postmark does."""
        login = base64.b64encode(LOGIN.encode()).decode()
        headers = {"content-type": "application/json", "authorization": f"Basic {login}"}
        body = json.dumps(payload).encode()
        return self.bell.ask("POST", f"/hooks/anymail/{store}/orders", body, headers)

    # --- what came of it

    def mails(self, address: str, count: int) -> list[SinkMessage]:
        """Return the mails to an address once there are `count`; fail on fewer or more."""
        self.bell.wait_until(lambda: len(self._to(address)) >= count)
        found = self._to(address)
        assert len(found) == count, [mail.subject for mail in found]
        return found

    def _to(self, address: str) -> list[SinkMessage]:
        return self.post.to(address) + self.frail.to(address)

    def settled(self) -> None:
        """Return when nothing is on its way through the pumps any more."""
        self.bell.wait_until(lambda: self.bell.value(_UNSETTLED) == 0)

    def states(self, store: str, address: str) -> list[tuple[str, str, str]]:
        """Return (kind, state, reason) of the messages to an address, oldest first."""
        return [
            (str(kind), str(state), str(reason))
            for kind, state, reason in self.bell.rows(
                "SELECT m.kind, m.state, m.reason FROM messaging_message m"
                " JOIN accounts_store s ON s.id = m.store_id"
                " LEFT JOIN orders_order o ON o.store_id = m.store_id AND o.id = m.order_id"
                " WHERE s.slug = %s AND (m.to_address = %s OR o.email = %s)"
                " ORDER BY m.created_at, m.id",
                store,
                address,
                address,
            )
        ]

    def intake_count(self) -> int:
        """Return how many requests are stored."""
        return int(self.bell.value("SELECT count(*) FROM connections_intake"))


# By the clock as the rows are read: `now()` is the time before, when what is due may not be there.
_UNSETTLED = (
    "SELECT (SELECT count(*) FROM connections_intake WHERE state = 'pending')"
    " + (SELECT count(*) FROM events_delivery WHERE NOT quarantined)"
    " + (SELECT count(*) FROM messaging_message WHERE state IN ('claimed', 'handed')"
    "    OR state = 'queued' AND due_at < clock_timestamp())"
    " + (SELECT count(*) FROM journeys_enrolment WHERE state = 'active' AND NOT held"
    "    AND due_at < clock_timestamp())"
)


def _store(slug: str, name: str, locale: str, settings: str, channel: str = "smtp") -> str:
    return _STORE.format(
        slug=slug,
        name=name,
        locale=locale,
        settings=settings,
        channel=channel,
        secret=SECRET,
        key=KEY.format(store=slug),
    )


def _mac(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def moment(minutes: float = 0) -> str:
    """Return a time from now as providers write it."""
    return (clock.now() + timedelta(minutes=minutes)).isoformat()


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def shopify_order(number: int, minutes: float = -30, **changes: Any) -> dict[str, Any]:
    """Return an order placed half an hour ago, as it was `minutes` from now."""
    return order_payload(number, created_at=moment(-30), updated_at=moment(minutes), **changes)


def shopify_parcel(number: int, tracking: str, minutes: float = -20) -> dict[str, Any]:
    """Return a fulfilment of such an order."""
    return {
        "id": 600_000 + number,
        "order_id": 5_000_000_000 + number,
        "status": "success",
        "tracking_number": tracking,
        "tracking_company": "DHL",
        "created_at": moment(-20),
        "updated_at": moment(minutes),
        "line_items": [{"id": 90_000 + number, "quantity": 2}],
    }


def kinds(states: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Return (kind, state) only."""
    return [(kind, state) for kind, state, _ in states]
