"""The notifications pages as a merchant uses them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.messaging.states import State
from shopbell.notifications.actions import mark_shop_notice, save_rule
from shopbell.notifications.kinds import GROUPS, KINDS
from shopbell.notifications.queries import settings_of_store
from tests.support.people import People, SignIn

HTMX = {"HX-Request": "true"}
PAGE = "/s/lark/notifications/"


@pytest.fixture
def owner(lark: People, signed_in: SignIn) -> Client:
    return signed_in(lark.user("owner"))


def _message(key: str, **fields: Any) -> Message:
    values = {
        "business_key": key,
        "kind": "dispatched",
        "purpose": "order_updates",
        "medium": "email",
        "media": ["email"],
        **fields,
    }
    return Message.objects.create(**values)


def _form(**changes: Any) -> dict[str, Any]:
    return {
        "enabled": "on",
        "delay": "2",
        "unit": "60",
        "first": "email",
        "second": "",
        "third": "",
        **changes,
    }


def test_every_kind_stands_in_one_group() -> None:
    grouped = [key for _, keys in GROUPS for key in keys]
    assert sorted(grouped) == sorted(KINDS)


def test_the_page_shows_every_notification_with_its_settings(owner: Client) -> None:
    text = owner.get(PAGE).content.decode()
    for kind in KINDS.values():
        assert f'id="kind-{kind.key}"' in text
    assert "after 3 days" in text
    assert "not connected" in text


def test_a_switch_takes_effect_and_answers_with_its_row(owner: Client, lark: People) -> None:
    off = owner.post(f"{PAGE}dispatched/switch", {}, headers=HTMX)
    on = owner.post(f"{PAGE}in_transit/switch", {"on": "on"}, headers=HTMX)
    assert off.content.decode().strip().startswith('<tr id="kind-dispatched">')
    assert "checked" not in off.content.decode()
    assert " checked" in on.content.decode()
    with store_scope(lark.store.pk):
        settings = settings_of_store()
    assert not settings["dispatched"].enabled
    assert settings["in_transit"].enabled


def test_a_channel_moves_one_place_to_the_front(owner: Client, lark: People) -> None:
    answer = owner.post(f"{PAGE}delivered/earlier", {"medium": "email"}, headers=HTMX)
    assert answer.status_code == 200
    with store_scope(lark.store.pk):
        assert settings_of_store()["delivered"].media == ("whatsapp", "email", "sms")
    owner.post(f"{PAGE}delivered/earlier", {"medium": "whatsapp"}, headers=HTMX)
    with store_scope(lark.store.pk):
        assert settings_of_store()["delivered"].media == ("whatsapp", "email", "sms")


def test_a_channel_that_is_not_in_the_plan_is_refused(owner: Client) -> None:
    answer = owner.post(f"{PAGE}refunded/earlier", {"medium": "sms"}, headers=HTMX)
    assert answer.status_code == 422


def test_all_settings_of_a_notification_are_saved_and_shown_again(
    owner: Client, lark: People
) -> None:
    data = _form(
        second="sms",
        respect_quiet_hours="on",
        countries="de, at",
        not_tags="wholesale, test",
        min_total="20.50",
        shipping_methods="Express",
    )
    assert owner.post(f"{PAGE}delivered/save", data).status_code == 302
    with store_scope(lark.store.pk):
        setting = settings_of_store()["delivered"]
    assert (setting.delay_minutes, setting.media) == (120, ("email", "sms"))
    assert setting.respect_quiet_hours
    assert setting.conditions == {
        "countries": ["DE", "AT"],
        "not_tags": ["wholesale", "test"],
        "min_total": "20.50",
        "shipping_methods": ["Express"],
    }
    page = owner.get(PAGE).content.decode()
    assert "after 2 hours" in page
    assert "only to DE or AT" in page
    assert "only from 20.50 EUR" in page
    form = owner.get(f"{PAGE}delivered/").content.decode()
    assert 'value="DE, AT"' in form
    assert 'value="20.50"' in form


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"countries": "Germany"}, "is not a country code"),
        ({"delay": "31", "unit": "1440"}, "thirty days at most"),
        ({"second": "email"}, "each channel once"),
        ({"first": "pigeon"}, "not one of the available choices"),
        ({"min_total": "much"}, "Enter a number"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_saved(
    owner: Client, lark: People, changes: dict[str, str], said: str
) -> None:
    answer = owner.post(f"{PAGE}delivered/save", _form(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with store_scope(lark.store.pk):
        assert not settings_of_store()["delivered"].is_own


def test_the_shipped_settings_come_back(owner: Client, lark: People) -> None:
    with store_scope(lark.store.pk):
        save_rule(kind="delayed", enabled=False)
    owner.post(f"{PAGE}delayed/shipped")
    with store_scope(lark.store.pk):
        assert settings_of_store()["delayed"].enabled
        assert not settings_of_store()["delayed"].is_own


def test_the_last_seven_days_are_counted_without_tests_and_lead_to_the_ledger(
    owner: Client, lark: People
) -> None:
    with store_scope(lark.store.pk):
        _message("a", state=State.SENT)
        _message("b", state=State.READ)
        _message("c", state=State.SKIPPED)
        _message("d", state=State.QUEUED)
        _message("e", state=State.SENT, origin="test")
        _message("f", state=State.SENT, created_at=clock.now() - timedelta(days=8))
    text = owner.get(PAGE).content.decode()
    assert 'messages/?q=dispatched&amp;show=told">2 told</a>' in text
    assert 'messages/?q=dispatched&amp;show=not_told">1 not</a>' in text


def test_measuring_is_saved_beside_other_policies(owner: Client, lark: People) -> None:
    lark.store.policies = {"in_doubt_minutes": 3, "quiet_from": "22:30"}
    lark.store.save()
    assert "Quiet hours from 22:30 to 08:00" in owner.get(PAGE).content.decode()
    owner.post(f"{PAGE}policy", {"track_opens": "on"})
    lark.store.refresh_from_db()
    assert lark.store.policies == {
        "in_doubt_minutes": 3,
        "quiet_from": "22:30",
        "track_opens": True,
    }


def test_resuming_releases_what_the_pause_held_and_nothing_else(
    owner: Client, lark: People
) -> None:
    owner.post(f"{PAGE}sending", {})
    assert Store.objects.get(pk=lark.store.pk).sends_paused
    assert "Sending is paused" in owner.get(PAGE).content.decode()
    with store_scope(lark.store.pk):
        held = _message("a", state=State.HELD, reason="store_paused")
        other = _message("b", state=State.HELD, reason="missing_variable")
    owner.post(f"{PAGE}sending", {"on": "1"})
    assert not Store.objects.get(pk=lark.store.pk).sends_paused
    with store_scope(lark.store.pk):
        held.refresh_from_db()
        other.refresh_from_db()
    assert (held.state, other.state) == (State.QUEUED, State.HELD)


def test_what_to_switch_off_in_the_shop_is_listed_and_remembered(
    owner: Client, lark: People
) -> None:
    assert "Switch these off" not in owner.get(PAGE).content.decode()
    with store_scope(lark.store.pk):
        save_connection(
            store=lark.store,
            family="shop",
            connector="shopify",
            slug="main",
            settings={"domain": "lark.myshopify.com", "webhook_secret": "s" * 32},
        )
    page = owner.get(PAGE).content.decode()
    assert "https://lark.myshopify.com/admin/settings/notifications" in page
    assert "“Shipping confirmation” is off in the shop" in page
    tick = {"shop": "shopify/main", "kind": "dispatched", "off": "on"}
    answer = owner.post(f"{PAGE}shop", tick, headers=HTMX)
    assert "once" in answer.content.decode()
    lark.store.refresh_from_db()
    assert lark.store.policies == {"shop_notices_off": {"shopify/main": ["dispatched"]}}
    owner.post(f"{PAGE}shop", {"shop": "shopify/main", "kind": "dispatched"}, headers=HTMX)
    lark.store.refresh_from_db()
    assert lark.store.policies == {"shop_notices_off": {"shopify/main": []}}


def test_a_shop_that_is_not_connected_cannot_be_ticked(owner: Client, lark: People) -> None:
    data = {"shop": "shopify/other", "kind": "dispatched", "off": "on"}
    assert owner.post(f"{PAGE}shop", data, headers=HTMX).status_code == 422
    mark_shop_notice(store=lark.store, shop="shopify/main", kind="delivered", off=True)
    lark.store.refresh_from_db()
    assert lark.store.policies["shop_notices_off"] == {"shopify/main": ["delivered"]}


def test_an_agent_may_look_and_not_change(lark: People, signed_in: SignIn) -> None:
    agent = signed_in(lark.user("agent"))
    assert agent.get(PAGE).status_code == 200
    assert "dispatched/switch" not in agent.get(PAGE).content.decode()
    assert agent.get(f"{PAGE}delivered/").status_code == 200
    for address in ("delivered/switch", "delivered/save", "policy", "sending", "shop"):
        assert agent.post(f"{PAGE}{address}").status_code == 403, address
    assert signed_in(lark.user("light")).get(PAGE).status_code == 403


def test_another_store_sees_and_changes_nothing(
    lark: People, wren: People, signed_in: SignIn
) -> None:
    with store_scope(lark.store.pk):
        save_rule(kind="delivered", enabled=False)
    stranger = signed_in(wren.user("owner"))
    assert stranger.get(PAGE).status_code == 404
    assert stranger.post(f"{PAGE}delivered/switch", {"on": "on"}).status_code == 404
    with store_scope(wren.store.pk):
        assert settings_of_store()["delivered"].enabled


def test_a_kind_that_does_not_exist_is_not_found(owner: Client) -> None:
    assert owner.get(f"{PAGE}nonsense/").status_code == 404
    assert owner.post(f"{PAGE}nonsense/switch").status_code == 404
