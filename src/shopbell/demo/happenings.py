"""What one step does: change the ledger, return the webhooks Shopify or the carrier would send.

A newcomer's mistake: one webhook per step. Shopify sends `orders/updated` beside almost every
other topic, so the demo does too; the receiver has to cope.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from shopbell.demo import shopify_format as shopify
from shopbell.demo.ledger import DemoOrder, DemoParcel
from shopbell.demo.parcels import choose_carrier, pickup_point, tracking_number
from shopbell.demo.posts import Doors, Post
from shopbell.demo.stories import HOME
from shopbell.orders.tracking.carriers import carrier_name

ORIGIN, HUB = "Bremen, DE", "Leipzig, DE"

# The carrier's sentence for a scan: English, German.
_SAYS = {
    "info_received": ("The sender has announced the parcel.", "Die Sendung wurde angekündigt."),
    "in_transit": ("The parcel is on its way.", "Die Sendung ist unterwegs."),
    "in_transit.delayed": (
        "The parcel is delayed. We deliver it as soon as we can.",
        "Die Zustellung verzögert sich.",
    ),
    "out_for_delivery": ("The parcel is on the van.", "Die Sendung ist in Zustellung."),
    "attempt_fail.nobody_home": (
        "We rang, but nobody was at home.",
        "Der Empfänger wurde nicht angetroffen.",
    ),
    "available_for_pickup": (
        "The parcel is ready for collection.",
        "Die Sendung liegt zur Abholung bereit.",
    ),
    "delivered": ("Delivered.", "Die Sendung wurde zugestellt."),
    "delivered.with_neighbour": (
        "Delivered to a neighbour.",
        "Die Sendung wurde einem Nachbarn zugestellt.",
    ),
    "delivered.safe_place": ("Left in a safe place.", "Am Ablageort zugestellt."),
    "delivered.signed": ("Delivered and signed for.", "Gegen Unterschrift zugestellt."),
    "exception.lost": ("The parcel cannot be found.", "Die Sendung ist nicht auffindbar."),
    "exception.refused": (
        "The recipient refused the parcel.",
        "Der Empfänger hat die Annahme verweigert.",
    ),
    "exception.wrong_address": ("The address is incorrect.", "Die Anschrift ist falsch."),
    "exception.returning": (
        "The parcel is going back to the sender.",
        "Die Sendung geht zurück an den Absender.",
    ),
    "exception.returned": (
        "Returned to the sender.",
        "Die Sendung wurde dem Absender zugestellt.",
    ),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A step's time: simulated, real (for payloads), and of sending (for signatures)."""

    simulated: datetime
    real: datetime
    sent: datetime

    def estimate(self, simulated: datetime) -> datetime:
        """A future simulated time as a payload tells it: as many days off, at the same hour.

        Pace is compressed, promises are not: "in two days at noon" stays so in the message, even
        if it is midnight here and noon in the shop.
        """
        there = simulated.astimezone(HOME)
        days = there.date() - self.simulated.astimezone(HOME).date()
        here = self.real.astimezone(HOME) + days
        same = here.replace(hour=there.hour, minute=there.minute, second=there.second)
        return max(same.astimezone(UTC), self.real)


