"""The simulation: a clock, a queue of steps, and orders that go their ways.

Pure and seeded: the same seed, start and calls give the same posts. Two clocks: simulated time
decides *when* things happen (nights, warehouse hours, days on the road) and runs `speed` times as
fast; payloads carry the *real* time of emission, so no message is ever stale however fast it runs.
"""

import heapq
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from shopbell.demo import shopify_format as shopify
from shopbell.demo.catalogue import BY_KEY, PRODUCTS
from shopbell.demo.happenings import Moment, Shopkeeper
from shopbell.demo.ledger import DemoLine, DemoOrder, order_from
from shopbell.demo.people import CUSTOMERS, DemoCustomer
from shopbell.demo.posts import Doors, Post
from shopbell.demo.stories import STORIES, choose_story, next_order, plan
from shopbell.kit.errors import Conflict, Invalid, NotFound

SPEEDS: dict[str, float] = {
    "real time": 1.0,
    "an hour in a minute": 60.0,
    "a day in a minute": 1440.0,
    "a week in a minute": 10_080.0,
}
MAX_SPEED = 100_000.0
MAX_STEP = timedelta(seconds=60)  # after a longer silence the demo goes on as if it had slept
MAX_POSTS = 2_000  # of one `advance`; the rest comes with the next
KEPT_ORDERS = 200
ABANDONED = 0.12
BEGINNING = "arrive"

type Entry = tuple[datetime, int, str, int, dict[str, Any]]


