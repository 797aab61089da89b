"""The phones of the sandbox: whose they are, whether they are on, what their owner has blocked.

Only what no provider would know either. A newcomer's mistake: keeping messages here. They are in
the ledger and in the desk, and the phone only shows them.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel


class Handset(TenantModel):
    """A phone in somebody's hand. `name` and `number`: of somebody made up, not of a customer."""

    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200, blank=True, default="")
    number = models.CharField(max_length=40, blank=True, default="")
    off_at = models.DateTimeField(null=True)  # since then nothing is delivered
    blocked = ArrayField(models.CharField(max_length=20), default=list)  # media
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "customer"], name="handset_once"),
            models.UniqueConstraint(
                fields=["store", "number"],
                condition=models.Q(customer__isnull=True),
                name="handset_number",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """Under what the page knows its owner."""
        return str(self.customer_id) if self.customer_id else self.number

    @property
    def platform_id(self) -> str:
        """The id its owner has on platforms without numbers; the same in all of them."""
        return f"1784{self.pk.int % 10**13:013d}"

    def hears(self, medium: str) -> bool:
        """Whether a message by this medium reaches its owner now."""
        return self.off_at is None and medium not in self.blocked
