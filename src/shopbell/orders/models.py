"""Products, carts, orders, lines, shipments, tracking events, returns, refunds, privacy requests.

`source` is the connected shop's key (`shopify/main`), `source_id` the shop's own id. Amounts are
minor units. `payload` keeps what the source last said, to be looked at by people.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce, Now

from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel
from shopbell.orders.ports import (
    OrderStatus,
    PaymentStatus,
    ReturnStatus,
    ShipmentStatus,
    SubStatus,
)


class Product(TenantModel):
    """A product of the catalogue; variants are plain data."""

    source = models.CharField(max_length=120)
    source_id = models.CharField(max_length=120)
    title = models.CharField(max_length=500, blank=True, default="")
    url = models.CharField(max_length=2000, blank=True, default="")
    image_url = models.CharField(max_length=2000, blank=True, default="")
    product_type = models.CharField(max_length=200, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    active = models.BooleanField(default=True)
    variants = models.JSONField(default=list)
    source_updated_at = models.DateTimeField(null=True, blank=True)
    payload = models.JSONField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "source", "source_id"], name="product_once")
        ]

    def __str__(self) -> str:
        return self.title


class Cart(TenantModel):
    """A cart or unfinished checkout; `lines` is plain data."""

    source = models.CharField(max_length=120)
    source_id = models.CharField(max_length=120)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.CASCADE, related_name="carts"
    )
    email = models.CharField(max_length=320, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    total = models.BigIntegerField(default=0)
    recover_url = models.CharField(max_length=2000, blank=True, default="")
    lines = models.JSONField(default=list)
    completed = models.BooleanField(default=False)
    source_updated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "source", "source_id"], name="cart_once")
        ]

    def __str__(self) -> str:
        return f"cart {self.source_id}"


class Order(TenantModel):
    """An order. `is_stub` while only a parcel or refund told us that it exists."""

    source = models.CharField(max_length=120)
    source_id = models.CharField(max_length=120)
    number = models.CharField(max_length=120, blank=True, default="")
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="orders"
    )
    is_stub = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    status = models.CharField(max_length=20, default=OrderStatus.OPEN)
    payment = models.CharField(max_length=24, default=PaymentStatus.UNKNOWN)
    cancel_reason = models.CharField(max_length=200, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    total = models.BigIntegerField(default=0)
    subtotal = models.BigIntegerField(default=0)
    shipping = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    discount = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    email = models.CharField(max_length=320, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    locale = models.CharField(max_length=20, blank=True, default="")
    shipping_method = models.CharField(max_length=200, blank=True, default="")
    address = models.JSONField(default=dict)
    note = models.TextField(blank=True, default="")
    tags = ArrayField(models.CharField(max_length=120), default=list)
    status_url = models.CharField(max_length=2000, blank=True, default="")
    promised_on = models.DateField(null=True, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    source_updated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)
    payload = models.JSONField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "source", "source_id"], name="order_once")
        ]
        indexes = [
            models.Index(fields=["store", "-created_at", "-id"], name="order_recent"),
            models.Index(
                "store",
                Coalesce("placed_at", "created_at").desc(),
                models.F("id").desc(),
                name="order_placed",
            ),
            models.Index(fields=["store", "number"], name="order_number"),
            models.Index(fields=["store", "customer", "-created_at"], name="order_customer"),
        ]

    def __str__(self) -> str:
        return self.number or self.source_id


class Line(TenantModel):
    """One line of an order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    source_id = models.CharField(max_length=120)
    title = models.CharField(max_length=500)
    variant = models.CharField(max_length=300, blank=True, default="")
    sku = models.CharField(max_length=200, blank=True, default="")
    quantity = models.IntegerField(default=1)
    unit_price = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    product_id = models.CharField(max_length=120, blank=True, default="")
    variant_id = models.CharField(max_length=120, blank=True, default="")
    image_url = models.CharField(max_length=2000, blank=True, default="")

    class Meta(TenantModel.Meta):
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["store", "order", "source_id"], name="line_once")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"


