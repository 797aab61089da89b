"""What shop and carrier connectors hand over: canonical facts, and the protocols they fulfil.

Facts are *states as the source reports them* with the source's own time; whether a state is news is
decided in `actions`. Everything optional really may be missing: None means "the source did not
say" and never overwrites what is known; an empty tuple means "there are none".
All times are aware. All amounts are minor units of `currency`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from shopbell.connections.ports import Account, Connector, Incoming, RawRequest
from shopbell.kit.registry import Registry


class ShipmentStatus(StrEnum):
    """The nine tracking statuses of the field, in the order a good parcel passes them."""

    PENDING = "pending"
    INFO_RECEIVED = "info_received"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAIL = "attempt_fail"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    EXPIRED = "expired"


class SubStatus(StrEnum):
    """Why, where the status alone does not say it. Empty string means "not told"."""

    NONE = ""
    DELAYED = "delayed"
    CUSTOMS = "customs"
    WRONG_ADDRESS = "wrong_address"
    NOBODY_HOME = "nobody_home"
    REFUSED = "refused"
    LOST = "lost"
    DAMAGED = "damaged"
    RETURNING = "returning"
    RETURNED = "returned"
    CASH_ON_DELIVERY = "cash_on_delivery"
    WITH_NEIGHBOUR = "with_neighbour"
    SAFE_PLACE = "safe_place"
    SIGNED = "signed"
    WEATHER = "weather"


class OrderStatus(StrEnum):
    """Life of an order apart from money and parcels."""

    OPEN = "open"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class PaymentStatus(StrEnum):
    """Where the money is."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    AUTHORISED = "authorised"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    VOIDED = "voided"


class ReturnStatus(StrEnum):
    """Life of a return (RMA)."""

    REQUESTED = "requested"
    REGISTERED = "registered"  # open or approved: the customer may send it
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    CLOSED = "closed"
    DECLINED = "declined"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """A postal address. `country` is ISO 3166-1 alpha-2."""

    name: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    postal_code: str = ""
    region: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """A permission as the shop reports it. `channel` is `email`, `sms` or `whatsapp`.

    `purpose` is one of `consent/purposes.py`.
    """

    channel: str
    granted: bool
    purpose: str = "marketing"
    double_opt_in: bool = False
    pending: bool = False
    changed_at: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A customer, or as much of one as an order carries. `source_id` may be empty (guest)."""

    source_id: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    country: str = ""
    email_verified: bool = False
    consents: tuple[ConsentFacts, ...] = ()
    updated_at: datetime | None = None
    deleted: bool = False
    raw: Any = None


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """A buyable variant. `price` in minor units of the product's currency (None: not told)."""

    source_id: str
    title: str = ""
    sku: str = ""
    price: int | None = None
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product with its variants."""

    source_id: str
    title: str = ""
    url: str = ""
    image_url: str = ""
    product_type: str = ""
    active: bool = True
    currency: str = ""
    variants: tuple[VariantFacts, ...] | None = None
    updated_at: datetime | None = None
    deleted: bool = False
    raw: Any = None


@dataclass(frozen=True, slots=True)
class StockFacts:
    """Stock of one inventory item at one location."""

    inventory_item_id: str
    available: int
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One order line. `unit_price` and `total` in minor units, after line discounts."""

    source_id: str
    title: str
    quantity: int
    unit_price: int = 0
    total: int = 0
    sku: str = ""
    variant_title: str = ""
    product_id: str = ""
    variant_id: str = ""
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money going back. `amount` in minor units; 0 means only items were restocked."""

    source_id: str
    order_id: str
    amount: int
    currency: str
    created_at: datetime | None = None
    note: str = ""
    raw: Any = None


@dataclass(frozen=True, slots=True)
class TrackingFacts:
    """One scan. `happened_at` is the carrier's time; `source_id` names it if the carrier can."""

    status: ShipmentStatus
    happened_at: datetime
    sub_status: SubStatus = SubStatus.NONE
    message: str = ""
    location: str = ""
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentItemFacts:
    """Quantity of an order line in a parcel."""

    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ShipmentFacts:
    """A parcel as a shop reports it (`order_id` set) or a carrier (`tracking_number` set).

    `status` None: the source says nothing about progress. `promised_on` is what the customer was
    told; `expected_from`/`expected_until` is the current estimate.
    """

    source_id: str = ""
    order_id: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    carrier: str = ""
    status: ShipmentStatus | None = None
    sub_status: SubStatus = SubStatus.NONE
    cancelled: bool = False
    items: tuple[ShipmentItemFacts, ...] | None = None
    events: tuple[TrackingFacts, ...] = ()
    promised_on: date | None = None
    expected_from: datetime | None = None
    expected_until: datetime | None = None
    pickup_point: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    raw: Any = None


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """A return (RMA)."""

    source_id: str
    order_id: str
    status: ReturnStatus
    name: str = ""
    items: tuple[ShipmentItemFacts, ...] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    raw: Any = None


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """A whole order, or a partial one (`lines` None). `number` is what customers see (`#1001`)."""

    source_id: str
    number: str = ""
    status: OrderStatus | None = None
    payment: PaymentStatus | None = None
    cancel_reason: str = ""
    currency: str = ""
    total: int | None = None
    subtotal: int | None = None
    shipping: int | None = None
    tax: int | None = None
    discount: int | None = None
    customer: CustomerFacts | None = None
    lines: tuple[LineFacts, ...] | None = None
    shipments: tuple[ShipmentFacts, ...] = ()
    refunds: tuple[RefundFacts, ...] = ()
    shipping_address: AddressFacts | None = None
    shipping_method: str = ""
    locale: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    test: bool = False
    placed_at: datetime | None = None
    edited_at: datetime | None = None
    updated_at: datetime | None = None
    status_url: str = ""
    promised_on: date | None = None
    raw: Any = None


