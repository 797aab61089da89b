"""Templates with versions, messages with their states, and the log of each message.

The states form a lattice (see `states.py`); rows are changed only by `actions` and `outbox`.
"""

from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.connections.models import Connection
from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel
from shopbell.messaging.pages import KeptHtml
from shopbell.messaging.states import State
from shopbell.orders.models import Order, Shipment


class Template(TenantModel):
    """A merchant's own text for one kind, medium and locale; without one the shipped is used."""

    kind = models.CharField(max_length=60)
    medium = models.CharField(max_length=20)
    locale = models.CharField(max_length=20)
    current = models.ForeignKey(
        "TemplateVersion", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "medium", "locale"], name="template_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.medium} {self.locale}"


class TemplateVersion(TenantModel):
    """A saved text. Never changed once saved."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.TextField(blank=True, default="")
    preheader = models.TextField(blank=True, default="")
    body = models.TextField()
    text = models.TextField(blank=True, default="")  # plain part; empty: derived from the body
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "template", "number"], name="template_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class Message(TenantModel):
    """One message to one person: the outbox row and the ledger entry in one."""

    business_key = models.CharField(max_length=200)
    kind = models.CharField(max_length=60)
    purpose = models.CharField(max_length=40)
    medium = models.CharField(max_length=20)
    media = models.JSONField(default=list)  # the order in which channels may be used
    # Each index is written anew whenever a state moves, so there is none that nobody asks.
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="messages", db_index=False
    )
    order = models.ForeignKey(
        Order, null=True, on_delete=models.SET_NULL, related_name="messages", db_index=False
    )
    shipment = models.ForeignKey(
        Shipment, null=True, on_delete=models.SET_NULL, related_name="messages", db_index=False
    )
    data = models.JSONField(default=dict)  # further template context and references
    to_address = models.CharField(max_length=320, blank=True, default="")
    to_name = models.CharField(max_length=200, blank=True, default="")
    locale = models.CharField(max_length=20, blank=True, default="")
    ignore_quiet = models.BooleanField(default=True)
    origin = models.CharField(max_length=20, default="rule")  # or resend, test, agent, staff
    resend_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=40, blank=True, default="")
    reason_text = models.CharField(max_length=500, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(db_default=0)  # also the fence of a claim
    failures = models.PositiveSmallIntegerField(db_default=0)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_default=Now())
    not_after = models.DateTimeField(null=True)
    resends = models.PositiveSmallIntegerField(db_default=0)  # after doubts
    waits = models.JSONField(default=dict, db_default={})  # medium → minutes (see `fallback.py`)
    fallback_after = models.PositiveIntegerField(null=True)  # seconds, of the channel it went by
    fallback_at = models.DateTimeField(null=True)  # then the next channel is tried
    tried_before = models.ForeignKey(  # the same news on the channel before
        "self", null=True, on_delete=models.SET_NULL, related_name="tried_after", db_index=False
    )

    template_version = models.ForeignKey(
        TemplateVersion, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    message_id = models.CharField(max_length=200, blank=True, default="")
    provider_id = models.CharField(max_length=200, blank=True, default="")
    subject = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    html = KeptHtml(blank=True, default="")

    created_at = models.DateTimeField(db_default=Now())
    handed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    click_count = models.PositiveIntegerField(db_default=0)
    scanned_at = models.DateTimeField(null=True)  # a machine followed its links
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True)  # by prices of then
    cost_currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    closed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "business_key"], name="message_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="message_due",
                condition=models.Q(state__in=["queued", "claimed", "handed", "in_doubt"]),
            ),
            models.Index(
                fields=["fallback_at"],
                name="message_fallback",
                condition=models.Q(fallback_at__isnull=False),
            ),
            models.Index(fields=["store", "-created_at", "-id"], name="message_recent"),
            models.Index(
                fields=["store", "state", "-created_at"],
                name="message_person",
                condition=models.Q(state__in=["held", "failed", "in_doubt"]),
            ),
            models.Index(
                fields=["store", "order", "-created_at"],
                name="message_order",
                condition=models.Q(order__isnull=False),
            ),
            models.Index(
                fields=["store", "shipment"],
                name="message_shipment",
                condition=models.Q(shipment__isnull=False),
            ),
            models.Index(
                fields=["store", "resend_of"],
                name="message_resend",
                condition=models.Q(resend_of__isnull=False),
            ),
            models.Index(
                fields=["store", "tried_before"],
                name="message_tried",
                condition=models.Q(tried_before__isnull=False),
            ),
            models.Index(fields=["store", "customer", "-created_at"], name="message_customer"),
            models.Index(
                fields=["store", "to_address", "-handed_at"],
                name="message_address",
                condition=models.Q(handed_at__isnull=False),
            ),
            models.Index(
                fields=["store", "-handed_at", "-id"],
                name="message_handed",
                condition=models.Q(handed_at__isnull=False),
            ),
            models.Index(
                fields=["store", "kind", "-handed_at", "-id"],
                name="message_kind",
                condition=models.Q(handed_at__isnull=False),
            ),
            models.Index(
                fields=["store", "provider_id"],
                name="message_provider",
                condition=~models.Q(provider_id=""),
            ),
            models.Index(
                fields=["store", "message_id"],
                name="message_message_id",
                condition=~models.Q(message_id=""),
            ),
            models.Index(
                fields=["store", "created_at"],
                name="message_complaint",
                condition=models.Q(reason="complaint"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.to_address} ({self.state})"


class Page(TenantModel):
    """What mails to many have in common (see `pages`): a compiled text, nobody's name in it."""

    digest = models.CharField(max_length=40)
    html = models.TextField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "digest"], name="page_once")]

    def __str__(self) -> str:
        return self.digest


class Window(TenantModel):
    """When somebody last wrote to an inbox, by the provider's clock: the reply window opens then.

    Kept here, below the desk, because the gate asks it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=320)
    opened_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "connection", "address"], name="window_once")
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.opened_at}"


class Pace(TenantModel):
    """When an inbox may send next, moved on with each message (see `paces`)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    free_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "connection"], name="pace_once")]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.free_at}"


class ApprovedTemplate(TenantModel):
    """A template as the provider has it (see `ports.ProviderTemplate`); only syncing writes it."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="templates")
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=20)
    category = models.CharField(max_length=20)
    status = models.CharField(max_length=10)
    content = models.JSONField(default=dict)  # the whole of it
    quality = models.CharField(max_length=20, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    gone_at = models.DateTimeField(null=True)  # the provider has it no more
    synced_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "connection", "name", "language"], name="approved_template_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class ApprovedText(TenantModel):
    """Which approved template tells a kind in an inbox, and what fills its gaps (Liquid)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=512)  # in the languages the provider has it in
    header = models.JSONField(default=list)
    body = models.JSONField(default=list)
    buttons = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "connection", "kind"], name="approved_text_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.name}"


class FollowedLink(TenantModel):
    """A link that was followed a moment ago, until it is known whether by a person.

    Once for each link of a message, so that whoever knocks a thousand times makes one row.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "message", "place"], name="followed_link_once")
        ]
        indexes = [models.Index(fields=["due_at", "id"], name="followed_link_due")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.place}"


class MessageLog(TenantModel):
    """What happened to a message, in words for people."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="log")
    state = models.CharField(max_length=12)
    text = models.CharField(max_length=1000, blank=True, default="")
    event_id = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "message", "event_id"],
                condition=~models.Q(event_id=""),
                name="message_log_once",
            )
        ]
        indexes = [models.Index(fields=["store", "message", "id"], name="message_log_order")]

    def __str__(self) -> str:
        return f"{self.state} {self.text}"
