"""Gets a picture that a mail names: from what is kept, else from where it lies, painted anew.

Nothing of who asks leaves: no cookie, no referrer, no name of ours; the fetcher refuses whatever
does not lie on the public internet. What came is kept for some days under a keyed hash, so that
looking again tells the sender nothing, and so is that it did not come.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from shopbell.accounts.models import Store
from shopbell.accounts.permissions import may, place_of
from shopbell.conversations.models import RemotePicture
from shopbell.conversations.pictures.addresses import read_address
from shopbell.conversations.pictures.trackers import tracker_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound, Permanent, Temporary
from shopbell.kit.http import PublicFetcher
from shopbell.kit.ids import keyed
from shopbell.kit.media import drop_file, file_bytes, keep_file
from shopbell.kit.repainting import Refused, Repainters

LARGEST = 5 * 1024 * 1024
KEPT = timedelta(days=7)
TRIED_AGAIN = timedelta(minutes=10)
ACCEPTED = "image/webp,image/png,image/jpeg,image/gif"
FETCHER = PublicFetcher(max_bytes=LARGEST, user_agent="")
PAINTERS = Repainters()
_TYPES = ("image/", "application/octet-stream", "binary/octet-stream")
_SVG = "image/svg"
# What is drawn instead of a tracking picture that was only seen to be one when it came.
NOTHING = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a frame gets: a picture, or nothing."""

    content: bytes
    content_type: str


def load_picture(store: str, told: str) -> Loaded | None:
    """Return the picture that a signed address names; None if there is none to be had."""
    asked = read_address(store, told)
    if asked is None:
        return None
    try:
        staff, _ = place_of(asked.user_id, store)
    except NotFound:
        return None
    if not may(staff, "conversations:read"):
        return None
    return remote_picture(staff.store, asked.address)


def remote_picture(
    store: Store, address: str, *, fetcher: PublicFetcher | None = None
) -> Loaded | None:
    """Return a picture from elsewhere, kept or fetched now; outside of any scope."""
    if tracker_of(address):
        return None
    key = key_of(store, address)
    with store_scope(store.pk):
        row = RemotePicture.objects.filter(key=key, ends_at__gt=clock.now()).first()
    if row is None:
        row = _fetched(store, key, address, fetcher or FETCHER)
    if row.is_tracker:
        return Loaded(NOTHING, "image/gif")
    if not row.file:
        return None
    try:
        return Loaded(file_bytes(row.file), row.content_type)
    except NotFound:
        return None


def key_of(store: Store, address: str) -> str:
    """Return under what a picture is kept; the address itself is not."""
    return keyed(store.link_key, "picture", address, length=64)


def _fetched(store: Store, key: str, address: str, fetcher: PublicFetcher) -> RemotePicture:
    row = RemotePicture(key=key, ends_at=clock.now() + KEPT)
    try:
        reply = fetcher.fetch(address, accept=ACCEPTED)
        content = reply.body if _is_offered(reply.headers.get("content-type", "")) else b""
        made = PAINTERS.repaint(content)
        if isinstance(made, Refused):
            row.trouble = made.sentence[:200]
        elif made.is_tiny:
            row.is_tracker = True
        else:
            row.content_type = made.content_type
            row.file = keep_file(made.content)
    except Permanent as error:
        row.trouble = error.message[:200]
    except Temporary as error:
        row.trouble, row.ends_at = error.message[:200], clock.now() + TRIED_AGAIN
    with store_scope(store.pk):
        old = RemotePicture.objects.filter(key=key).first()
        RemotePicture.objects.update_or_create(
            key=key,
            defaults={
                "file": row.file,
                "content_type": row.content_type,
                "is_tracker": row.is_tracker,
                "trouble": row.trouble,
                "ends_at": row.ends_at,
            },
        )
    if old is not None and old.file:
        drop_file(old.file)
    return row


def _is_offered(content_type: str) -> bool:
    kind = content_type.lower().strip()
    return not kind or (kind.startswith(_TYPES) and not kind.startswith(_SVG))


def host_of(address: str) -> str:
    """Return where a picture lies, for people."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
