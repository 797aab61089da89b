"""The event log and what is still to be delivered to handlers.

`Delivery` rows exist only while a handler has not run; success deletes them.
"""

from django.db import models
from django.db.models.functions import Now

from shopbell.kit.db.tenant import TenantModel

# What segments ask of the log. The others are most of it and need no index by name.
ASKED = (
    "customer.did",
    "order.cancelled",
    "order.payment_failed",
    "shipment.delayed",
    "refund.issued",
    "return.registered",
    "return.received",
)


class Event(TenantModel):
    """One fact, in the past tense. Append-only."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    name = models.CharField(max_length=80)
    subject_id = models.UUIDField(null=True)  # what it is about (order, customer), for timelines
    data = models.JSONField()
    cause_id = models.BigIntegerField(null=True)
    depth = models.PositiveSmallIntegerField(default=0)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["store", "subject_id", "-id"], name="event_subject"),
            models.Index(
                fields=["store", "name", "-occurred_at"],
                name="event_asked",
                include=["subject_id"],
                condition=models.Q(name__in=ASKED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Delivery(TenantModel):
    """An event a handler still has to see."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_index=False)
    handler = models.CharField(max_length=120)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    quarantined = models.BooleanField(db_default=False)
    note = models.TextField(db_default="")

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["due_at"], name="delivery_due", condition=models.Q(quarantined=False)
            ),
            models.Index(
                fields=["store", "-id"],
                name="delivery_poison",
                condition=models.Q(quarantined=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} ← {self.event_id}"


class Heartbeat(models.Model):
    """Progress of a process, not merely its life: a pump that is stuck stops writing here."""

    name = models.CharField(primary_key=True, max_length=120)
    kind = models.CharField(max_length=20)
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name
