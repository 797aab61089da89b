"""Conversations, threads, entries, attachments, drafts, teams.

Rows are changed by `actions` only. `Conversation.last_message_at` is the time we learnt of the last
message, never a date somebody wrote into a header.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from shopbell.accounts.models import User
from shopbell.connections.models import Connection
from shopbell.customers.models import Customer
from shopbell.kit.db.tenant import TenantModel
from shopbell.messaging.models import Message
from shopbell.orders.models import Order


class Status(models.TextChoices):
    """Where a conversation stands."""

    OPEN = "open", "Open"
    PENDING = "pending", "Waiting for the customer"
    SNOOZED = "snoozed", "Snoozed"
    RESOLVED = "resolved", "Resolved"
    SPAM = "spam", "Spam"


class Priority(models.IntegerChoices):
    """How soon it wants to be answered."""

    LOW = 0, "Low"
    NORMAL = 1, "Normal"
    HIGH = 2, "High"
    URGENT = 3, "Urgent"


class EntryKind(models.TextChoices):
    """What an entry of a conversation is."""

    INCOMING = "incoming", "From the customer"
    REPLY = "reply", "Reply"
    NOTE = "note", "Internal note"
    ACTIVITY = "activity", "Activity"
    SCHEDULED = "scheduled", "Scheduled reply"  # becomes a reply when it leaves


class Team(TenantModel):
    """People who share conversations."""

    name = models.CharField(max_length=100)
    members = models.ManyToManyField(User, through="TeamMember", related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="team_once")]

    def __str__(self) -> str:
        return self.name


class TeamMember(TenantModel):
    """One person in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="places")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "team", "user"], name="team_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.user_id}"


class Numbering(TenantModel):
    """The last conversation number a store has given out."""

    last = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store"], name="numbering_once")]

    def __str__(self) -> str:
        return str(self.last)


class ReasonKind(models.TextChoices):
    """Which of the two trees a reason stands in."""

    CONTACT = "contact", "Contact reason"
    RESOLUTION = "resolution", "Resolution"


class Reason(TenantModel):
    """Why customers write, or how it ended: a tree. Used ones are put away, never deleted."""

    kind = models.CharField(max_length=10, choices=ReasonKind, default=ReasonKind.CONTACT)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="below")
    name = models.CharField(max_length=80)
    position = models.PositiveIntegerField(default=0)
    put_away = models.BooleanField(default=False)  # no longer offered

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "parent", "name"],
                name="reason_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.name


class FieldKind(models.TextChoices):
    """What a custom field takes."""

    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    DATE = "date", "Date"
    CHOICE = "choice", "One of a list"
    YES_NO = "yes_no", "Yes or no"


class CustomField(TenantModel):
    """A field of a store's own on its conversations; the values are in `Conversation.fields`."""

    key = models.CharField(max_length=40)  # in `Conversation.fields`, in the API; never changes
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=FieldKind)
    choices = models.JSONField(default=list)
    required = models.BooleanField(default=False)  # before a conversation is resolved
    position = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="custom_field_once")]

    def __str__(self) -> str:
        return self.name


class Mood(models.TextChoices):
    """How a customer sounds; empty where their words do not say."""

    NONE = "", "calm"
    UPSET = "upset", "upset"
    PLEASED = "pleased", "pleased"