class Shipment(TenantModel):
    """A parcel. `order` is empty while a carrier speaks of a number no shop has named."""

    order = models.ForeignKey(Order, null=True, on_delete=models.CASCADE, related_name="shipments")
    source = models.CharField(max_length=120)
    source_id = models.CharField(max_length=160)
    tracking_number = models.CharField(max_length=120, blank=True, default="")
    tracking_url = models.CharField(max_length=2000, blank=True, default="")
    carrier = models.CharField(max_length=120, blank=True, default="")
    status = models.CharField(max_length=24, default=ShipmentStatus.PENDING)
    sub_status = models.CharField(max_length=24, blank=True, default=SubStatus.NONE)
    status_at = models.DateTimeField(null=True, blank=True)
    cancelled = models.BooleanField(default=False)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    promised_on = models.DateField(null=True, blank=True)
    expected_from = models.DateTimeField(null=True, blank=True)
    expected_until = models.DateTimeField(null=True, blank=True)
    delay_told_until = models.DateTimeField(null=True, blank=True)
    returning = models.BooleanField(default=False)
    pickup_point = models.CharField(max_length=300, blank=True, default="")
    items = models.JSONField(default=list)  # [{line_id, quantity}]
    source_updated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    payload = models.JSONField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "source", "source_id"], name="shipment_once")
        ]
        indexes = [
            models.Index(fields=["store", "order"], name="shipment_order"),
            models.Index(
                fields=["store", "tracking_number"],
                name="shipment_number",
                condition=~models.Q(tracking_number=""),
            ),
        ]

    def __str__(self) -> str:
        return self.tracking_number or self.source_id


class TrackingEvent(TenantModel):
    """One scan of a parcel. `fingerprint` makes repeats harmless."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="scans")
    fingerprint = models.CharField(max_length=64)
    status = models.CharField(max_length=24)
    sub_status = models.CharField(max_length=24, blank=True, default="")
    message = models.CharField(max_length=500, blank=True, default="")
    location = models.CharField(max_length=200, blank=True, default="")
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "shipment", "fingerprint"], name="scan_once")
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.happened_at:%F %T}"


class Refund(TenantModel):
    """Money that went back."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds")
    source_id = models.CharField(max_length=120)
    amount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    refunded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "order", "source_id"], name="refund_once")
        ]

    def __str__(self) -> str:
        return f"refund {self.source_id}"


class Return(TenantModel):
    """A return (RMA)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="returns")
    source_id = models.CharField(max_length=120)
    name = models.CharField(max_length=120, blank=True, default="")
    status = models.CharField(max_length=20, default=ReturnStatus.REQUESTED)
    items = models.JSONField(default=list)
    source_updated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "order", "source_id"], name="return_once")
        ]

    def __str__(self) -> str:
        return self.name or self.source_id


class PrivacyRequest(TenantModel):
    """A data-protection request passed on by a shop platform, with its deadline."""

    source = models.CharField(max_length=120)
    request_id = models.CharField(max_length=160)
    kind = models.CharField(max_length=20)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    email = models.CharField(max_length=320, blank=True, default="")
    payload = models.JSONField(null=True, blank=True)
    received_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "source", "kind", "request_id"], name="privacy_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.request_id}"


class ImportState(models.TextChoices):
    """How far a file is."""

    MAPPING = "mapping", "Waiting for its columns"
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Waiting for your word"
    IMPORTING = "importing", "Being imported"
    DONE = "done", "Imported"
    STOPPED = "stopped", "Not imported"
    FAILED = "failed", "Failed"


class ImportRun(TenantModel):
    """One CSV file on its way in. `content` is compressed, and emptied when the run is over."""

    noun = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(default=bytes)
    mapping = models.JSONField(default=dict)  # key of a column: place in the file
    manner = models.JSONField(default=dict)  # zone, day_first, currency
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.MAPPING)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # rows looked at in the present step
    good = models.PositiveIntegerField(default=0)  # things, such as orders
    bad = models.PositiveIntegerField(default=0)
    mistakes = models.JSONField(default=list)  # the first ones, for the page
    refused = models.BinaryField(default=bytes)  # the bad rows as CSV, compressed
    problem = models.CharField(max_length=1000, blank=True, default="")
    by = models.CharField(max_length=320, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["store", "-created_at"], name="import_recent")]

    def __str__(self) -> str:
        return self.file_name
