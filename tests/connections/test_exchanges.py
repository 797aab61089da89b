"""The log of raw exchanges: what was said both ways, without a secret in it, and never too much."""

import pytest

from shopbell.connections.actions import save_connection, store_requests
from shopbell.connections.exchanges import KEPT, keep_exchanges, recorded
from shopbell.connections.models import Connection, Exchange
from shopbell.connections.queries import account_of
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ConnectorError
from shopbell.kit.http import Provider
from tests.support.people import People, SignIn
from tests.support.site import site

pytestmark = pytest.mark.django_db
SECRET = "EAAG/very+secret=token"


def line(people: People) -> Connection:
    return save_connection(
        store=people.store, family="channel", connector="whatsapp_cloud", slug="line",
        address="+4930555000", settings={
            "phone_number_id": "100200300", "business_account_id": "100300400",
            "access_token": SECRET,
            "app_secret": "another secret", "verify_token": "verify me please",
        },
    )  # fmt: skip


def say(row: Connection, people: People, url: str, text: str) -> None:
    account = account_of(row, people.store)
    with recorded(account):
        try:
            Provider(url).post(f"send?token={SECRET}", json={"text": text, "key": SECRET})
        except ConnectorError:
            pass


def test_both_sides_are_shown_and_no_secret_is_kept(lark: People, signed_in: SignIn) -> None:
    row = line(lark)
    with site((200, {}, f'{{"echo": "{SECRET}"}}'.encode())) as provider:
        say(row, lark, provider.url, "Hello Mia")
    keep_exchanges()
    with store_scope(lark.store.pk):
        store_requests(connection=row, topic="messages", bodies={"w1": f"Where? {SECRET}".encode()})
        kept = Exchange.objects.get()
    assert (kept.status, kept.method) == (200, "POST")
    assert "Hello Mia" in kept.sent
    for text in (kept.url, kept.sent, kept.received):
        assert "very" not in text
        assert "•••" in text
    page = signed_in(lark.user("owner")).get(f"/s/lark/connections/{row.pk}/exchanges/")
    told = page.content.decode()
    assert "Hello Mia" in told
    assert "Where? •••" in told
    assert "very" not in told


def test_a_refusal_and_a_silence_are_kept_with_their_reason(lark: People) -> None:
    row = line(lark)
    with site((400, {}, b'{"error": {"code": 131047}}')) as provider:
        say(row, lark, provider.url, "Too late")
    say(row, lark, "http://127.0.0.1:9", "Nobody there")
    keep_exchanges()
    with store_scope(lark.store.pk):
        refused, silent = Exchange.objects.order_by("at", "id")
    assert (refused.status, "131047" in refused.received) == (400, True)
    assert (silent.status, "cannot be reached" in silent.trouble) == (0, True)


def test_only_the_last_ones_stay(lark: People) -> None:
    row = line(lark)
    with site((500, {}, b"no")) as provider:
        for number in range(KEPT + 5):
            say(row, lark, provider.url, f"number {number}")
    keep_exchanges()
    with store_scope(lark.store.pk):
        assert Exchange.objects.count() == KEPT
        assert not Exchange.objects.filter(sent__contains='number 4"').exists()


def test_of_what_goes_well_a_few_a_second_are_enough(lark: People) -> None:
    row = line(lark)
    with site((200, {}, b"{}")) as provider:
        for number in range(60):
            say(row, lark, provider.url, f"number {number}")
    keep_exchanges()
    with store_scope(lark.store.pk):
        assert 5 <= Exchange.objects.count() < 50


def test_who_may_not_change_connections_does_not_read_them(lark: People, signed_in: SignIn) -> None:
    row = line(lark)
    page = signed_in(lark.user("agent")).get(f"/s/lark/connections/{row.pk}/exchanges/")
    assert page.status_code == 403