class Conversation(TenantModel):
    """One matter of one customer."""

    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=300, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    medium = models.CharField(max_length=20)  # of the thread last written in
    inbox = models.ForeignKey(Connection, null=True, on_delete=models.SET_NULL, related_name="+")
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="conversations"
    )
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    tags = ArrayField(models.CharField(max_length=60), default=list)
    reason = models.ForeignKey(Reason, null=True, on_delete=models.SET_NULL, related_name="+")
    resolution = models.ForeignKey(Reason, null=True, on_delete=models.SET_NULL, related_name="+")
    fields = models.JSONField(default=dict)  # key of a `CustomField` to its value
    locale = models.CharField(max_length=20, blank=True, default="")
    preview = models.CharField(max_length=200, blank=True, default="")
    last_kind = models.CharField(max_length=10, choices=EntryKind, default=EntryKind.INCOMING)
    mood = models.CharField(  # of what was written since our last answer
        max_length=10, choices=Mood, blank=True, default="", db_default=""
    )
    message_count = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(db_default=Now())
    waiting_since = models.DateTimeField(null=True)  # the customer waits for us
    first_reply_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # the next promise to be kept; written by `slas`
    due_for = models.CharField(
        max_length=10, blank=True, default=""
    )  # first, next, resolution, news
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    linked = ArrayField(models.PositiveIntegerField(), default=list)  # numbers; both know it
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="conversation_number"),
        ]
        indexes = [
            models.Index(
                fields=["store", "status", "-last_message_at", "-id"], name="conversation_list"
            ),
            models.Index(
                fields=["store", "-last_message_at", "-id"],
                name="conversation_recent",
                condition=models.Q(merged_into__isnull=True),
            ),
            models.Index(
                fields=["store", "owner", "status", "-last_message_at", "-id"],
                name="conversation_owner",
            ),
            models.Index(
                fields=["store", "customer", "-last_message_at"], name="conversation_customer"
            ),
            models.Index(
                fields=["snoozed_until"],
                name="conversation_snoozed",
                condition=models.Q(status="snoozed"),
            ),
            models.Index(
                fields=["store", "due_at", "id"],
                name="conversation_due",
                condition=models.Q(due_at__isnull=False),
            ),
            GinIndex(fields=["tags"], name="conversation_tags"),
            models.Index(
                fields=["store", "reason", "-last_message_at", "-id"],
                name="conversation_reason",
                condition=models.Q(reason__isnull=False),
            ),
            GinIndex(
                fields=["fields"],
                opclasses=["jsonb_path_ops"],
                name="conversation_fields",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"


PUBLIC_MARK = ":comment:"  # in the external key of a line that all can read


class Thread(TenantModel):
    """One line to the customer: an inbox and the outside's key of it (a visitor, a first mail)."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="threads")
    inbox = models.ForeignKey(Connection, null=True, on_delete=models.SET_NULL, related_name="+")
    medium = models.CharField(max_length=20)
    external_key = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=320, blank=True, default="")  # the customer's
    subject = models.CharField(max_length=300, blank=True, default="")
    seen_at = models.DateTimeField(null=True)  # the customer had it open, or read it
    mailed_to = models.UUIDField(null=True)  # the last reply that was also sent by mail
    mail_due_at = models.DateTimeField(null=True)  # when what is unseen in the chat goes by mail
    here_at = models.DateTimeField(null=True)  # a stream of the visitor was open
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "medium", "external_key"],
                condition=~models.Q(external_key=""),
                name="thread_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["mail_due_at"],
                name="thread_mail_due",
                condition=models.Q(mail_due_at__isnull=False),
            ),
        ]

    @property
    def answered_by(self) -> str:
        """The medium answers leave by: a form is answered by mail."""
        return "email" if self.medium == "form" else self.medium

    @property
    def reads_as(self) -> str:
        """The customer's address where people know it by sight; an id of a platform is none."""
        return self.address if "@" in self.address or self.address.startswith("+") else ""

    @property
    def comment(self) -> str:
        """The provider's id of the public comment that began it; empty: nobody else reads it."""
        _, mark, comment = self.external_key.partition(PUBLIC_MARK)
        return comment if mark else ""

    def __str__(self) -> str:
        return f"{self.medium} {self.address or self.external_key}"


class Entry(TenantModel):
    """One item of a conversation. `text` is the new part, `quoted` what was quoted below it."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="entries")
    thread = models.ForeignKey(Thread, null=True, on_delete=models.SET_NULL, related_name="entries")
    kind = models.CharField(max_length=10, choices=EntryKind)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    sender_name = models.CharField(max_length=200, blank=True, default="")
    sender_address = models.CharField(max_length=320, blank=True, default="")
    copies = models.JSONField(default=list)  # addresses in CC
    blind_copies = models.JSONField(default=list)  # addresses in BCC, of answers only
    subject = models.CharField(max_length=300, blank=True, default="")
    text = models.TextField(blank=True, default="")
    quoted = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")  # as it came; made safe when it is shown
    nature = models.CharField(max_length=20, blank=True, default="")  # auto_reply, opt_out …
    message_id = models.CharField(max_length=400, blank=True, default="")
    outgoing = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    client_id = models.UUIDField(null=True)  # made by the writer's browser: sent twice is once
    intake_id = models.BigIntegerField(null=True)  # the stored original
    data = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)  # of a scheduled reply; without one it is held
    happened_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "conversation", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="entry_once",
            ),
            models.UniqueConstraint(
                fields=["store", "message_id"],
                condition=~models.Q(message_id=""),
                name="entry_message_id",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "conversation", "happened_at", "id"], name="entry_order"),
            models.Index(
                fields=["store", "outgoing"],
                name="entry_outgoing",
                condition=models.Q(outgoing__isnull=False),
            ),
            models.Index(
                fields=["due_at"], name="entry_due", condition=models.Q(due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.text[:40]}"


class Searchable(TenantModel):
    """The words under which a conversation is found (see `search.keeping`)."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    words = SearchVectorField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "conversation"], name="searchable_once")
        ]
        indexes = [GinIndex(fields=["words"], name="searchable_words")]

    def __str__(self) -> str:
        return str(self.conversation_id)


class Scanned(models.TextChoices):
    """What the virus scanner said of a file; empty where there was none when the file came."""

    NOT = "", "not checked"
    PENDING = "pending", "being checked"
    CLEAN = "clean", "checked"
    INFECTED = "infected", "infected"
    TOO_LARGE = "too_large", "too large to be checked"


class Attachment(TenantModel):
    """A file of an entry. `key` is its place in the media folder; the name is data only.

    One that waits to be sent has no entry yet, but `pending_in` and (from a page) `uploaded_by`.
    """

    entry = models.ForeignKey(
        Entry, null=True, on_delete=models.CASCADE, related_name="attachments"
    )
    pending_in = models.ForeignKey(
        Conversation, null=True, on_delete=models.CASCADE, related_name="pending_files"
    )
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)  # by content, not as declared
    size = models.PositiveIntegerField()
    key = models.CharField(max_length=60)
    content_id = models.CharField(max_length=200, blank=True, default="")
    inline = models.BooleanField(default=False)
    scanned = models.CharField(
        max_length=10, choices=Scanned, blank=True, default="", db_default=""
    )
    malware = models.CharField(max_length=120, blank=True, default="", db_default="")  # its name
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name

    @property
    def is_handed_out(self) -> bool:
        """Whether anybody may have its content (see `actions/scans.py`)."""
        return self.scanned not in (Scanned.PENDING, Scanned.INFECTED)


