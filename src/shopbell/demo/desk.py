"""What the demo store's desk begins with: reasons, rules, macros, a checklist, a field."""

from typing import Any

from shopbell.accounts.models import Store
from shopbell.automations.actions import (
    Draft,
    save_checklist,
    save_macro,
    save_rule,
    switch_rule,
)
from shopbell.conversations.actions import Also, save_field, save_reason, save_reply
from shopbell.conversations.models import Reason
from shopbell.kit.db.scope import store_scope

REASONS = {
    "Delivery": ("Where is it?", "Late", "Lost", "Wrong address", "Left with a neighbour"),
    "Damaged": ("Broken on arrival", "Faulty later", "Wrong item", "Something is missing"),
    "Return": ("How to return", "Label", "Where is my money?"),
    "Product question": ("Size and material", "In stock?", "Care and use"),
    "Payment": ("Invoice", "Payment failed", "Voucher"),
    "Change of an order": ("Address", "Cancel", "Other item"),
}
RESOLUTIONS = ("Answered", "Refunded", "Sent again", "Voucher given", "Return agreed", "No answer")
CHECK = "Damage claim"
CHECKS = (
    "Ask for photos of the goods and of the parcel",
    "Compare with the order",
    "Send a new one or refund",
    "Tell the carrier",
)


def set_up_desk(store: Store) -> None:
    """Let the desk of a new demo store know some reasons, and do some work by itself."""
    with store_scope(store.pk):
        reasons = _reasons()
        save_field(name="Photos came along", kind="yes_no")
        damage = save_checklist(name=CHECK, steps=CHECKS)
        _replies()
        for name, after, actions in _macros(reasons):
            save_macro(name=name, actions=actions, after=after, by=None)
        for draft in _rules(reasons, str(damage.pk)):
            switch_rule(rule=save_rule(draft=draft, by=None), on=True, by=None)


def _reasons() -> dict[str, Reason]:
    found = {}
    for name, below in REASONS.items():
        found[name] = save_reason(kind="contact", name=name)
        for each in below:
            found[each] = save_reason(kind="contact", name=each, parent=found[name])
    for name in RESOLUTIONS:
        found[name] = save_reason(kind="resolution", name=name)
    return found


def _replies() -> None:
    save_reply(
        name="On its way",
        text="Hello {{customer.first_name}}, here you see where your parcel is: "
        "{{order.tracking_link}}",
        also=Also(tag="tracking"),
    )
    save_reply(
        name="Unterwegs",
        text="Hallo {{customer.first_name}}, hier siehst du, wo dein Paket ist: "
        "{{order.tracking_link}}",
        also=Also(locale="de", tag="tracking"),
    )


def _do(key: str, **values: str) -> dict[str, Any]:
    return {"key": key, "values": values}


def _asks(key: str, op: str, value: str) -> dict[str, str]:
    return {"key": key, "op": op, "value": value}


def _macros(reasons: dict[str, Reason]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    return [
        (
            "Where is my parcel",
            "next",
            [
                _do("set_reason", reason=str(reasons["Where is it?"].pk)),
                _do(
                    "reply",
                    text="Hello {{customer.first_name}}, your parcel is here: "
                    "{{order.tracking_link}} I look after it until it is with you.",
                ),
                _do("set_resolution", reason=str(reasons["Answered"].pk)),
                _do("set_status", status="pending"),
            ],
        ),
        (
            "Sorry, please send photos",
            "stay",
            [
                _do("set_reason", reason=str(reasons["Broken on arrival"].pk)),
                _do(
                    "reply",
                    text="Oh no, {{customer.first_name}}, I am sorry! Please send us a photo of "
                    "it and one of the parcel, then we make it right today.",
                ),
                _do("add_tag", tag="damage"),
                _do("snooze", until="days"),
            ],
        ),
        (
            "Mine, and urgent",
            "stay",
            [_do("assign", owner="me"), _do("set_priority", priority="3")],
        ),
    ]


def _rules(reasons: dict[str, Reason], damage: str) -> list[Draft]:
    return [
        Draft(
            "Damaged goods get a checklist",
            "customer_wrote",
            0,
            [
                {
                    "mode": "any",
                    "of": [
                        _asks("said", "contains", "broken, cracked, damaged, kaputt, beschädigt"),
                        _asks("tags", "has", "damage"),
                    ],
                }
            ],
            [
                _do("set_reason", reason=str(reasons["Damaged"].pk)),
                _do("add_checklist", checklist=damage),
                _do("set_priority", priority="2"),
            ],
        ),
        Draft(
            "Money back is looked at first",
            "customer_wrote",
            0,
            [{"mode": "all", "of": [_asks("said", "contains", "refund, money back, Erstattung")]}],
            [_do("add_tag", tag="refund"), _do("set_priority", priority="2")],
        ),
        Draft(
            "Nobody waits longer than two hours unseen",
            "unanswered",
            120,
            [{"mode": "all", "of": [_asks("priority", "is_not", "3")]}],
            [_do("add_tag", tag="waits"), _do("set_priority", priority="3")],
        ),
    ]
