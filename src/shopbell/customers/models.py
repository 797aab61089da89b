"""Customers and identities."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Now

from shopbell.kit.db.tenant import TenantModel


class IdentityKind(models.TextChoices):
    """Kinds of addresses."""

    EMAIL = "email", "E-mail"
    PHONE = "phone", "Phone"
    SHOP = "shop", "Shop account"
    BROWSER = "browser", "Browser"
    INSTAGRAM = "instagram", "Instagram"
    MESSENGER = "messenger", "Messenger"
    TELEGRAM = "telegram", "Telegram"
    CUSTOM = "custom", "Another platform"


class Customer(TenantModel):
    """A person we can write to."""

    first_name = models.CharField(max_length=200, blank=True, default="")
    last_name = models.CharField(max_length=200, blank=True, default="")
    email = models.CharField(max_length=320, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    locale = models.CharField(max_length=20, blank=True, default="")
    chosen_locale = models.CharField(  # the customer's own choice; above what shops and orders say
        max_length=20, blank=True, default="", db_default=""
    )
    country = models.CharField(max_length=2, blank=True, default="")
    timezone = models.CharField(max_length=60, blank=True, default="")
    source_updated_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    order_count = models.PositiveIntegerField(default=0)
    erased_at = models.DateTimeField(null=True, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, db_default=[])
    attributes = models.JSONField(default=dict, db_default={})  # the store's own, by name

    is_new = False  # whether `record_people` has just added it; not stored
    is_told_anew = False  # whether it has just changed more than its date; not stored

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["store", "-last_seen_at", "-id"], name="customer_recent"),
            models.Index(
                fields=["store", "phone"], name="customer_phone", condition=~models.Q(phone="")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or "Guest"

    @property
    def name(self) -> str:
        """First and last name, as far as known."""
        return f"{self.first_name} {self.last_name}".strip()


class Identity(TenantModel):
    """One address of a customer. `value` is normalised: lower-case e-mail, E.164 phone."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=IdentityKind)
    value = models.CharField(max_length=320)
    verified = models.BooleanField(default=False)
    source = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "kind", "value"], name="identity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


SEARCH = SearchVector("first_name", "last_name", "email", "phone", config="simple")
