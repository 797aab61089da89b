"""Forms, and one row for each time one was sent: what the confirmation proves, and the limits."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel
from shopbell.signups.definition import Wording


class SignupForm(TenantModel):
    """A form of a store; the first of `languages` is its own.

    `texts` is a `Wording` for each language; `version` counts what was ever changed in them.
    `topics` are keys of what is offered to choose from; none: all or nothing.
    """

    slug = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=40, default="marketing")
    channels = ArrayField(models.CharField(max_length=20))
    languages = ArrayField(models.CharField(max_length=5))
    topics = ArrayField(models.CharField(max_length=40), default=list)
    texts = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    asks_by_mail = models.BooleanField(default=True)  # double opt-in, whatever the country
    country = models.CharField(max_length=2, blank=True, default="", db_default="")  # it is for
    is_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "slug"], name="signup_form_once")]

    @property
    def channel(self) -> str:
        """By which channel it signs people up."""
        return str(self.channels[0])

    def wording(self, language: str) -> Wording:
        """Return what it says in a language, else in its own."""
        return Wording(**(self.texts.get(language) or self.texts[self.languages[0]]))

    def __str__(self) -> str:
        return self.slug


class Signup(TenantModel):
    """A form that was sent. `network` and `digest` are keyed digests; `remote` is shortened.

    By e-mail the customer is known from the beginning, by phone once the phone has answered. `code`
    is what a chat message carries. Without an address, a number and a code a machine sent it, and
    nothing was done.
    """

    form = models.ForeignKey(SignupForm, on_delete=models.CASCADE, related_name="signups")
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.CASCADE, related_name="signups"
    )
    client_id = models.UUIDField()
    email = models.CharField(max_length=320, blank=True, default="")
    phone = models.CharField(max_length=32, blank=True, default="", db_default="")
    code = models.CharField(max_length=8, blank=True, default="", db_default="")
    topics = ArrayField(models.CharField(max_length=40), default=list)
    offered = ArrayField(models.CharField(max_length=40), default=list)
    language = models.CharField(max_length=5)
    wording = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField()
    page = models.CharField(max_length=1000, blank=True, default="")
    remote = models.CharField(max_length=60, blank=True, default="")
    network = models.CharField(max_length=32)
    digest = models.CharField(max_length=32)
    told = models.JSONField(default=dict, db_default={})  # what a checkout said of it
    has_mail = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "client_id"], name="signup_sent_once"),
            models.UniqueConstraint(
                fields=["store", "code"], condition=~models.Q(code=""), name="signup_code_once"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "form", "-created_at"], name="signup_form"),
            models.Index(fields=["store", "network", "-created_at"], name="signup_network"),
            models.Index(fields=["store", "digest", "-created_at"], name="signup_digest"),
            models.Index(
                fields=["store", "phone", "-created_at"],
                condition=~models.Q(phone=""),
                name="signup_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form_id} {self.language}"
