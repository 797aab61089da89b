"""The fields of the canonical JSON, one model a noun. These names are a public contract.

A newcomer's mistake: making a field strict for tidiness. Senders are many and small; only what
could be misunderstood is refused (unknown names, times without zone, amounts without currency).
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from shopbell.connectors.reading import web_address
from shopbell.connectors.shops.generic.wording import FieldError
from shopbell.kit import money
from shopbell.orders.ports import (
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
    ShipmentStatus,
    SubStatus,
)

MAX_AMOUNT = Decimal(10) ** 13
FIRST_YEAR, LAST_YEAR = 1970, 2200
ZERO, FARTHEST_ZONE = timedelta(0), timedelta(hours=14)


def _as_id(value: Any) -> Any:
    """Ids may be written as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_amount(value: Any) -> Decimal:
    """Accept "49.90", 49.90 and 49; a JSON number means what its digits say."""
    try:
        if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
            raise InvalidOperation
        number = Decimal(str(value).strip())
        if not number.is_finite() or abs(number) >= MAX_AMOUNT:
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError('must be an amount, as in "49.90"') from None
    return number


def _as_currency(value: Any) -> str:
    code = value.strip().upper() if isinstance(value, str) else ""
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError("must be a currency code of three letters, such as EUR")
    return code


def _as_country(value: Any) -> str:
    code = value.strip().upper() if isinstance(value, str) else "?"
    if code and not re.fullmatch(r"[A-Z]{2}", code):
        raise ValueError("must be a country code of two letters, such as DE")
    return code


def _as_url(value: Any) -> str:
    if value == "":
        return ""
    address = web_address(value)
    if not address:
        raise ValueError("must be an address that begins with https://")
    return address


def _within_time[D: (date, datetime)](value: D) -> D:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return value


def _on_earth(value: datetime) -> datetime:
    if abs(value.utcoffset() or ZERO) > FARTHEST_ZONE:
        raise ValueError("has a zone that is nowhere; at most 14 hours, as in +14:00")
    return value


def _text(limit: int) -> Any:
    return StringConstraints(strip_whitespace=True, max_length=limit)


Id = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    BeforeValidator(_as_id),
]
OptionalId = Annotated[str, _text(120), BeforeValidator(_as_id)]
Word = Annotated[str, _text(120)]
Line = Annotated[str, _text(500)]
Text = Annotated[str, _text(5000)]
Email = Annotated[str, _text(320)]
Phone = Annotated[str, _text(40)]
Amount = Annotated[Decimal, BeforeValidator(_as_amount)]
Currency = Annotated[str, BeforeValidator(_as_currency)]
Country = Annotated[str, BeforeValidator(_as_country)]
Url = Annotated[str, BeforeValidator(_as_url)]
Moment = Annotated[AwareDatetime, AfterValidator(_within_time), AfterValidator(_on_earth)]
Day = Annotated[date, AfterValidator(_within_time)]
Quantity = Annotated[int, Field(ge=0, le=1_000_000)]


class Model(BaseModel):
    """Base of all: unknown names are refused, so that a typing error is noticed."""

    model_config = ConfigDict(extra="forbid")


class PricedModel(Model):
    """Amounts need a currency, and no more decimals than it has."""

    currency: Currency | None = Field(default=None, description="ISO 4217 code, such as EUR.")

    @model_validator(mode="after")
    def _amounts_fit(self) -> Self:
        found = list(_amounts(self))
        if found and self.currency is None:
            raise FieldError(found[0][0], "needs a currency beside it")
        for name, amount in found:
            decimals = money.digits(self.currency or "")
            if amount != round(amount, decimals):
                raise FieldError(name, f"has more decimals than {self.currency} knows")
        return self


def _amounts(model: BaseModel) -> list[tuple[str, Decimal]]:
    """All amounts in a model that share its currency; parts with one of their own do it alone."""
    found: list[tuple[str, Decimal]] = []
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Decimal):
            found.append((name, value))
        for place, part in enumerate(value if isinstance(value, list) else ()):
            if isinstance(part, BaseModel) and not isinstance(part, PricedModel):
                inside = _amounts(part)
                found += [(f"{name}.{place}.{inner}", amount) for inner, amount in inside]
    return found


class AddressIn(Model):
    """A postal address."""

    name: Line = ""
    line1: Line = ""
    line2: Line = ""
    city: Line = ""
    postal_code: Word = ""
    region: Word = ""
    country: Country = Field(default="", description="ISO 3166-1 alpha-2, such as DE.")
    phone: Phone = ""


class ConsentIn(Model):
    """Marketing permission as the shop holds it."""

    channel: Annotated[str, StringConstraints(pattern=r"^(email|sms|whatsapp)$")]
    granted: bool
    purpose: Word = Field(default="marketing", description="What the permission is for.")
    double_opt_in: bool = False
    pending: bool = False
    changed_at: Moment | None = None
    source: Line = ""


