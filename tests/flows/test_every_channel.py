"""What does not arrive by one channel arrives by another, and the customer decides which.

It plays in the store `robin`, which tells by WhatsApp, then by SMS, then by mail. Meta and Twilio
are strict stand-ins that refuse what they would refuse. What both sides see of it, and the other
stories, are in `test_on_the_phone.py`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.connectors.channels.twilio_sms.fake import FakeTwilio
from tests.connectors.channels.whatsapp_cloud.fake import (
    ACCOUNT,
    NUMBER,
    SECRET,
    TOKEN,
    VERSION,
    MetaFake,
)
from tests.flows.ground import KEY, Town, moment, shopify_order, shopify_parcel
from tests.flows.ground import SECRET as SHOP_SECRET

_ROBIN = """
[organisation]
name = "Feather Goods"

[[store]]
slug = "robin"
name = "Robin Cups"
locale = "en"
timezone = "Europe/Berlin"
currency = "EUR"
domain = "robin.example"

[store.policies]
quiet_from = "00:00"
quiet_until = "00:00"
desk = {{ undo_seconds = 1 }}

[[store.staff]]
email = "ada@robin.example"
name = "Ada Robin"
role = "admin"

[[store.inbox]]
slug = "whatsapp"
channel = "whatsapp_cloud"
address = "+4930555000"
settings = {{ phone_number_id = "{number}", business_account_id = "{account}", access_token = "{token}", app_secret = "{secret}", verify_token = "robin-verifies", api_base = "{meta}", api_version = "{version}" }}

[[store.inbox]]
slug = "texts"
channel = "twilio_sms"
settings = {{ {twilio} }}

[[store.inbox]]
slug = "mails"
channel = "smtp"
address = "orders@robin.example"
settings = {{ host = "127.0.0.1", port = {smtp}, security = "none", timeout = 5.0 }}

[[store.shop]]
slug = "main"
connector = "shopify"
settings = {{ domain = "robin.myshopify.com", webhook_secret = "{shop}" }}

[[store.carrier]]
slug = "vans"
connector = "generic_carrier"
settings = {{ webhook_secret = "{shop}", carrier = "DHL" }}

[[store.api_key]]
name = "stories"
key = "{key}"
scopes = ["*"]
"""  # noqa: E501


@dataclass
class Robin:
    """The store with its providers."""

    town: Town
    meta: MetaFake
    twilio: FakeTwilio

    @property
    def whatsapp_door(self) -> str:
        return f"{self.town.bell.url}/hooks/whatsapp_cloud/robin/whatsapp"

    def meta_says(self, webhook: object) -> None:
        assert self.meta.post(self.whatsapp_door, webhook) == 200

    def time_is_over(self, medium: str) -> None:
        """Let the time pass that a channel has to deliver."""
        changed = self.town.bell.rows(
            "UPDATE messaging_message SET fallback_at = now() WHERE medium = %s"
            " AND fallback_at IS NOT NULL RETURNING id",
            medium,
        )
        assert changed

    def ledger(self, email: str) -> list[tuple[str, str, str, str]]:
        """Return (kind, channel, state, why) of what somebody was told, oldest first."""
        return [
            (str(kind), str(medium), str(state), str(why))
            for kind, medium, state, why in self.town.bell.rows(
                "SELECT m.kind, m.medium, m.state, m.reason_text FROM messaging_message m"
                " JOIN orders_order o ON o.id = m.order_id WHERE o.email = %s"
                " ORDER BY m.created_at, m.id",
                email,
            )
        ]


@pytest.fixture(scope="module")
def robin(town: Town) -> Iterator[Robin]:
    with MetaFake() as meta, FakeTwilio() as twilio:
        twilio.hook = f"{town.bell.url}/hooks/twilio_sms/robin/texts"
        town.bell.apply(
            _ROBIN.format(
                number=NUMBER, account=ACCOUNT, token=TOKEN, secret=SECRET, version=VERSION,
                meta=meta.url, twilio=_toml(twilio.settings()), smtp=town.post.port,
                shop=SHOP_SECRET, key=KEY.format(store="robin"),
            )
        )  # fmt: skip
        yield Robin(town, meta, twilio)


def _toml(settings: dict[str, object]) -> str:
    return ", ".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())


def test_what_whatsapp_does_not_deliver_goes_by_sms_and_after_stop_by_mail(robin: Robin) -> None:
    town = robin.town
    # given a customer who agreed to WhatsApp, and wrote there once
    number = town.number()
    email, phone = f"mia{number}@example.com", f"+49151{number:07d}"
    body = {
        "id": f"c{number}", "email": email, "phone": phone, "first_name": "Mia",
        "consents": [{"channel": "whatsapp", "granted": True, "purpose": "order_updates",
                      "changed_at": moment(-60)}],
    }  # fmt: skip
    headers = {"content-type": "application/json", "authorization": f"Bearer {_key()}"}
    done = town.bell.ask("POST", "/api/v1/customers", json.dumps(body).encode(), headers)
    assert done.status in (200, 201, 202), done.body
    order = shopify_order(number, email=email, phone=phone)
    assert town.shopify("robin", "orders/create", order, f"o{number}").status == 200
    town.mails(email, 1)
    robin.meta_says(robin.meta.message(phone.removeprefix("+"), "Hello, is it sent yet?"))
    town.settled()

    # when the parcel leaves, she is told by WhatsApp, where it does not arrive
    parcel = shopify_parcel(number, f"00340{number:015d}")
    assert town.shopify("robin", "fulfillments/create", parcel, f"f{number}").status == 200
    town.bell.wait_until(lambda: robin.meta.taken == 1)
    town.settled()
    robin.time_is_over("whatsapp")

    # then the same news comes by SMS, once, however late and often WhatsApp reports
    town.bell.wait_until(lambda: len(robin.twilio.sent) == 1)
    [text] = robin.twilio.sent
    assert text.to == phone
    robin.twilio.report(text, "delivered")
    failed = robin.meta.status(robin.meta.sent[0], "failed", 131026, "Message undeliverable")
    robin.meta_says(failed)
    robin.meta_says(failed)
    town.settled()
    told = [line for line in robin.ledger(email) if line[0] == "dispatched"]
    assert [line[1:3] for line in told] == [("whatsapp", "failed"), ("sms", "delivered")]
    assert told[1][3].startswith("Not delivered by WhatsApp within 15 minutes. So it goes by SMS.")

    # she answers STOP, and what comes later comes by mail
    robin.twilio.text(phone, "STOP")
    town.settled()
    scan = {
        "tracking_number": parcel["tracking_number"], "status": "out_for_delivery",
        "happened_at": moment(),
    }  # fmt: skip
    assert town.carrier("robin", scan, f"s{number}").status == 200
    mail = town.mails(email, 2)[1]
    assert "today" in mail.body().lower()
    last = robin.ledger(email)[-1]
    assert last[:2] == ("out_for_delivery", "email")
    assert "answered STOP by SMS" in last[3]
    assert last[3].endswith("So it goes by e-mail.")
    assert len(robin.twilio.sent) <= 2  # the notice, and at most one word about STOP


def _key() -> str:
    return KEY.format(store="robin")
