"""Remedies: one row for each thing that was asked for an order, with its state.

`key` is the idempotency key at the shop and never changes. `due_at` is when the pump looks next;
empty: only a person can go on.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.conversations.models import Conversation, Entry
from shopbell.kit.db.tenant import TenantModel
from shopbell.orders.models import Order
from shopbell.orders.ports import Deed


class State(models.TextChoices):
    """Where a remedy stands."""

    WAITING = "waiting", "Waits for approval"
    DECLINED = "declined", "Declined"
    QUEUED = "queued", "Being done"
    HANDED = "handed", "At the shop"
    DONE = "done", "Done"
    FAILED = "failed", "Not done"
    IN_DOUBT = "in_doubt", "Unclear"


OPEN = (State.WAITING, State.QUEUED, State.HANDED, State.IN_DOUBT)
DEEDS = [(deed.value, deed.value) for deed in Deed]


class Remedy(TenantModel):
    """One thing a shop is asked to do for an order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="remedies")
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.SET_NULL, related_name="remedies"
    )
    deed = models.CharField(max_length=10, choices=DEEDS)
    state = models.CharField(max_length=10, choices=State)
    amount = models.BigIntegerField(default=0)  # minor units: what it costs the store
    currency = models.CharField(max_length=3, blank=True, default="")
    items = models.JSONField(default=list)  # [{line_id, quantity}]; empty: the whole order
    reason = models.CharField(max_length=40)  # a code of the policy
    reason_title = models.CharField(max_length=120, blank=True, default="")  # as it read then
    note = models.CharField(max_length=500, blank=True, default="")
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_as = models.CharField(max_length=200, blank=True, default="")
    why_waits = models.CharField(max_length=300, blank=True, default="")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_as = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    key = models.UUIDField(default=uuid.uuid4)
    client_id = models.UUIDField(null=True)  # made by the form: sent twice is once
    code = models.CharField(max_length=40, blank=True, default="")  # of a coupon
    reference = models.CharField(max_length=120, blank=True, default="")  # the shop's id of it
    name = models.CharField(max_length=120, blank=True, default="")  # what customers see
    url = models.CharField(max_length=2000, blank=True, default="")  # a label
    problem = models.CharField(max_length=500, blank=True, default="")
    tell = models.BooleanField(default=True)  # the customer is told when it is done
    told = models.ForeignKey(Entry, null=True, on_delete=models.SET_NULL, related_name="+")
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    looks = models.SmallIntegerField(default=0)  # how often the shop was asked whether it is done
    handed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["store", "key"], name="remedy_key_once"),
            models.UniqueConstraint(
                fields=["store", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="remedy_once",
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="remedy_amount"),
        ]
        indexes = [
            models.Index(fields=["store", "order"], name="remedy_order"),
            models.Index(fields=["store", "conversation"], name="remedy_conversation"),
            models.Index(fields=["store", "-created_at", "-id"], name="remedy_recent"),
            models.Index(fields=["store", "asked_by", "created_at"], name="remedy_budget"),
            models.Index(
                fields=["due_at"], name="remedy_due", condition=models.Q(due_at__isnull=False)
            ),
            models.Index(
                fields=["store", "created_at"],
                name="remedy_waiting",
                condition=models.Q(state__in=["waiting", "in_doubt"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.amount} {self.currency} ({self.state})"
