"""The ledger over HTTP: each message with its state, reason and times."""

from datetime import timedelta

from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message, MessageLog
from shopbell.orders.models import Order
from tests.api.callers import Caller, order


def add_message(caller: Caller, **changes: object) -> Message:
    with store_scope(caller.store.pk):
        known = Order.objects.get(source_id="1001")
        count = Message.objects.count()
        values = {
            "business_key": f"k{count}",
            "kind": "order_confirmed",
            "purpose": "transactional",
            "medium": "email",
            "order": known,
            "customer": known.customer,
            "to_address": "mara@example.com",
            "state": "sent",
            "sent_at": clock.now(),
            "subject": "Thank you",
            "text": "Hello Mara",
            "html": "<p>Hello Mara</p>",
            "message_id": f"<m{count}@lark.example>",
        }
        return Message.objects.create(**values | changes)


def test_messages_are_found_by_order_customer_state_and_channel(lark: Caller) -> None:
    lark.ask("POST", "/orders", order())
    sent = add_message(lark)
    held = add_message(
        lark,
        kind="dispatched",
        medium="sms",
        state="skipped",
        reason="no_address",
        reason_text="There is no phone number.",
        sent_at=None,
        closed_at=clock.now() + timedelta(seconds=1),
    )
    with store_scope(lark.store.pk):
        person = Customer.objects.get()
        number = Order.objects.get().pk
    both = [str(held.pk), str(sent.pk)]
    for query, expected in (
        ("", both),
        ("?order=1001", both),
        ("?order=%231001", both),
        (f"?order={number}", both),
        ("?order=1002", []),
        ("?customer=mara@example.com", both),
        (f"?customer={person.pk}", both),
        ("?customer=c1", both),
        ("?customer=tom@example.com", []),
        ("?state=skipped", [str(held.pk)]),
        ("?channel=email", [str(sent.pk)]),
        ("?kind=dispatched", [str(held.pk)]),
        ("?state=sent&channel=sms", []),
    ):
        found = [item["id"] for item in lark.get(f"/messages{query}")["items"]]
        assert found == expected, query
    assert [item["id"] for item in lark.get("/orders/1001/messages")["items"]] == both
    assert len(lark.get("/orders/1001/messages?limit=1")["items"]) == 1


def test_a_message_tells_why_when_and_what(lark: Caller) -> None:
    lark.ask("POST", "/orders", order())
    message = add_message(lark, reason="late", reason_text="The queue was long.")
    with store_scope(lark.store.pk):
        MessageLog.objects.create(message=message, state="sent", text="250 OK")
    told = lark.get(f"/messages/{message.pk}")
    assert told["order"]["number"] == "#1001"
    assert (told["state"], told["reason_text"]) == ("sent", "The queue was long.")
    assert told["sent_at"] is not None
    assert told["delivered_at"] is None
    assert (told["text"], told["html"]) == ("Hello Mara", "<p>Hello Mara</p>")
    assert [row["text"] for row in told["log"]] == ["250 OK"]
    listed = lark.get("/messages")["items"][0]
    assert "html" not in listed
    assert {name: told[name] for name in listed} == listed
    assert lark.ask("GET", "/messages/unknown").status == 404