class Shopkeeper:
    """Carries out steps. Keeps nothing itself: the ledger is the order passed in."""

    def __init__(self, doors: Doors, new_id: Callable[[], int]) -> None:
        self.doors = doors
        self.new_id = new_id

    def carry_out(
        self, order: DemoOrder, action: str, data: dict[str, Any], now: Moment, random: Random
    ) -> list[Post]:
        """Do one step. Unknown actions are a programming error."""
        order.updated_at = now.real
        match action:
            case "place":
                return self._place(order, now)
            case "pay" | "fail_payment":
                return self._pay(order, action == "pay", now)
            case "edit":
                return self._edit(order, now)
            case "cancel":
                return self._cancel(order, data, now)
            case "ship":
                return self._ship(order, data, now, random)
            case "scan":
                return self._scan(order, data, now)
            case "refund":
                return self._refund(order, data, now)
            case "give_back":
                return self._give_as_asked(order, data, now)
            case "ask_return" | "agree_return" | "receive_return":
                return self._return(order, action, now)
        raise ValueError(f"no such step: {action}")

    def _post(self, topic: str, body: dict[str, Any], now: Moment) -> Post:
        return self.doors.shopify(topic, body, now.real, f"{topic}:{self.new_id()}")

    def _order(self, order: DemoOrder, now: Moment, *topics: str) -> list[Post]:
        body = shopify.order_body(order, self.doors.static_url)
        return [self._post(topic, body, now) for topic in topics]

    def _place(self, order: DemoOrder, now: Moment) -> list[Post]:
        if order.story == "payment_problem":
            return self._order(order, now, "orders/create")
        order.financial_status = "paid"
        return self._order(order, now, "orders/create", "orders/paid")

    def _pay(self, order: DemoOrder, paid: bool, now: Moment) -> list[Post]:
        status = "success" if paid else "failure"
        attempt = shopify.transaction_body(order, self.new_id(), status, now.real)
        posts = [self._post("order_transactions/create", attempt, now)]
        if not paid:
            return posts
        order.financial_status = "paid"
        return posts + self._order(order, now, "orders/paid", "orders/updated")

    def _edit(self, order: DemoOrder, now: Moment) -> list[Post]:
        line = max(order.lines, key=lambda one: (one.left, one.id))
        if order.cancelled_at or order.parcels or sum(one.left for one in order.lines) < 2:
            return []
        before = order.total
        line.removed += 1
        edit = shopify.edit_body(order, self.new_id(), line, now.real)
        posts = [self._post("orders/edited", edit, now)]
        cents = before - order.total
        if order.financial_status == "paid" and cents > 0:
            posts += self._give_back(order, cents, {}, "Taken out of the order", now)
        return posts + self._order(order, now, "orders/updated")

    def _cancel(self, order: DemoOrder, data: dict[str, Any], now: Moment) -> list[Post]:
        if order.cancelled_at or order.parcels:
            return []
        order.cancelled_at = now.real
        order.cancel_reason = data.get("reason", "other")
        posts: list[Post] = []
        if order.financial_status == "paid":
            units = {str(line.id): line.left for line in order.lines if line.left}
            posts = self._give_back(order, order.total, units, "Cancelled", now)
        else:
            order.financial_status = "voided"
        return posts + self._order(order, now, "orders/cancelled", "orders/updated")

    def _ship(
        self, order: DemoOrder, data: dict[str, Any], now: Moment, random: Random
    ) -> list[Post]:
        left = [line.id for line in order.lines if line.left]
        packed = {line_id for parcel in order.parcels for line_id in parcel.line_ids}
        inside = [line_id for line_id in left if line_id not in packed]
        if order.story == "split" and not order.parcels and len(inside) > 1:
            inside = inside[:1]
        if order.cancelled_at or not inside:
            return []
        fresh = choose_carrier(order.customer.country, random)
        carrier = order.parcels[0].carrier if order.parcels else fresh
        number = tracking_number(carrier, random)
        parcel = DemoParcel(self.new_id(), carrier, number, inside, now.real, now.real)
        self._expect(parcel, data, now)
        order.parcels.append(parcel)
        body = shopify.parcel_body(order, parcel, self.doors.static_url)
        complete = packed | set(inside) >= set(left)
        topics = ["orders/fulfilled"] if complete else ["orders/partially_fulfilled"]
        posts = [self._post("fulfillments/create", body, now)]
        return posts + self._order(order, now, *topics, "orders/updated")

    def _expect(self, parcel: DemoParcel, data: dict[str, Any], now: Moment) -> None:
        """Set the first estimate, or move it by what the plan slipped; on the van it is today."""
        if "until" in data:
            until = datetime.fromisoformat(data["until"])
            if parcel.expected_from and parcel.planned:
                parcel.expected_from += until - parcel.planned
            else:
                parcel.expected_from = now.estimate(until).replace(minute=0, second=0)
            parcel.planned = until
        if data.get("status") == "out_for_delivery":
            parcel.expected_from = now.real + timedelta(hours=1)
        if data.get("sub_status") == "nobody_home":
            parcel.expected_from = now.real + timedelta(days=1)
        if parcel.expected_from:
            parcel.expected_until = parcel.expected_from + timedelta(hours=4)

    def _scan(self, order: DemoOrder, data: dict[str, Any], now: Moment) -> list[Post]:
        place = int(data["parcel"])
        if place >= len(order.parcels) or order.parcels[place].finished:
            return []
        parcel = order.parcels[place]
        self._expect(parcel, data, now)
        parcel.status, parcel.sub_status = data["status"], data["sub_status"]
        parcel.updated_at = now.real
        body = self._scan_body(order, parcel, data, now)
        event = f"{parcel.id}:{self.new_id()}"
        return [self.doors.carrier(body, now.real, event, now.sent)]

    def _scan_body(
        self, order: DemoOrder, parcel: DemoParcel, data: dict[str, Any], now: Moment
    ) -> dict[str, Any]:
        key = ".".join(filter(None, (parcel.status, parcel.sub_status)))
        german = order.customer.country in ("DE", "AT", "CH")
        there = f"{order.customer.city}, {order.customer.country}"
        where = {"origin": ORIGIN, "hub": HUB}.get(data.get("where", ""), there)
        ready = parcel.status == "available_for_pickup"
        done = ready or parcel.status in ("delivered", "exception")
        return {
            "tracking_number": parcel.number,
            "carrier": carrier_name(parcel.carrier),
            "status": parcel.status,
            "sub_status": parcel.sub_status,
            "message": _SAYS[key][german],
            "location": ORIGIN if parcel.status == "info_received" else where,
            "happened_at": now.real.isoformat(),
            "expected_from": None if done else _iso(parcel.expected_from),
            "expected_until": None if done else _iso(parcel.expected_until),
            "pickup_point": pickup_point(order.customer.country, order.customer.street)
            if ready
            else "",
        }

    def _refund(self, order: DemoOrder, data: dict[str, Any], now: Moment) -> list[Post]:
        paid_back = sum(int(refund["cents"]) for refund in order.refunds)
        units = {str(line.id): line.left for line in order.lines if line.left}
        cents = order.total - paid_back
        if data["units"]:
            line = order.lines[0]
            units, cents = {str(line.id): 1}, min(cents, line.product.price)
        if cents <= 0 or order.financial_status == "voided":
            return []
        for line in order.lines:
            line.refunded = min(line.left, line.refunded + units.get(str(line.id), 0))
        posts = self._give_back(order, cents, units, "Returned" if data["units"] else "Lost", now)
        return posts + self._order(order, now, "orders/updated")

    def _give_as_asked(self, order: DemoOrder, data: dict[str, Any], now: Moment) -> list[Post]:
        for line in order.lines:
            back = data["units"].get(str(line.id), 0)
            line.refunded = min(line.left, line.refunded + back)
        posts = self._give_back(order, data["cents"], data["units"], data["note"], now)
        order.refunds[-1]["key"] = data["key"]
        return posts + self._order(order, now, "orders/updated")

    def _give_back(
        self, order: DemoOrder, cents: int, units: dict[str, int], note: str, now: Moment
    ) -> list[Post]:
        refund = {
            "id": self.new_id(),
            "cents": cents,
            "units": units,
            "note": note,
            "at": shopify.when(now.real),
        }
        order.refunds.append(refund)
        everything = sum(int(one["cents"]) for one in order.refunds) >= order.total
        order.financial_status = "refunded" if everything else "partially_refunded"
        return [self._post("refunds/create", shopify.refund_body(order, refund), now)]

    def _return(self, order: DemoOrder, action: str, now: Moment) -> list[Post]:
        topic, state = {
            "ask_return": ("returns/request", "requested"),
            "agree_return": ("returns/approve", "open"),
            "receive_return": ("returns/close", "closed"),
        }[action]
        order.return_id = order.return_id or self.new_id()
        order.return_state = state
        return [self._post(topic, shopify.return_body(order, state, now.real), now)]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
