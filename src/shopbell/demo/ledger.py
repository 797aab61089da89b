"""What the simulated shop knows of its orders, as plain values that survive a restart.

Times are real (wall) times: they go into payloads. When something happens next is not here but in
the simulator's queue, in simulated time.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from shopbell.demo.catalogue import BY_KEY, FREE_SHIPPING_FROM, DemoProduct
from shopbell.demo.people import DemoCustomer


@dataclass(slots=True)
class DemoLine:
    """Some units of a product. `removed` by an edit, `refunded` after a return."""

    id: int
    product_key: str
    quantity: int
    removed: int = 0
    refunded: int = 0

    @property
    def product(self) -> DemoProduct:
        """The product of the catalogue."""
        return BY_KEY[self.product_key]

    @property
    def left(self) -> int:
        """Units the customer really gets."""
        return self.quantity - self.removed


@dataclass(slots=True)
class DemoParcel:
    """One fulfilment with one tracking number. `line_ids` lie in it."""

    id: int
    carrier: str
    number: str
    line_ids: list[int]
    created_at: datetime
    updated_at: datetime
    status: str = "pending"
    sub_status: str = ""
    planned: datetime | None = None  # simulated time of arrival
    expected_from: datetime | None = None
    expected_until: datetime | None = None

    @property
    def finished(self) -> bool:
        """Nothing more happens to it."""
        return self.status == "delivered" or self.sub_status in ("lost", "returned")


@dataclass(slots=True)
class DemoOrder:
    """An order of the simulated shop."""

    id: int
    number: int
    story: str
    customer: DemoCustomer
    lines: list[DemoLine]
    created_at: datetime
    updated_at: datetime
    financial_status: str = "pending"
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    parcels: list[DemoParcel] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    return_id: int = 0
    return_state: str = ""
    return_note: str = ""
    free: bool = False  # sent again at no charge

    @property
    def name(self) -> str:
        """What the customer sees, such as `#1042`."""
        return f"#{self.number}"

    @property
    def subtotal(self) -> int:
        """Goods in cents, after edits."""
        return sum(line.product.price * line.left for line in self.lines)

    @property
    def shipping(self) -> int:
        """Shipping in cents: free from a certain sum, dearer abroad."""
        if self.free or self.subtotal >= FREE_SHIPPING_FROM or self.subtotal == 0:
            return 0
        return 490 if self.customer.country in ("DE", "AT") else 990

    @property
    def total(self) -> int:
        """What is to be paid, in cents; tax is within."""
        return 0 if self.free else self.subtotal + self.shipping

    def as_dict(self) -> dict[str, Any]:
        """Plain values with times as ISO text."""
        return _plain(asdict(self))  # type: ignore[no-any-return]


def order_from(value: dict[str, Any]) -> DemoOrder:
    """Build an order from `as_dict`'s values."""
    value = dict(value)
    parcels = [DemoParcel(**_with_times(parcel)) for parcel in value.pop("parcels")]
    lines = [DemoLine(**line) for line in value.pop("lines")]
    customer = DemoCustomer(**value.pop("customer"))
    return DemoOrder(**_with_times(value), customer=customer, lines=lines, parcels=parcels)


_TIMES = ("created_at", "updated_at", "cancelled_at", "planned", "expected_from", "expected_until")


def _with_times(value: dict[str, Any]) -> dict[str, Any]:
    return {
        key: datetime.fromisoformat(item) if key in _TIMES and item else item
        for key, item in value.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
