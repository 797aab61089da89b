"""Alerts, followers, choices, devices. Rows are changed by `actions` only."""

from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.alerts.kinds import ByMail
from shopbell.conversations.models import Conversation
from shopbell.kit.db.tenant import TenantModel


class Follower(TenantModel):
    """Somebody who wants to know what happens in a conversation that may be another's."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="followers"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "conversation", "user"], name="follower_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.conversation_id}"


class Alert(TenantModel):
    """News for one person. More of the same in a conversation renews the row: `count`, `said`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    said = models.CharField(max_length=300)
    count = models.PositiveIntegerField(default=1)
    event_id = models.BigIntegerField()  # the newest event it tells of
    at = models.DateTimeField(db_default=Now())
    dismissed_at = models.DateTimeField(null=True)
    on_page = models.BooleanField(default=True)
    push_due_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "user", "conversation", "kind"], name="alert_once"
            )
        ]
        indexes = [
            models.Index(fields=["store", "user", "-at"], name="alert_list"),
            models.Index(
                fields=["mail_due_at"],
                name="alert_mail_due",
                condition=models.Q(mail_due_at__isnull=False),
            ),
            models.Index(
                fields=["push_due_at"],
                name="alert_push_due",
                condition=models.Q(push_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.said


class Choice(TenantModel):
    """How one person wants to learn of one kind of news. `user` None: the store's default."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    page = models.BooleanField()
    push = models.BooleanField()
    mail = models.CharField(max_length=10, choices=[(each, each) for each in ByMail])

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "user", "kind"], name="choice_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.mail}"


class Device(TenantModel):
    """A browser that takes pushes. `endpoint`: its address at its maker's push service."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    endpoint = models.URLField(max_length=1000)
    key = models.CharField(max_length=120)  # p256dh, base64url
    secret = models.CharField(max_length=60)  # auth, base64url
    name = models.CharField(max_length=120, blank=True, default="")
    added_at = models.DateTimeField(db_default=Now())
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "user", "endpoint"], name="device_once")
        ]

    def __str__(self) -> str:
        return self.name or self.endpoint[:40]
