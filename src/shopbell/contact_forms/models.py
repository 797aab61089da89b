"""Forms, and one row for each time one was sent: for counting and for the limits."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from shopbell.contact_forms.definition import Definition
from shopbell.conversations.models import Entry
from shopbell.kit.db.tenant import TenantModel


class ContactForm(TenantModel):
    """A form of a store. `content` is a `Definition`; the first of `languages` is its own."""

    slug = models.CharField(max_length=40)
    languages = ArrayField(models.CharField(max_length=5))
    content = models.JSONField()
    is_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "slug"], name="contact_form_once")]

    @property
    def definition(self) -> Definition:
        """What it asks."""
        return Definition.model_validate(self.content)

    def __str__(self) -> str:
        return self.slug


class Submission(TenantModel):
    """A form that was sent. `network` and `address` are keyed digests."""

    form = models.ForeignKey(ContactForm, on_delete=models.CASCADE, related_name="submissions")
    topic = models.CharField(max_length=40)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.SET_NULL, related_name="+")
    network = models.CharField(max_length=32)
    address = models.CharField(max_length=32)
    is_trapped = models.BooleanField(default=False)  # filled in what no person sees
    has_receipt = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["store", "form", "-created_at"], name="submission_form"),
            models.Index(fields=["store", "network", "-created_at"], name="submission_network"),
            models.Index(fields=["store", "address", "-created_at"], name="submission_address"),
        ]

    def __str__(self) -> str:
        return f"{self.form_id} {self.topic}"
