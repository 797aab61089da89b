"""Who writes on a platform is linked to a customer of the shop only on proof, and back again."""

from collections.abc import Iterator

import pytest

from shopbell.connections.models import Connection
from shopbell.conversations.actions import link_customer, unlink_customer
from shopbell.conversations.actions.knowing import LINKED
from shopbell.conversations.models import Conversation, Entry
from shopbell.customers.models import Customer
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.orders.models import Order
from tests.api.callers import Caller, make_key
from tests.backoffice.market import text_of
from tests.conversations.inbox_ground import Inbox
from tests.support.talk import connect, write

HANDLE = "6900000000000011"


@pytest.fixture
def line(inbox: Inbox) -> Connection:
    inbox.market.order(1001)
    inbox.market.order(1002)
    line = connect(inbox.market.bench.store, "sandbox_instagram")
    write(line, "Where is it?", HANDLE, name="mara")
    return line


@pytest.fixture
def scope(line: Connection) -> Iterator[None]:
    with store_scope(line.store_id):
        yield


def talk() -> Conversation:
    return Conversation.objects.get(medium="instagram")


def order(number: int) -> Order:
    return Order.objects.select_related("customer").get(number__endswith=str(number))


def test_an_order_and_its_address_are_proof(inbox: Inbox, scope: None) -> None:
    meant = order(1001)
    link_customer(conversation=talk(), order_number="1001", email=meant.email.upper(), by=inbox.ada)
    row = talk()
    assert (row.customer, row.order) == (meant.customer, meant)
    assert Entry.objects.get(kind="incoming", conversation=row).customer == meant.customer
    activity = Entry.objects.get(kind="activity", conversation=row)
    assert "gave order 1001 and its e-mail address" in activity.text


def test_what_does_not_fit_links_nothing(inbox: Inbox, scope: None) -> None:
    before = talk().customer
    for number, email in [("1001", order(1002).email), ("1001", ""), ("", order(1001).email)]:
        with pytest.raises(Invalid, match="do not fit"):
            link_customer(conversation=talk(), order_number=number, email=email, by=inbox.ada)
    with pytest.raises(Invalid, match="no such customer"):
        link_customer(
            conversation=talk(), email="nobody@mail.example", reason="Rang us up", by=inbox.ada
        )
    assert talk().customer == before


def test_by_hand_it_takes_a_reason_which_is_kept(inbox: Inbox, scope: None) -> None:
    link_customer(
        conversation=talk(), order_number="#1002", reason="Rang us up and named it", by=inbox.ada
    )
    assert talk().customer == order(1002).customer
    activity = Entry.objects.get(kind="activity", conversation=talk())
    assert "Rang us up and named it" in activity.text
    assert activity.data[LINKED]["proved"] is False


def test_it_is_taken_back_whole_with_what_came_meanwhile(inbox: Inbox, line: Connection) -> None:
    with store_scope(line.store_id):
        meant, stranger = order(1001), talk().customer
        link_customer(conversation=talk(), order_number="1001", email=meant.email, by=inbox.ada)
    write(line, "And the invoice?", HANDLE)
    with store_scope(line.store_id):
        assert writers() == {meant.customer}
        activity = Entry.objects.get(kind="activity", conversation=talk())
        unlink_customer(entry=activity, by=inbox.ada)
        assert (talk().customer, talk().order) == (stranger, None)
        assert writers() == {stranger}
    write(line, "Hello?", HANDLE)
    with store_scope(line.store_id):
        assert talk().customer == stranger
        with pytest.raises(Conflict, match="already"):
            unlink_customer(entry=activity, by=inbox.ada)


def writers() -> set[Customer | None]:
    rows = Entry.objects.select_related("customer").filter(sender_address=HANDLE)
    return {each.customer for each in rows}


def test_who_is_known_by_an_address_is_not_linked(inbox: Inbox, line: Connection) -> None:
    mail = inbox.write("Hello", by_mail=True, email="jon@mail.example")
    with store_scope(line.store_id):
        row, email = Conversation.objects.get(pk=mail.conversation_id), order(1001).email
        with pytest.raises(Conflict, match="known by an address"):
            link_customer(conversation=row, order_number="1001", email=email, by=inbox.ada)


def test_the_page_and_a_program_can_do_it(inbox: Inbox, line: Connection) -> None:
    store = inbox.market.bench.store
    with store_scope(store.pk):
        number, email = talk().number, order(1001).email
    path, owner = f"/s/lark/inbox/{number}/", inbox.market.person()
    assert "Who is it?" in text_of(owner, path)
    told = {"order_number": "1001", "email": email}
    assert owner.post(f"{path}who/", told).status_code == 302
    page = text_of(owner, path)
    assert "Linked to" in page
    assert "Who is it?" not in page
    assert owner.post(f"{path}entries/{link_told(store.pk)}/who/undo/").status_code == 302
    assert "Who is it?" in text_of(owner, path)

    caller, base = Caller(store, make_key(store)), f"/conversations/{number}/customer"
    assert caller.ask("POST", base, {"order_number": "1001"}).status == 422
    made = caller.ask("POST", base, told)
    assert (made.status, made.json["customer_email"]) == (200, email)
    assert caller.ask("DELETE", f"{base}/{link_told(store.pk)}").status == 200


def link_told(store_id: int) -> object:
    """Return the id of the last activity that tells of a link."""
    with store_scope(store_id):
        rows = Entry.objects.filter(kind="activity", text__startswith="Linked")
        return rows.latest("created_at").pk