@dataclass(frozen=True, slots=True)
class CartFacts:
    """A cart or unfinished checkout."""

    source_id: str
    email: str = ""
    phone: str = ""
    currency: str = ""
    total: int = 0
    recover_url: str = ""
    lines: tuple[LineFacts, ...] = ()
    completed: bool = False
    deleted: bool = False
    updated_at: datetime | None = None
    raw: Any = None


@dataclass(frozen=True, slots=True)
class PrivacyFacts:
    """A data-protection request passed on by the shop platform; due within `due_days`."""

    kind: str  # "access", "erase", "erase_shop"
    customer: CustomerFacts | None = None
    order_ids: tuple[str, ...] = ()
    request_id: str = ""
    due_days: int = 30
    raw: Any = None


@dataclass(frozen=True, slots=True)
class ShopRemoved:
    """The merchant uninstalled us: no call to the shop after this, sends stop."""

    at: datetime | None = None


type Facts = (
    OrderFacts
    | ShipmentFacts
    | RefundFacts
    | ReturnFacts
    | CustomerFacts
    | ProductFacts
    | StockFacts
    | CartFacts
    | PrivacyFacts
    | ShopRemoved
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a webhook meant. Exactly one of: facts, or `unused` (known, and why it is not used)."""

    facts: tuple[Facts, ...] = ()
    unused: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a reconciliation read. `cursor` continues; empty means this was the last.

    `throttle` is how many seconds the provider wants us to wait before the next page.
    """

    facts: tuple[Facts, ...]
    cursor: str = ""
    throttle: float = 0.0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionAudit:
    """What an audit of the webhook subscriptions found and mended."""

    present: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    enabled: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Deed(StrEnum):
    """What a shop can be asked to do for an order."""

    REFUND = "refund"
    CANCEL = "cancel"
    RESHIP = "reship"  # send the goods once more, at no charge
    COUPON = "coupon"
    RETURN = "return"  # open a return


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing a shop is asked to do, once: the same `key` again is the same errand.

    `amount` in minor units of `currency`: what goes back (refund, cancel) or what a coupon is
    worth. `code` is the coupon's. `note` is for the shop's staff.
    """

    key: str
    deed: Deed
    order_id: str  # the shop's own
    currency: str
    amount: int = 0
    items: tuple[ShipmentItemFacts, ...] = ()  # empty: the whole order
    email: str = ""
    customer_id: str = ""  # the shop's own
    code: str = ""
    reason: str = ""
    note: str = ""
    asked_at: datetime | None = None

    @property
    def mark(self) -> str:
        """What is left at the shop, by which the errand is found again."""
        return f"shopbell-{self.key}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a shop did. `reference` is its own id of it, `name` what customers see, `url` a label.

    `pending`: the shop has taken it and is still at it; ask with `find`.
    """

    reference: str
    name: str = ""
    url: str = ""
    facts: tuple[Facts, ...] = ()
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Ability:
    """How a shop does one deed. `guards_key`: it refuses to do the same key twice."""

    guards_key: bool = False


@runtime_checkable
class ActingShop(Protocol):
    """A shop that does what we ask of it. Both calls raise the three errors and `Unsupported`."""

    def abilities(self, account: Account) -> Mapping[Deed, Ability]:
        """Return what this account can do, without asking anybody."""
        ...

    def perform(self, account: Account, errand: Errand) -> Outcome:
        """Do it once. `Permanent` promises that nothing was done, `Temporary` promises nothing."""
        ...

    def find(self, account: Account, errand: Errand) -> Outcome | None:
        """Read whether it was done; None: the shop knows nothing of it."""
        ...


class Shop(Connector, Protocol):
    """A shop platform; one that also is an `ActingShop` does what staff ask of it."""

    kinds: ClassVar[tuple[str, ...]]  # what `changes` can read: "orders", "customers", "products"

    def verify(self, request: RawRequest, account: Account) -> None: ...

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]: ...

    def parse(self, topic: str, body: bytes, account: Account) -> Parsed:
        """Translate one stored webhook. Unknown topics give `Parsed(unused=...)`.

        Missing fields never raise. Raise `Invalid` only where no order could be recognised.
        """
        ...

    def changes(self, account: Account, kind: str, since: datetime | None, cursor: str) -> Page:
        """Read one page of what changed after `since` (None: everything)."""
        ...

    def audit(self, account: Account) -> SubscriptionAudit:
        """Make sure our webhooks exist and are enabled. Raise `Unsupported` if there are none."""
        ...


class Carrier(Connector, Protocol):
    """A carrier or a tracking aggregator."""

    def verify(self, request: RawRequest, account: Account) -> None: ...

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]: ...

    def parse(self, topic: str, body: bytes, account: Account) -> Parsed: ...

    def track(self, account: Account, tracking_number: str, carrier: str) -> ShipmentFacts:
        """Ask for the current state of one parcel; `Unsupported` if it only pushes."""
        ...


def pages(shop: Shop, account: Account, kind: str, since: datetime | None) -> Iterator[Page]:
    """Yield all pages of `changes`, without waiting between them."""
    cursor = ""
    while True:
        page = shop.changes(account, kind, since, cursor)
        yield page
        if not page.cursor:
            return
        cursor = page.cursor


SHOPS: Registry[Shop] = Registry("shopbell.shops")
CARRIERS: Registry[Carrier] = Registry("shopbell.carriers")
