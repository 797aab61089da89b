"""What the control page and the bar show of the simulation."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_slug
from shopbell.demo.ledger import DemoOrder
from shopbell.demo.models import Simulation
from shopbell.demo.paces import AFTER_OPENING, PACES, Pace, pace_of
from shopbell.demo.posts import Doors
from shopbell.demo.scenario import Simulator
from shopbell.demo.stories import HOME
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.orders.models import Order

SHOWN = 60
SHOP_ACCOUNT = "main"
SOURCE = f"shopify/{SHOP_ACCOUNT}"


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """An order to which something will still happen; `deeds`: verb, label and icon of buttons."""

    order: DemoOrder
    status: str
    words: str
    row_id: uuid.UUID | None
    deeds: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Control:
    """The state of the controls."""

    simulation: Simulation | None
    pace: Pace | None
    paces: Sequence[Pace] = tuple(PACES.values())

    @property
    def shop_time(self) -> datetime | None:
        """The time on the simulated shop's wall; without a zone, so that it is shown as it is."""
        row = self.simulation
        return row.simulated_at.astimezone(HOME).replace(tzinfo=None) if row else None

    @property
    def ends(self) -> str:
        """When a lively pace ends by itself, in words."""
        row = self.simulation
        if row is None or row.paced_until is None:
            return ""
        seconds = max(0.0, (row.paced_until - clock.now()).total_seconds())
        minutes = round(seconds / 60)
        left = f"{minutes} min" if minutes < 90 else f"{round(minutes / 60)} hours"
        left = left if minutes else f"{round(seconds)} s"
        after = AFTER_OPENING if row.opening else PACES["real"]
        return f"for {left} more, then {after.title.lower()}"


def demo_store(slug: str) -> Store:
    """Return a demo store; others are not told apart from none."""
    store = store_by_slug(slug)
    if not store.is_demo:
        raise NotFound("There is no demo shop here.")
    return store


def control_of() -> Control:
    """Return the controls of the store in scope, without the heavy state."""
    row = Simulation.objects.defer("state").first()
    return Control(row, pace_of(row.speed) if row else None)


def on_their_way(store: Store) -> tuple[list[OnItsWay], int]:
    """Return the newest orders under way, and how many there are in all."""
    row = Simulation.objects.first()
    if row is None:
        return [], 0
    doors = Doors(store=store.slug, shop_secret="", carrier_secret="")
    waiting = Simulator.load(doors, row.state).under_way()
    orders = waiting[:SHOWN]
    known = dict(
        Order.objects.filter(source=SOURCE, source_id__in=[str(o.id) for o in orders]).values_list(
            "source_id", "pk"
        )
    )
    return [_line(order, known.get(str(order.id))) for order in orders], len(waiting)


def _line(order: DemoOrder, row_id: uuid.UUID | None) -> OnItsWay:
    travelling = [parcel for parcel in order.parcels if not parcel.finished]
    deeds = [("delay", "Delay", "clock")]
    if order.cancelled_at:
        status, words = "cancelled", "cancelled"
    elif not order.parcels:
        status, words = "pending", "to be packed"
        deeds.append(("cancel", "Cancel", "cross"))
    else:
        status, words = (travelling or order.parcels)[0].status, ""
    if travelling:
        deeds.append(("lose", "Lose", "warning"))
    return OnItsWay(order, status, words, row_id, tuple(deeds))
