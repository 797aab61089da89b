"""What is particular to each platform of Meta, as data."""

from dataclasses import dataclass

_SOUND = ("audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/vnd.wave")
_VIDEO = ("video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm")


@dataclass(frozen=True, slots=True)
class Traits:
    """One platform. Lengths of texts are in UTF-8 bytes where Meta counts those."""

    title: str
    object: str  # as its webhooks call it
    text_bytes: int | None
    comment_length: int
    replies: str  # below a comment: where an answer is posted
    hides: str  # the field that hides a comment
    fields: tuple[str, ...]  # the webhooks an account needs
    profile: str  # what `check` asks for
    platform: str = ""  # what an upload says of it
    says_type: bool = False  # every message says that it is an answer
    metadata: bool = False  # a message can carry our own id, which comes back in its echo
    picture_bytes: int = 8_000_000
    file_bytes: int = 25_000_000
    types: tuple[str, ...] = ()  # of the files it takes; empty: all


INSTAGRAM = Traits(
    title="Instagram",
    object="instagram",
    text_bytes=1000,
    comment_length=300,
    replies="replies",
    hides="hide",
    fields=(
        "messages",
        "messaging_postbacks",
        "messaging_seen",
        "message_reactions",
        "message_edit",
        "comments",
        "live_comments",
    ),
    profile="username",
    platform="instagram",
    types=("image/png", "image/jpeg", "image/gif", "application/pdf", *_SOUND, *_VIDEO),
)
MESSENGER = Traits(
    title="Messenger",
    object="page",
    text_bytes=None,
    comment_length=8000,
    replies="comments",
    hides="is_hidden",
    fields=(
        "messages",
        "messaging_postbacks",
        "message_deliveries",
        "message_reads",
        "message_reactions",
        "message_edits",
        "message_echoes",
        "feed",
    ),
    profile="name",
    says_type=True,
    metadata=True,
    picture_bytes=25_000_000,
)
