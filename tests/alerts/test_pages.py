"""The pages of alerts: what somebody sees, chooses, and may choose for others."""

import json

import pytest
from django.test import Client

from shopbell.alerts.models import Alert, Choice, Device
from shopbell.kit.db.scope import store_scope
from tests.alerts.test_alerts import Desk
from tests.support.people import client_of
from tests.support.shop import settle

DEVICE = {"endpoint": "https://push.example/abc", "key": "B" * 87, "secret": "s" * 22, "name": "x"}


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def url(desk: Desk, path: str = "") -> str:
    return f"/s/{desk.store.slug}/alerts/{path}"


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_lists_what_happened_and_the_sidebar_counts_it(desk: Desk) -> None:
    client = client_of(desk.ada)
    assert "Nothing yet" in page(client, url(desk))
    desk.write("Where is <b>it</b>?")
    settle()
    shown = page(client, url(desk))
    assert "Mara: Where is &lt;b&gt;it&lt;/b&gt;?" in shown
    assert '<span class="count hot">1</span>' in shown
    told = json.loads(page(client, url(desk, "news/")))
    assert (told["count"], told["newest"]["url"]) == (1, f"/s/{desk.store.slug}/inbox/1/")
    # reading pages changes nothing; the button does
    assert json.loads(page(client, url(desk, "news/")))["count"] == 1
    client.post(url(desk, "read/"))
    assert json.loads(page(client, url(desk, "news/"))) == {"count": 0, "newest": None}


def test_one_sees_only_what_is_for_oneself(desk: Desk) -> None:
    row = desk.write("Where is it?")
    desk.give(row, desk.ada)
    desk.forget()
    desk.write("Hello?")
    settle()
    assert "Mara: Hello?" not in page(client_of(desk.tom), url(desk))


def test_everybody_chooses_for_himself_and_an_owner_for_who_has_not(desk: Desk) -> None:
    wanted = {f"mail-{kind}": "never" for kind in ("mine", "assigned", "mentioned", "followed")}
    wanted |= {"mail-new": "daily", "page-mine": "on"}
    answer = client_of(desk.tom).post(url(desk, "choose/?for=all"), wanted)
    assert answer.status_code == 403
    assert client_of(desk.ada).post(url(desk, "choose/?for=all"), wanted).status_code == 302
    with store_scope(desk.store.pk):
        assert not Choice.objects.exclude(user=None).exists()
    # then new conversations are on nobody's page, but come by mail once a day
    desk.write("Where is it?")
    settle()
    with store_scope(desk.store.pk):
        row = Alert.objects.get(user=desk.tom)
    assert (row.on_page, row.mail_due_at is not None, row.push_due_at) == (False, True, None)
    # and tom's own choice counts for tom
    client_of(desk.tom).post(url(desk, "choose/"), wanted | {"mail-new": "never"})
    desk.write("And this?", email="tim@shop.example")
    settle()
    with store_scope(desk.store.pk):
        assert Alert.objects.filter(user=desk.tom).count() == 1
        assert Alert.objects.filter(user=desk.ada).count() == 2


def test_a_browser_is_added_once_and_removed_by_its_owner_only(desk: Desk) -> None:
    ada, tom = client_of(desk.ada), client_of(desk.tom)
    for _ in range(2):
        assert ada.post(url(desk, "devices/"), DEVICE).status_code == 204
    with store_scope(desk.store.pk):
        device = Device.objects.get()
    tom.post(url(desk, f"devices/{device.pk}/drop/"))
    with store_scope(desk.store.pk):
        assert Device.objects.exists()
    ada.post(url(desk, f"devices/{device.pk}/drop/"))
    with store_scope(desk.store.pk):
        assert not Device.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"endpoint": "http://push.example/a"}, {"key": "short"}, {"endpoint": "nothing"}]
)
def test_a_broken_subscription_is_refused(desk: Desk, wrong: dict[str, str]) -> None:
    answer = client_of(desk.ada).post(url(desk, "devices/"), DEVICE | wrong)
    assert answer.status_code == 422
    with store_scope(desk.store.pk):
        assert not Device.objects.exists()


def test_following_is_a_button_in_the_conversation(desk: Desk) -> None:
    desk.write("Where is it?")
    client = client_of(desk.tom)
    inbox = f"/s/{desk.store.slug}/inbox/1/"
    assert "Follow this conversation" in page(client, inbox)
    client.post(url(desk, "follow/1/"), headers={"HX-Request": "true"})
    assert "Follow no longer" in page(client, inbox)
    client.post(url(desk, "follow/1/"), {"off": "1"}, headers={"HX-Request": "true"})
    assert "Follow this conversation" in page(client, inbox)


def test_the_service_worker_is_served_as_a_script(desk: Desk) -> None:
    answer = client_of(desk.tom).get(url(desk, "worker.js"))
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"showNotification" in answer.content
