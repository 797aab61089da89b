"""Campaigns, what their variants say, and who gets each one.

A recipient is in exactly one state; a campaign is finished when none is in an open one, and all
states together are always everybody. A newcomer's mistake: keeping counters beside the rows.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import Store, User
from shopbell.kit.db.tenant import TenantModel


class Stage(models.TextChoices):
    """Where a campaign stands; the labels are what people read."""

    DRAFT = "draft", "Draft"
    WAITING = "waiting", "Waits for approval"
    SCHEDULED = "scheduled", "Scheduled"
    RUNNING = "running", "Being sent"
    PAUSED = "paused", "Paused"
    DONE = "done", "Sent"
    CANCELLED = "cancelled", "Cancelled"


class Rule(models.TextChoices):
    """By what a test of variants is decided."""

    CLICKS = "clicks", "More people click"
    ORDERS = "orders", "More people order"
    REPLIES = "replies", "More people answer"


class Campaign(TenantModel):
    """One message to many. `include` and `exclude` name segments; no `include` is everybody.

    `began_at` is when the list of recipients was begun, `gathered_at` when it was complete.
    `attempts`, `lease_until` and `due_at` belong to the pump.
    """

    name = models.CharField(max_length=120)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.DRAFT)
    include = ArrayField(models.UUIDField(), default=list)
    exclude = ArrayField(models.UUIDField(), default=list)
    topic = models.CharField(max_length=40, blank=True, default="")
    media = models.JSONField(default=list)  # first choice first
    begins_at = models.DateTimeField(null=True)  # null: as soon as it is started
    local = models.BooleanField(default=False)  # at that hour of the clock where each one lives
    useful_hours = models.PositiveSmallIntegerField(default=48)  # later it is not sent any more
    per_hour = models.PositiveIntegerField(null=True)  # null: as fast as it goes
    first_day = models.PositiveIntegerField(null=True)  # twice as many each further day
    holdout = models.PositiveSmallIntegerField(default=0)  # percent who get nothing, to compare
    test_share = models.PositiveSmallIntegerField(default=100)  # percent; the rest get the winner
    test_hours = models.PositiveSmallIntegerField(default=4)
    rule = models.CharField(max_length=10, choices=Rule, default=Rule.CLICKS)
    winner = models.CharField(max_length=1, blank=True, default="")
    won_by = models.CharField(max_length=300, blank=True, default="")  # why, in words

    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    author_as = models.CharField(max_length=200, blank=True, default="")
    why_waits = models.CharField(max_length=300, blank=True, default="")
    sent_back = models.CharField(max_length=300, blank=True, default="")
    approved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_as = models.CharField(max_length=200, blank=True, default="")
    why_paused = models.CharField(max_length=300, blank=True, default="")
    alarms_from = models.DateTimeField(null=True)  # trouble before it was looked at by a person

    people = models.PositiveIntegerField(default=0)  # rows of recipients once gathered
    created_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    gathered_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)  # the last of the test was queued
    ended_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=200, blank=True, default="")
    settled_at = models.DateTimeField(null=True)  # nobody was left on the way any more
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["store", "-created_at", "-id"], name="campaign_recent"),
            models.Index(
                fields=["due_at"],
                name="campaign_due",
                condition=models.Q(stage__in=["scheduled", "running", "paused", "cancelled"])
                & models.Q(settled_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def text_kind(self, variant: str) -> str:
        """Under which kind the texts of a variant are kept among the templates."""
        return f"campaign:{self.pk.hex}:{variant}"


class Variant(TenantModel):
    """One way to say it; `texts` maps a language to its content (see `content.words`)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="variants")
    name = models.CharField(max_length=1)  # A, B, C, D
    share = models.PositiveSmallIntegerField(default=100)  # percent of those who get one by chance
    texts = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "campaign", "name"], name="variant_once")
        ]

    def __str__(self) -> str:
        return self.name


class Minute(TenantModel):
    """How many were put on their way in a minute: the pace so far, and the picture of it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="minutes")
    at = models.DateTimeField()
    queued = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "campaign", "at"], name="campaign_minute")
        ]

    def __str__(self) -> str:
        return f"{self.at:%H:%M} {self.queued}"


class Place(models.TextChoices):
    """Where a recipient stands."""

    PENDING = "pending", "Not yet"
    QUEUED = "queued", "On the way"
    WAITING = "waiting", "Waits"  # at the gate, for an hour or for something to be over
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    IN_DOUBT = "in_doubt", "In doubt"
    LEFT_OUT = "left_out", "Left out"
    HOLDOUT = "holdout", "Kept back to compare"


OPEN = (Place.PENDING, Place.QUEUED, Place.WAITING)


class Stretch(TenantModel):
    """A part of a list that is still to be written: customers by their ids; null: no bound."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    since = models.UUIDField(null=True)
    until = models.UUIDField(null=True)
    is_cut = models.BooleanField(default=False)  # small enough to be written in one go

    def __str__(self) -> str:
        return f"{self.since or ''}..{self.until or ''}"


class Recipient(TenantModel):
    """One person of one campaign.

    Plain ids in place of foreign keys, of the store's too: a million rows are written at once, by
    statements that take the ids from the tables they refer to, and a key that is checked row by row
    costs a quarter of that. `due_at`: not before; in `WAITING`, when to look again.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    campaign_id = models.UUIDField()
    customer_id = models.UUIDField()
    message_id = models.UUIDField(null=True)
    variant = models.CharField(max_length=1, blank=True, default="")  # "": the winner, once known
    state = models.CharField(max_length=10, choices=Place, default=Place.PENDING)
    reason = models.CharField(max_length=40, blank=True, default="")
    due_at = models.DateTimeField(null=True)  # null: the hour where they live is not known yet
    queued_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "campaign_id", "customer_id"], name="campaign_recipient_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["store", "campaign_id", "state", "due_at", "id"],
                name="campaign_recipient_open",
                condition=models.Q(state__in=["pending", "queued", "waiting"]),
            ),
            models.Index(fields=["store", "customer_id"], name="campaign_recipient_person"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.state}"

    @property
    def business_key(self) -> str:
        """What their message is called, so that there is one; `KEY_OF_ROW` says it in SQL."""
        return f"campaign:{self.campaign_id}:{self.customer_id}"


KEY_OF_ROW = "'campaign:' || r.campaign_id || ':' || r.customer_id"  # of a recipient `r`


class Code(TenantModel):
    """A code that one person of a campaign gets; `recipient_id` is empty while it is free."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="codes")
    value = models.CharField(max_length=60)
    recipient_id = models.UUIDField(null=True)
    taken_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "campaign", "value"], name="code_once"),
            models.UniqueConstraint(
                fields=["store", "campaign", "recipient_id"], name="code_one_each"
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "campaign", "id"],
                name="code_free",
                condition=models.Q(recipient_id=None),
            )
        ]

    def __str__(self) -> str:
        return self.value


class SenderDomain(TenantModel):
    """What the DNS said about a domain mails come from: `told` is [well, says, what to do]."""

    domain = models.CharField(max_length=255)
    selector = models.CharField(max_length=100, blank=True, default="")
    told = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)  # null: the answer has not come yet

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "domain", "selector"], name="domain_once")
        ]

    def __str__(self) -> str:
        return self.domain