class CustomerIn(Model):
    """A customer; inside an order also a guest without id."""

    id: OptionalId = Field(default="", description="The shop's own id; empty for guests.")
    email: Email = ""
    phone: Phone = ""
    first_name: Word = ""
    last_name: Word = ""
    locale: Annotated[str, _text(20)] = Field(default="", description="Such as en or de-AT.")
    country: Country = ""
    email_verified: bool = False
    consents: list[ConsentIn] = Field(default_factory=list, max_length=10)
    updated_at: Moment | None = None
    deleted: bool = False

    @model_validator(mode="after")
    def _is_someone(self) -> Self:
        if not (self.id or self.email or self.phone):
            raise ValueError("needs an id, an email or a phone")
        return self


class VariantIn(Model):
    """A buyable variant."""

    id: Id
    title: Line = ""
    sku: Annotated[str, _text(200)] = ""
    price: Amount | None = None
    stock: Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)] | None = None


class ProductIn(PricedModel):
    """A product with its variants."""

    id: Id
    title: Line = ""
    url: Url = ""
    image_url: Url = ""
    product_type: Annotated[str, _text(200)] = ""
    active: bool = True
    variants: list[VariantIn] | None = Field(default=None, max_length=2000)
    updated_at: Moment | None = None
    deleted: bool = False


class LineIn(Model):
    """One line of an order or cart."""

    id: OptionalId = Field(default="", description="Empty: the position counts as id.")
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    quantity: Quantity
    unit_price: Amount | None = None
    total: Amount | None = Field(default=None, description="After discounts of this line.")
    sku: Annotated[str, _text(200)] = ""
    variant_title: Annotated[str, _text(300)] = ""
    product_id: OptionalId = ""
    variant_id: OptionalId = ""
    image_url: Url = ""


class ItemIn(Model):
    """Units of an order line in a parcel or return."""

    line_id: Id
    quantity: Quantity


class ScanIn(Model):
    """One scan of a parcel, at the carrier's time."""

    status: ShipmentStatus
    happened_at: Moment
    sub_status: SubStatus = SubStatus.NONE
    message: Line = ""
    location: Annotated[str, _text(200)] = ""
    id: OptionalId = ""


class ParcelIn(Model):
    """A parcel inside an order."""

    id: Id
    tracking_number: Word = ""
    tracking_url: Url = ""
    carrier: Word = Field(default="", description="Name or code, such as dhl.")
    status: ShipmentStatus | None = None
    sub_status: SubStatus = SubStatus.NONE
    cancelled: bool = False
    items: list[ItemIn] | None = Field(default=None, max_length=2000)
    events: list[ScanIn] = Field(default_factory=list, max_length=1000)
    promised_on: Day | None = None
    expected_from: Moment | None = None
    expected_until: Moment | None = None
    pickup_point: Annotated[str, _text(300)] = ""
    created_at: Moment | None = None
    updated_at: Moment | None = None


class ShipmentIn(ParcelIn):
    """A parcel on its own: it names its order."""

    order_id: Id


class RefundIn(PricedModel):
    """Money going back. Amount 0 means only goods came back."""

    id: Id
    order_id: OptionalId = Field(default="", description="Needed unless it is inside an order.")
    amount: Amount
    created_at: Moment | None = None
    note: Line = ""


class ReturnIn(Model):
    """A return."""

    id: Id
    order_id: Id
    status: ReturnStatus
    name: Word = ""
    items: list[ItemIn] | None = Field(default=None, max_length=2000)
    created_at: Moment | None = None
    updated_at: Moment | None = None


class OrderIn(PricedModel):
    """An order. Without `lines` it is a partial one and changes only what it names."""

    id: Id
    number: Word = Field(default="", description="What customers see, such as #1001.")
    status: OrderStatus | None = None
    payment: PaymentStatus | None = None
    cancel_reason: Annotated[str, _text(200)] = ""
    total: Amount | None = None
    subtotal: Amount | None = None
    shipping: Amount | None = None
    tax: Amount | None = None
    discount: Amount | None = None
    customer: CustomerIn | None = None
    lines: list[LineIn] | None = Field(default=None, max_length=2000)
    shipments: list[ParcelIn] = Field(default_factory=list, max_length=200)
    refunds: list[RefundIn] = Field(default_factory=list, max_length=200)
    shipping_address: AddressIn | None = None
    shipping_method: Annotated[str, _text(200)] = ""
    locale: Annotated[str, _text(20)] = ""
    note: Text = ""
    tags: list[Word] = Field(default_factory=list, max_length=200)
    test: bool = False
    placed_at: Moment | None = None
    edited_at: Moment | None = None
    updated_at: Moment | None = Field(
        default=None, description="The newest state wins; send it whenever you know it."
    )
    status_url: Url = ""
    promised_on: Day | None = None

    @model_validator(mode="before")
    @classmethod
    def _refunds_inherit(cls, value: Any) -> Any:
        """Refunds inside an order take its currency."""
        if isinstance(value, dict) and isinstance(value.get("refunds"), list):
            currency = value.get("currency")
            inherited = [
                {"currency": currency, **refund}
                if isinstance(refund, dict) and currency
                else refund
                for refund in value["refunds"]
            ]
            return {**value, "refunds": inherited}
        return value


class CartIn(PricedModel):
    """A cart or an unfinished checkout."""

    id: Id
    email: Email = ""
    phone: Phone = ""
    total: Amount | None = None
    recover_url: Url = ""
    lines: list[LineIn] = Field(default_factory=list, max_length=2000)
    completed: bool = False
    deleted: bool = False
    updated_at: Moment | None = None
