"""Answers to the check after delivery, one for each question.

A row exists once somebody has answered; who was asked and said nothing is in the ledger.
"""

from django.db import models

from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel
from shopbell.messaging.models import Message
from shopbell.orders.models import Order


class Answer(models.TextChoices):
    """What somebody tapped."""

    GOOD = "good", "Everything right"
    BAD = "bad", "Something wrong"


class Check(TenantModel):
    """One answer, to the `message` that asked first (see `queries.first_of`).

    `answered_at` is the first answer's time and says until when it can be changed.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+")
    answer = models.CharField(max_length=4, choices=Answer)
    comment = models.TextField(blank=True, default="")
    times = models.PositiveSmallIntegerField(default=1)  # how often it was answered
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField()
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "message"], name="check_once")]
        indexes = [
            models.Index(fields=["store", "-answered_at", "-id"], name="check_recent"),
            models.Index(
                fields=["store", "-answered_at"],
                name="check_bad",
                condition=models.Q(answer="bad"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer} {self.comment[:40]}"
