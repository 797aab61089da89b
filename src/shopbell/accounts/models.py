"""Organisations, stores, users, staff, API keys, one-time sign-in links.

`Store.id` is the tenant key of every table. `User` and `Store` themselves stand outside stores.
"""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from shopbell.kit.db.tenant import TenantModel
from shopbell.kit.ids import token, uuid7


class Role(models.TextChoices):
    """What a member of staff may do; see `permissions.ROLES`."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    SUPERVISOR = "supervisor", "Supervisor"
    AGENT = "agent", "Agent"
    LIGHT = "light", "Light agent"


class Organisation(models.Model):
    """The company that runs this installation's stores."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


def _link_key() -> str:
    return token(32)


class Store(models.Model):
    """A brand: its sender identity, policies, time zone, language and currency."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="stores")
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    locale = models.CharField(max_length=20, default="en")
    timezone = models.CharField(max_length=60, default="UTC")
    currency = models.CharField(max_length=3, default="EUR")
    domain = models.CharField(max_length=255, blank=True, default="")
    url = models.URLField(blank=True, default="")
    logo_url = models.URLField(blank=True, default="")
    brand_colour = models.CharField(max_length=9, default="#a86a0b")
    postal_address = models.CharField(max_length=300, blank=True, default="")
    help_url = models.URLField(blank=True, default="")
    help_email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    hours = models.CharField(max_length=200, blank=True, default="")
    policies = models.JSONField(default=dict, blank=True)
    is_demo = models.BooleanField(default=False)
    sends_paused = models.BooleanField(default=False)
    link_key = models.CharField(max_length=64, default=_link_key, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address."""

    def create_user(self, email: str, name: str = "", password: str | None = None) -> "User":
        """Create a user; without a password only sign-in links and passkeys work."""
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What they may do is decided per store by `Staff`."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # The mark of the portrait, here too: whoever is listed is shown without another query.
    face = models.CharField(max_length=24, blank=True, default="", db_default="")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.name or self.email

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's own permissions are not used; see `accounts.permissions`."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Django's own permissions are not used."""
        return False


class Portrait(models.Model):
    """The picture of a person: a small PNG without anything else in it. `mark` is its digest."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="portrait")
    png = models.BinaryField(max_length=400_000)
    mark = models.CharField(max_length=24, db_index=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.mark


class Staff(TenantModel):
    """A user's role in one store."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "user"], name="staff_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class ApiKey(TenantModel):
    """A key of the HTTP API. Only the SHA-256 of the key is kept; the prefix is shown."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=60))
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="api_key_name_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class LoginLink(models.Model):
    """A one-time sign-in link: the hash of its token, consumed by POST only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link for {self.user_id}"
