"""What a store has decided about remedies: data in `Store.policies["remedies"]`, defaults here.

Limits are per role, deed and currency: how much at once, and how much a day. A newcomer's mistake:
reading a missing limit as "no limit". In a currency nobody set, everything waits for approval.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shopbell.accounts.models import Role, Store
from shopbell.kit.errors import Invalid
from shopbell.kit.money import digits, minor
from shopbell.orders.ports import Deed

LIMITED = (Role.AGENT, Role.SUPERVISOR)  # owners and admins have no limit
MONEY = (Deed.REFUND, Deed.CANCEL, Deed.RESHIP, Deed.COUPON)  # a return costs nothing yet
_DEFAULTS = {Role.AGENT: (50, 200), Role.SUPERVISOR: (500, 2000)}  # whole units of the store's
MOST = 10**12

REASONS = {
    "damaged": "Arrived damaged",
    "missing": "Something was missing",
    "wrong": "Wrong item",
    "late": "Came too late",
    "lost": "Lost on the way",
    "customer": "Changed their mind",
    "stock": "Out of stock",
    "goodwill": "Goodwill",
}
TEXTS = {
    Deed.REFUND: "We have refunded {{amount}} for your order {{order}}. Depending on your bank it"
    " takes up to five working days until you see it.",
    Deed.CANCEL: "Your order {{order}} is cancelled. What you paid is on its way back to you.",
    Deed.RESHIP: "We are sending your order {{order}} again, at no charge. The new order is"
    " {{name}}; we write to you when it leaves.",
    Deed.COUPON: "Here is a coupon over {{amount}} for your next order: **{{name}}**. Enter it at"
    " the checkout.",
    Deed.RETURN: "Your return for order {{order}} is registered.{{label}}",
}
GERMAN = {
    Deed.REFUND: "Wir haben Ihnen {{amount}} für Ihre Bestellung {{order}} erstattet. Je nach Bank"
    " dauert es bis zu fünf Werktage, bis Sie es sehen.",
    Deed.CANCEL: "Ihre Bestellung {{order}} ist storniert. Was Sie bezahlt haben, ist auf dem Weg"
    " zurück zu Ihnen.",
    Deed.RESHIP: "Wir schicken Ihnen die Bestellung {{order}} noch einmal, ohne Kosten. Die neue"
    " Bestellung ist {{name}}; wir schreiben Ihnen, wenn sie unterwegs ist.",
    Deed.COUPON: "Hier ist ein Gutschein über {{amount}} für Ihre nächste Bestellung:"
    " **{{name}}**. Geben Sie ihn an der Kasse ein.",
    Deed.RETURN: "Ihre Rücksendung zur Bestellung {{order}} ist angemeldet.{{label}}",
}
VARIABLES = {
    "amount": "The amount, such as €12.50",
    "order": "The number of the order",
    "name": "The code of the coupon, or the number of the new order or return",
    "label": "A sentence with the link to the return label, when the shop made one",
    "first_name": "The customer's first name",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so much at once and a day, in minor units. None: no limit."""

    each: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class RemedyPolicy:
    """Limits, reasons, and what customers are told."""

    limits: Mapping[tuple[str, str, str], Limit] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=lambda: dict(REASONS))
    texts: Mapping[str, str] = field(default_factory=dict)  # own ones; empty: nothing is told

    def text(self, deed: str, locale: str = "en") -> str:
        """Return what a customer is told: the store's own words, else ours in their language."""
        if deed in self.texts:
            return self.texts[deed]
        ours = GERMAN if locale.lower().startswith("de") else TEXTS
        return ours[Deed(deed)]

    def limit(self, role: str, deed: str, currency: str) -> Limit:
        """Return the limit of a role; nothing is allowed in a currency nobody has set."""
        if role in (Role.OWNER, Role.ADMIN) or deed not in MONEY:
            return Limit()
        return self.limits.get((role, deed, currency), Limit(0, 0))


def remedy_policy(store: Store) -> RemedyPolicy:
    """Read the policy of a store; what cannot be used falls back to the defaults."""
    found = (store.policies or {}).get("remedies")
    raw: dict[str, Any] = found if isinstance(found, dict) else {}
    reasons = raw.get("reasons")
    given = raw.get("texts")
    texts: dict[str, Any] = given if isinstance(given, dict) else {}
    return RemedyPolicy(
        limits=_defaults(store.currency) | _limits(raw.get("limits")),
        reasons=_reasons(reasons) if isinstance(reasons, list) and reasons else dict(REASONS),
        texts={deed: str(texts[deed])[:5000] for deed in TEXTS if deed in texts},
    )


def _defaults(currency: str) -> dict[tuple[str, str, str], Limit]:
    unit = 10 ** digits(currency)
    return {
        (role, deed, currency): Limit(each * unit, day * unit)
        for role, (each, day) in _DEFAULTS.items()
        for deed in MONEY
    }


def _limits(raw: Any) -> dict[tuple[str, str, str], Limit]:
    found = {}
    for row in raw if isinstance(raw, list) else []:
        if isinstance(row, dict):
            currency = str(row.get("currency"))
            key = (str(row.get("role")), str(row.get("action")), currency)
            each, day = (_amount(row.get(name), currency) for name in ("each", "day"))
            found[key] = Limit(each, day)
    return found


def _amount(value: Any, currency: str) -> int | None:
    """Read an amount such as "50.00"; what cannot be read allows nothing."""
    if value is None:
        return None
    try:
        amount = minor(str(value), currency)
    except Invalid:
        return 0
    return amount if 0 <= amount <= MOST else 0


def _reasons(raw: list[Any]) -> dict[str, str]:
    rows = [row for row in raw if isinstance(row, dict) and row.get("code")]
    return {str(row["code"])[:40]: str(row.get("title") or row["code"])[:120] for row in rows}