class Simulator:
    """A shop in motion. Not thread-safe: one owner advances it."""

    def __init__(
        self,
        doors: Doors,
        *,
        at: datetime,
        seed: int = 1,
        speed: float = 1.0,
        orders_per_day: float = 40.0,
        first_number: int = 1001,
        simulated_at: datetime | None = None,
    ) -> None:
        """Open at the real moment `at`; `simulated_at` is where the shop's own calendar begins."""
        self.doors = doors
        self.seed = seed
        self.speed = _checked(speed)
        self.playing = True
        self.orders_per_day = orders_per_day
        self.real_at = at
        self.simulated_at = simulated_at or at
        self.orders: dict[int, DemoOrder] = {}
        self._run = int(at.timestamp())
        self._number = first_number
        self._ids = 0
        self._draws = 0
        self._queue: list[Entry] = []
        self.drafts: dict[str, dict[str, Any]] = {}
        self.coupons: dict[str, dict[str, Any]] = {}
        self._keeper = Shopkeeper(doors, self._new_id)
        self._schedule(self._next_arrival(self.simulated_at), BEGINNING)

    def open_shop(self, at: datetime) -> list[Post]:
        """Return what a shop tells when it is connected: its products and its customers."""
        static = self.doors.static_url
        posts = [
            self._event("products/create", shopify.product_body(product, at, static), at)
            for product in PRODUCTS
        ]
        return posts + [
            self._event("customers/create", shopify.customer_body(customer, at), at)
            for customer in CUSTOMERS
        ]

    def live_through(self, days: float, until: datetime) -> list[Post]:
        """Return the past `days` as history: payload times are past, signatures are of `until`.

        Call it before anything else, once: it begins the simulation `days` earlier.
        """
        start = until - timedelta(days=days)
        self._queue.clear()
        self.real_at = self.simulated_at = start
        self._schedule(self._next_arrival(start), BEGINNING)
        return self._play(until, until, 1.0, limit=1_000_000)

    def advance(self, until: datetime) -> list[Post]:
        """Return everything that happens up to the real moment `until`, in order.

        Call it about once a second. After a silence of more than a minute only one minute counts.
        """
        if until <= self.real_at:
            return []
        if not self.playing:
            self.real_at = until
            return []
        self.real_at = max(self.real_at, until - MAX_STEP)
        simulated = self.simulated_at + (until - self.real_at) * self.speed
        posts = self._play(simulated, until, self.speed, limit=MAX_POSTS)
        self._forget()
        return posts

    def rest(self, until: datetime) -> None:
        """Let real time pass in which nothing happens: whoever takes the posts is behind."""
        self.real_at = max(self.real_at, until)

    def set_speed(self, speed: float, at: datetime) -> list[Post]:
        """Change the pace from `at` on; returns what happened before."""
        posts = self.advance(at)
        self.speed = _checked(speed)
        return posts

    def pause(self, at: datetime) -> list[Post]:
        """Stop the clock; returns what happened before."""
        posts = self.advance(at)
        self.playing = False
        return posts

    def play(self, at: datetime) -> None:
        """Let the clock run again from `at` on."""
        self.advance(at)
        self.playing = True

    def place_order(
        self, customer: DemoCustomer, lines: Mapping[str, int], at: datetime, story: str = ""
    ) -> list[Post]:
        """Place an order as a customer: units by product key. `story` chooses how it goes.

        The new order is the last of `orders`. Posts of what happened meanwhile come first.
        """
        if story and story not in STORIES:
            raise Invalid(f"There is no story called {story!r}. Known: {', '.join(STORIES)}.")
        wanted = {key: count for key, count in lines.items() if count > 0}
        unknown = [key for key in wanted if key not in BY_KEY]
        if not wanted or unknown or max(wanted.values()) > 99:
            raise Invalid("Choose one to 99 of at least one product of the shop.")
        earlier = self.advance(at)
        now = Moment(self.simulated_at, at, at)
        return earlier + self._place(customer, wanted, now, story)

    def delay(self, order_id: int, at: datetime) -> list[Post]:
        """Hold the order's parcel up by two days; before dispatch it is packed a day later."""
        order = self.find(order_id)
        earlier = self.advance(at)
        place = self._parcel_on_its_way(order)
        held = timedelta(days=2 if place is not None else 1)
        mine = [entry for entry in self._queue if entry[3] == order_id]
        if not mine:
            raise Conflict(f"{order.name} is finished: there is nothing left to delay.")
        self._drop(order_id)
        for due, _, action, _, data in mine:
            self._schedule(due + held, action, order_id, _later(data, held))
        if place is None:
            return earlier
        planned = order.parcels[place].planned or self.simulated_at
        data = {"parcel": place, "status": "in_transit", "sub_status": "delayed", "where": "hub"}
        data["until"] = (planned + held).isoformat()
        return earlier + self._carry_out(order, "scan", data, at)

    def lose(self, order_id: int, at: datetime) -> list[Post]:
        """Lose the parcel that is on its way; the money comes back a day later."""
        order = self.find(order_id)
        earlier = self.advance(at)
        place = self._parcel_on_its_way(order)
        if place is None:
            raise Conflict(f"{order.name} has no parcel on its way, so none can be lost.")
        self._drop(order_id)
        self._schedule(self.simulated_at + timedelta(days=1), "refund", order_id, {"units": 0})
        data = {"parcel": place, "status": "exception", "sub_status": "lost", "where": "hub"}
        return earlier + self._carry_out(order, "scan", data, at)

    def cancel(self, order_id: int, at: datetime) -> list[Post]:
        """Cancel an order that is not dispatched yet."""
        order = self.find(order_id)
        earlier = self.advance(at)
        if order.parcels or order.cancelled_at:
            raise Conflict(f"{order.name} is dispatched or cancelled already.")
        self._drop(order_id)
        return earlier + self._carry_out(order, "cancel", {"reason": "customer"}, at)

    def give_back(
        self, order_id: int, cents: int, units: dict[str, int], note: str, key: str, at: datetime
    ) -> list[Post]:
        """Give money back as staff ask; `key` stays with the refund."""
        order = self.find(order_id)
        earlier = self.advance(at)
        data = {"cents": cents, "units": units, "note": note, "key": key}
        return earlier + self._carry_out(order, "give_back", data, at)

    def place_free(
        self, email: str, lines: Sequence[Mapping[str, Any]], at: datetime
    ) -> tuple[list[Post], DemoOrder]:
        """Place an order at no charge: what was bought before is sent again."""
        customer = next(
            (one.customer for one in reversed(self.orders.values()) if one.customer.email == email),
            None,
        )
        by_variant = {product.variant_id: product.key for product in PRODUCTS}
        wanted: dict[str, int] = {}
        for line in lines:
            number = str(line["variantId"]).rsplit("/", 1)[-1]
            key = by_variant.get(int(number)) if number.isdigit() else None
            if key is not None:
                wanted[key] = wanted.get(key, 0) + int(line["quantity"])
        if customer is None or not wanted:
            raise Conflict("The demo does not know this customer, or nothing of this.")
        earlier = self.advance(at)
        now = Moment(self.simulated_at, at, at)
        posts = self._place(customer, wanted, now, "smooth", free=True)
        return earlier + posts, list(self.orders.values())[-1]

    def open_return(self, order_id: int, at: datetime, *, back_after: timedelta) -> list[Post]:
        """Open a return as staff ask; the goods arrive by themselves later."""
        order = self.find(order_id)
        earlier = self.advance(at)
        self._schedule(self.simulated_at + back_after, "receive_return", order_id)
        return earlier + self._carry_out(order, "agree_return", {}, at)

    def next_id(self) -> int:
        """Return an id for something that is not an order."""
        return self._new_id()

    def find(self, order_id: int) -> DemoOrder:
        """Return an order, or raise `NotFound`."""
        if order_id not in self.orders:
            raise NotFound("The demo does not know this order, or has forgotten it.")
        return self.orders[order_id]

    def under_way(self) -> list[DemoOrder]:
        """Orders to which something will still happen, newest first."""
        waiting = {entry[3] for entry in self._queue}
        return [order for order in reversed(self.orders.values()) if order.id in waiting]

    def dump(self) -> dict[str, Any]:
        """Return the whole state as JSON values, without secrets."""
        return {
            "version": 1,
            "seed": self.seed,
            "speed": self.speed,
            "playing": self.playing,
            "orders_per_day": self.orders_per_day,
            "real_at": self.real_at.isoformat(),
            "simulated_at": self.simulated_at.isoformat(),
            "run": self._run,
            "number": self._number,
            "ids": self._ids,
            "draws": self._draws,
            "queue": [[due.isoformat(), *rest] for due, *rest in sorted(self._queue)],
            "orders": [order.as_dict() for order in self.orders.values()],
            "drafts": self.drafts,
            "coupons": self.coupons,
        }

    @classmethod
    def load(cls, doors: Doors, state: Mapping[str, Any]) -> "Simulator":
        """Continue from `dump`'s values exactly where it stopped."""
        found = cls(doors, at=datetime.fromisoformat(state["real_at"]), seed=state["seed"])
        found.speed = _checked(state["speed"])
        found.playing = bool(state["playing"])
        found.orders_per_day = float(state["orders_per_day"])
        found.simulated_at = datetime.fromisoformat(state["simulated_at"])
        found._run, found._number = state["run"], state["number"]
        found._ids, found._draws = state["ids"], state["draws"]
        found._queue = [
            (datetime.fromisoformat(due), place, action, order_id, data)
            for due, place, action, order_id, data in state["queue"]
        ]
        heapq.heapify(found._queue)
        found.orders = {order["id"]: order_from(order) for order in state["orders"]}
        found.drafts = dict(state.get("drafts", {}))
        found.coupons = dict(state.get("coupons", {}))
        return found

    def _play(self, simulated: datetime, sent: datetime, speed: float, limit: int) -> list[Post]:
        """Run the queue up to a simulated time. Anchors move only at the end."""
        posts: list[Post] = []
        while self._queue and self._queue[0][0] <= simulated:
            if len(posts) >= limit:
                simulated = max(self._queue[0][0], self.simulated_at)
                break
            due, _, action, order_id, data = heapq.heappop(self._queue)
            passed = max(due - self.simulated_at, timedelta())
            now = Moment(due, min(self.real_at + passed / speed, sent), sent)
            if action == BEGINNING:
                posts += self._arrive(now)
            elif order_id in self.orders:
                order = self.orders[order_id]
                posts += self._keeper.carry_out(order, action, data, now, self._random())
        self.simulated_at = simulated
        self.real_at = sent
        return posts

    def _arrive(self, now: Moment) -> list[Post]:
        """Somebody comes into the shop: usually buys, sometimes leaves the basket standing."""
        self._schedule(self._next_arrival(now.simulated), BEGINNING)
        random = self._random()
        customer = random.choice(CUSTOMERS)
        weights = [product.popularity for product in PRODUCTS]
        chosen = random.choices(PRODUCTS, weights, k=random.choice((1, 1, 2, 2, 3, 4)))
        wanted = {product.key: random.choice((1, 1, 1, 2)) for product in chosen}
        if random.random() < ABANDONED:
            number = self._new_id()
            lines = [DemoLine(self._new_id(), key, count) for key, count in wanted.items()]
            body = shopify.checkout_body(customer, number, lines, now.real, self.doors.static_url)
            return [self._event("checkouts/create", body, now.real)]
        return self._place(customer, wanted, now, "")

    def _place(
        self,
        customer: DemoCustomer,
        wanted: Mapping[str, int],
        now: Moment,
        story: str,
        *,
        free: bool = False,
    ) -> list[Post]:
        random = self._random()
        lines = [DemoLine(self._new_id(), key, count) for key, count in wanted.items()]
        order = DemoOrder(
            id=self._new_id(),
            number=self._number,
            story=story or choose_story(random),
            customer=customer,
            lines=lines,
            created_at=now.real,
            updated_at=now.real,
            free=free,
        )
        self._number += 1
        self.orders[order.id] = order
        for step in plan(order.story, now.simulated, customer.country, random):
            self._schedule(step.at, step.action, order.id, step.data)
        return self._keeper.carry_out(order, "place", {}, now, random)

    def _carry_out(
        self, order: DemoOrder, action: str, data: dict[str, Any], at: datetime
    ) -> list[Post]:
        now = Moment(self.simulated_at, at, at)
        return self._keeper.carry_out(order, action, data, now, self._random())

    def _parcel_on_its_way(self, order: DemoOrder) -> int | None:
        places = [place for place, parcel in enumerate(order.parcels) if not parcel.finished]
        return places[0] if places else None

    def _event(self, topic: str, body: dict[str, Any], at: datetime) -> Post:
        return self.doors.shopify(topic, body, at, f"{topic}:{self._new_id()}")

    def _schedule(
        self, due: datetime, action: str, order_id: int = 0, data: dict[str, Any] | None = None
    ) -> None:
        self._ids += 1
        heapq.heappush(self._queue, (due, self._ids, action, order_id, data or {}))

    def _drop(self, order_id: int) -> None:
        self._queue = [entry for entry in self._queue if entry[3] != order_id]
        heapq.heapify(self._queue)

    def _forget(self) -> None:
        """Keep the newest finished orders only, so that the state does not grow for ever."""
        if len(self.orders) <= KEPT_ORDERS:
            return
        waiting = {entry[3] for entry in self._queue}
        finished = [order_id for order_id in self.orders if order_id not in waiting]
        for order_id in finished[: max(len(finished) - KEPT_ORDERS // 2, 0)]:
            del self.orders[order_id]

    def _next_arrival(self, after: datetime) -> datetime:
        return next_order(after, self.orders_per_day, self._random())

    def _random(self) -> Random:
        """A fresh generator a draw: nothing of it has to be saved."""
        self._draws += 1
        return Random(f"{self.seed}:{self._draws}")  # noqa: S311 (a story, not a secret)

    def _new_id(self) -> int:
        """An id that no other run of the demo uses, unless it began in the same second."""
        self._ids += 1
        return self._run * 1_000_000 + self._ids


def _later(data: dict[str, Any], held: timedelta) -> dict[str, Any]:
    if "until" not in data:
        return data
    return data | {"until": (datetime.fromisoformat(data["until"]) + held).isoformat()}


def _checked(speed: float) -> float:
    if not 0 < speed <= MAX_SPEED:
        raise Invalid(f"The pace must be above 0 and at most {MAX_SPEED:,.0f}.")
    return float(speed)
