"""Connected accounts and the raw requests they sent.

`Connection.secrets` holds ciphertext bound to the store (see `vault.py`). `Intake` is the door's
store: nothing is parsed before it is committed here.
"""

from django.db import models
from django.db.models.functions import Now

from shopbell.kit.db.tenant import TenantModel


class ConnectionState(models.TextChoices):
    """Health as last seen."""

    NEW = "new", "Not tried yet"
    OK = "ok", "Working"
    TROUBLE = "trouble", "Trouble"
    OFF = "off", "Switched off"
    REMOVED = "removed", "Removed by the shop"


class Connection(TenantModel):
    """One connected account of a shop, carrier or channel (then called an inbox)."""

    family = models.CharField(max_length=10)  # shop, carrier, channel, receiver
    connector = models.CharField(max_length=40)
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120, blank=True, default="")
    address = models.CharField(max_length=320, blank=True, default="")
    settings = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ConnectionState, default=ConnectionState.NEW)
    state_detail = models.TextField(blank=True, default="")
    state_at = models.DateTimeField(null=True, blank=True)
    last_heard_at = models.DateTimeField(null=True, blank=True)
    refused_count = models.PositiveIntegerField(default=0)
    refused_at = models.DateTimeField(null=True, blank=True)
    sync = models.JSONField(default=dict)  # per kind: since, cursor, done, total, state
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "connector", "slug"], name="connection_once"),
        ]

    def __str__(self) -> str:
        return f"{self.connector}/{self.slug}"


class IntakeState(models.TextChoices):
    """What became of a stored request."""

    PENDING = "pending", "Waiting"
    DONE = "done", "Understood"
    UNUSED = "unused", "Known, not used"
    QUARANTINED = "quarantined", "Needs a person"
    DROPPED = "dropped", "Dropped by a person"


class Intake(TenantModel):
    """One raw request or one event of the API, exactly as it came."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    source = models.CharField(max_length=120)  # "shopify/main", "api/<source>"
    provider_id = models.CharField(max_length=200)
    topic = models.CharField(max_length=120)
    body = models.BinaryField()
    state = models.CharField(max_length=12, choices=IntakeState, db_default=IntakeState.PENDING)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    note = models.TextField(db_default="")
    sort_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "source", "provider_id"], name="intake_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="intake_pending", condition=models.Q(state="pending")
            ),
            models.Index(
                fields=["store", "-received_at"],
                name="intake_quarantine",
                condition=models.Q(state="quarantined"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.topic} {self.provider_id}"


class Exchange(TenantModel):
    """One request of ours to a provider and its answer, secrets masked (see `exchanges.py`)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    method = models.CharField(max_length=10)
    url = models.TextField()
    sent = models.TextField(blank=True, default="")
    status = models.PositiveSmallIntegerField(default=0)  # 0: no answer
    received = models.TextField(blank=True, default="")
    seconds = models.FloatField(default=0.0)
    trouble = models.CharField(max_length=500, blank=True, default="")

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["store", "connection", "-at"], name="exchange_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.url} {self.status}"


class PostingState(models.TextChoices):
    """What became of something we tell a program."""

    WAITING = "waiting", "Waiting"
    TAKEN = "taken", "Taken"
    GIVEN_UP = "given_up", "Given up"


class Posting(TenantModel):
    """One thing that a receiver is told (see `postings.py`). `about`: whom, for erasing."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    about = models.UUIDField(null=True)
    body = models.TextField()  # empty once it is taken
    state = models.CharField(max_length=10, choices=PostingState, default=PostingState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "connection", "key"], name="posting_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="posting_waiting", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["store", "about"], name="posting_about"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"
