"""A link of ours opens a chat on Telegram and says who comes: signed, for one customer."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shopbell.connections.models import Connection
from shopbell.conversations.messages.introducing import (
    LASTS,
    introduced,
    make_introduction,
    telegram_link,
)
from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import text_of
from tests.connectors.channels.telegram.fake import FakeTelegram
from tests.conversations.inbox_ground import Inbox
from tests.support.talk import connect, post

PERSON = "5551234567"


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def line(inbox: Inbox, telegram: FakeTelegram) -> Connection:
    return connect(inbox.market.bench.store, "telegram", **telegram.settings())


@pytest.fixture
def mara(inbox: Inbox) -> Customer:
    inbox.market.order(1001)
    with store_scope(inbox.market.bench.store.pk):
        return Customer.objects.get(email__startswith="mara1001")


def payload(inbox: Inbox, customer: Customer) -> str:
    with store_scope(customer.store_id):
        return make_introduction(inbox.market.bench.store, customer)


def writer(line: Connection) -> Customer | None:
    with store_scope(line.store_id):
        return Conversation.objects.select_related("customer").get(medium="telegram").customer


def test_who_comes_by_the_link_is_known(
    inbox: Inbox, line: Connection, telegram: FakeTelegram, mara: Customer
) -> None:
    post(line, telegram.write(PERSON, f"/start {payload(inbox, mara)}"))
    assert writer(line) == mara


def test_who_wrote_before_brings_it_along(
    inbox: Inbox, line: Connection, telegram: FakeTelegram, mara: Customer
) -> None:
    post(line, telegram.write(PERSON, "Hello, where is it?"))
    assert writer(line) != mara
    post(line, telegram.write(PERSON, f"/start {payload(inbox, mara)}"))
    assert writer(line) == mara


def test_a_link_that_was_changed_or_has_ended_proves_nothing(
    inbox: Inbox, line: Connection, telegram: FakeTelegram, mara: Customer
) -> None:
    good, store = payload(inbox, mara), inbox.market.bench.store
    assert len(good) <= 64
    with store_scope(store.pk):
        assert introduced(store, good) == mara
        for place in range(len(good) - 1):
            other = "A" if good[place] != "A" else "B"
            assert introduced(store, good[:place] + other + good[place + 1 :]) is None
        for odd in ("", "x", good + "AAAA", "é" * 8, good[:-4]):
            assert introduced(store, odd) is None
        with clock.at(clock.now() + LASTS + timedelta(minutes=1)):
            assert introduced(store, good) is None
    post(line, telegram.write(PERSON, "/start AAAA"))
    assert writer(line) != mara


def test_the_link_stands_beside_a_known_customer(
    inbox: Inbox, line: Connection, mara: Customer
) -> None:
    entry = inbox.write("Hello", by_mail=True, email=mara.email)
    with store_scope(line.store_id):
        number = Conversation.objects.get(pk=entry.conversation_id).number
        assert telegram_link(inbox.market.bench.store, mara).startswith(
            "https://t.me/lark_larder_bot?start="
        )
    page = text_of(inbox.market.person(), f"/s/lark/inbox/{number}/")
    assert "https://t.me/lark_larder_bot?start=" in page
