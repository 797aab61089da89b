"""Calendars. `week` is seven lists of [from, until] in minutes of the day, Monday first."""

from django.db import models
from django.db.models.functions import Now

from shopbell.kit.db.tenant import TenantModel


class Calendar(TenantModel):
    """When people of a store work. `days_off` and `feed_days` are [["2026-12-24", "Why"], …]."""

    name = models.CharField(max_length=100)
    zone = models.CharField(max_length=60)
    week = models.JSONField(default=list)
    country = models.CharField(max_length=2, blank=True, default="")
    region = models.CharField(max_length=10, blank=True, default="")
    days_off = models.JSONField(default=list)
    feed_url = models.CharField(max_length=2000, blank=True, default="")
    feed_days = models.JSONField(default=list)
    feed_read_at = models.DateTimeField(null=True)  # when it last came through
    feed_tried_at = models.DateTimeField(null=True)
    feed_note = models.CharField(max_length=500, blank=True, default="")  # what went wrong
    is_default = models.BooleanField(default=False)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="calendar_once"),
            models.UniqueConstraint(
                fields=["store"],
                condition=models.Q(is_default=True),
                name="calendar_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name
