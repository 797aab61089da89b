"""The demo store is made once, with secrets of its own, and keeps its address up to date."""

import pytest
from django.conf import LazySettings

from shopbell.accounts.models import Organisation, Staff, Store
from shopbell.automations.models import Macro, Rule
from shopbell.connections.models import Connection
from shopbell.connections.queries import opened_settings
from shopbell.conversations.details import reasons
from shopbell.conversations.models import SavedReply
from shopbell.demo.colleague import EMAIL
from shopbell.demo.player import doors_of
from shopbell.demo.seeding import OWNER, seed
from shopbell.interests.queries import waiting_lists
from shopbell.kit.db.scope import store_scope
from tests.support.shop import make_store

pytestmark = pytest.mark.django_db


def secrets_of(store: Store) -> set[str]:
    with store_scope(store.pk):
        rows = Connection.objects.exclude(connector="widget")  # which has no webhooks
        return {str(opened_settings(row)["webhook_secret"]) for row in rows}


def test_seeding_twice_makes_one_store_and_changes_nothing() -> None:
    store = seed()
    before = secrets_of(store)
    again = seed()
    assert again == store
    assert Store.objects.filter(is_demo=True).count() == 1
    assert Organisation.objects.count() == 1
    assert secrets_of(store) == before
    with store_scope(store.pk):
        assert {staff.user.email for staff in Staff.objects.all()} == {OWNER, EMAIL}
        keys = sorted(Connection.objects.values_list("connector", flat=True))
    assert keys == [
        "generic_carrier",
        "sandbox_email",
        "sandbox_instagram",
        "sandbox_messenger",
        "sandbox_phone",
        "sandbox_sms",
        "sandbox_telegram",
        "sandbox_whatsapp",
        "shopify",
        "widget",
    ]


def test_every_secret_is_long_and_its_own() -> None:
    found = secrets_of(seed())
    assert len(found) == 9
    assert min(len(secret) for secret in found) >= 32


def test_the_simulated_shop_signs_with_the_stored_secrets() -> None:
    store = seed()
    doors = doors_of(store)
    assert doors is not None
    assert {doors.shop_secret, doors.carrier_secret} <= secrets_of(store)
    with store_scope(store.pk):
        Connection.objects.filter(connector="shopify").delete()
    assert doors_of(store) is None


def test_a_real_shop_keeps_its_short_name() -> None:
    real = make_store("lark")
    demo = seed()
    assert (demo.slug, real.is_demo, demo.is_demo) == ("lark-demo", False, True)


def test_the_shops_address_follows_the_base_address(settings: LazySettings) -> None:
    seed()
    settings.BASE_URL = "https://bell.example"
    assert seed().url == "https://bell.example/demo/shop/lark"


def test_the_desk_begins_with_rules_macros_and_reasons() -> None:
    store = seed()
    with store_scope(store.pk):
        rules = Rule.objects.order_by("position")
        assert [rule.enabled for rule in rules] == [True, True, True]
        assert Macro.objects.count() == 3
        assert "Delivery › Late" in [place.path for place in reasons("contact")]
        assert SavedReply.objects.count() == 2


def test_somebody_waits_for_what_is_sold_out() -> None:
    store = seed()
    with store_scope(store.pk):
        [found] = waiting_lists()
        assert (found.product.title, found.stock, found.waiting) == ("Spring Kitchen Scale", 0, 5)