class Scan(TenantModel):
    """A file that the virus scanner has to look at; gone when it has."""

    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["due_at"], name="file_scan_due")]
        constraints = [
            models.UniqueConstraint(fields=["store", "attachment"], name="file_scan_once")
        ]

    def __str__(self) -> str:
        return str(self.attachment_id)


class Draft(TenantModel):
    """An answer that is being written: one per conversation and person."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(blank=True, default="")
    is_note = models.BooleanField(default=False)
    cc = models.JSONField(default=list)
    bcc = models.JSONField(default=list)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "conversation", "user"], name="draft_once")
        ]

    def __str__(self) -> str:
        return self.text[:40]


class Seen(TenantModel):
    """When a member of staff last had a conversation open."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="seen")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())
    typing_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "conversation", "user"], name="seen_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at}"


class SavedReply(TenantModel):
    """A text that is often sent, with gaps that are filled when it is used (see `saved`)."""

    name = models.CharField(max_length=100)
    text = models.TextField()
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    locale = models.CharField(max_length=20, blank=True, default="")  # empty: for any language
    tag = models.CharField(max_length=60, blank=True, default="")  # the conversation gets it
    status = models.CharField(max_length=10, blank=True, default="")  # it takes, when this is sent
    used_count = models.PositiveIntegerField(default=0)
    edited_count = models.PositiveIntegerField(default=0)  # of those: changed before sending
    used_at = models.DateTimeField(null=True)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "name", "locale"], name="saved_reply_once_a_language"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SavedView(TenantModel):
    """A list somebody wants again: the address of it, for oneself or (without `user`) for all."""

    name = models.CharField(max_length=60)
    query = models.JSONField(default=dict)  # as the address of the list has it
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    saved_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "user", "name"], name="saved_view_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


class Signature(TenantModel):
    """What stands below answers by mail: of one person or everybody, of one inbox or each one."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    inbox = models.ForeignKey(Connection, null=True, on_delete=models.CASCADE, related_name="+")
    locale = models.CharField(max_length=20, blank=True, default="")  # empty: any language
    text = models.TextField()  # Markdown
    saved_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["store", "user", "inbox", "locale"],
                name="signature_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]


class PictureTrust(TenantModel):
    """A sender whose mails show their pictures from elsewhere without asking each time."""

    address = models.CharField(max_length=320)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    since = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "address"], name="picture_trust_once")
        ]

    def __str__(self) -> str:
        return self.address


class RemotePicture(TenantModel):
    """A picture from elsewhere as we painted it anew, or that there is none, until `ends_at`."""

    key = models.CharField(max_length=64)  # a keyed hash of its address
    file = models.CharField(max_length=60, blank=True, default="")  # its place in the media folder
    content_type = models.CharField(max_length=40, blank=True, default="")
    is_tracker = models.BooleanField(default=False)  # it came and had nothing to show
    trouble = models.CharField(max_length=200, blank=True, default="")
    ends_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="remote_picture_once")]
        indexes = [models.Index(fields=["ends_at"], name="remote_picture_ends")]

    def __str__(self) -> str:
        return self.key[:12]


from shopbell.conversations import changes  # noqa: E402  (its tables refer to those above)

BulkAction = changes.BulkAction
BulkItem = changes.BulkItem
BulkState = changes.BulkState
Outcome = changes.Outcome
Regrouping = changes.Regrouping
RegroupKind = changes.RegroupKind
