"""What a store changed about the shipped notifications."""

from django.db import models

from shopbell.kit.db.tenant import TenantModel


class Rule(TenantModel):
    """A store's settings for one kind. Without a row the defaults of `kinds.py` hold."""

    kind = models.CharField(max_length=60)
    enabled = models.BooleanField(default=True)
    delay_minutes = models.PositiveIntegerField(default=0)
    media = models.JSONField(default=list)
    stages = models.JSONField(default=dict, db_default={})  # stage → media, waits (`stages.py`)
    waits = models.JSONField(null=True)  # medium → minutes until the next one; None: as shipped
    respect_quiet_hours = models.BooleanField(default=False)
    conditions = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "kind"], name="rule_once")]

    def __str__(self) -> str:
        return self.kind
