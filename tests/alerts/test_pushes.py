"""Alerts on devices: encrypted for the browser, signed by us, given up when the browser is gone."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from shopbell.alerts.actions import add_device
from shopbell.alerts.models import Alert, Device
from shopbell.alerts.pushes import public_key, push_due_alerts
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.http import PublicFetcher
from tests.alerts.test_alerts import Desk
from tests.support.shop import settle
from tests.support.site import Site


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Phone:
    """A browser with its push service, which answers with `status`."""

    def __init__(self, status: int = 201) -> None:
        self.site = Site(lambda _method, _path: (status, {}, b""))
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = bytes(range(16))
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.words = {
            "endpoint": f"{self.site.url}/push/abc",
            "key": base64url(point),
            "secret": base64url(self.secret),
            "name": "Chrome on a phone",
        }

    @property
    def door(self) -> PublicFetcher:
        """The product's client, which here may reach loopback."""
        port = int(self.site.url.rpartition(":")[2])
        return PublicFetcher(permitted=lambda _address: True, ports=frozenset({port}))

    def shown(self) -> list[Any]:
        """Decrypt what came."""
        return [
            json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret))
            for _, _, _, body in self.site.seen
        ]


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


@pytest.fixture
def phone(request: pytest.FixtureRequest) -> Iterator[Phone]:
    """Return Ada's phone; its push service answers 201 or as the test says."""
    phone = Phone(getattr(request, "param", 201))
    yield phone
    phone.site.close()


def make_due(desk: Desk) -> None:
    settle()
    with store_scope(desk.store.pk):
        Alert.objects.exclude(push_due_at=None).update(push_due_at=clock.now())


def add(desk: Desk, phone: Phone) -> None:
    with store_scope(desk.store.pk):
        add_device(user=desk.ada, **phone.words)


def test_an_alert_reaches_the_phone_encrypted_and_signed(desk: Desk, phone: Phone) -> None:
    add(desk, phone)
    row = desk.write("Where is it?")
    desk.give(row, desk.ada)
    desk.write("Hallo? Größe M!")
    make_due(desk)
    assert push_due_alerts(desk.store.pk, phone.door) == 1
    [told] = phone.shown()
    assert told["text"] == "Mara: Hallo? Größe M!"
    assert told["url"] == f"/s/{desk.store.slug}/inbox/1/"
    [(method, path, headers, body)] = phone.site.seen
    assert (method, path, headers["content-encoding"]) == ("POST", "/push/abc", "aes128gcm")
    assert b"Hallo" not in body
    assert f"k={public_key()}" in headers["authorization"]
    assert Vapid02.verify(headers["authorization"])
    # and only once
    assert push_due_alerts(desk.store.pk, phone.door) == 0


def test_what_one_has_seen_is_not_pushed(desk: Desk, phone: Phone) -> None:
    add(desk, phone)
    row = desk.write("Where is it?")
    desk.give(row, desk.ada)
    desk.write("Hello?")
    settle()
    desk.open(row, desk.ada)
    make_due(desk)
    assert push_due_alerts(desk.store.pk, phone.door) == 1
    assert phone.site.seen == []


@pytest.mark.parametrize(("phone", "left"), [(410, 0), (404, 0), (500, 1)], indirect=["phone"])
def test_a_browser_that_is_gone_is_forgotten_and_a_silent_service_is_not(
    desk: Desk, phone: Phone, left: int
) -> None:
    add(desk, phone)
    desk.give(desk.write("Where is it?"), desk.ada)
    desk.write("Hello?")
    make_due(desk)
    push_due_alerts(desk.store.pk, phone.door)
    with store_scope(desk.store.pk):
        assert Device.objects.count() == left


def test_no_address_within_the_own_network_is_reached(desk: Desk, phone: Phone) -> None:
    add(desk, phone)
    desk.give(desk.write("Where is it?"), desk.ada)
    desk.write("Hello?")
    make_due(desk)
    push_due_alerts(desk.store.pk)
    assert phone.site.seen == []
