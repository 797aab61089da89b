"""What the shop shows in public in the sandbox: posts, and the comments below them.

The posts are made of the newest products, so that there is something to talk about. A newcomer's
mistake: looking for them in a table.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.safestring import SafeString

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.conversations.models import Entry, EntryKind
from shopbell.messaging.models import Message
from shopbell.messaging.ports import CHANNELS, Target
from shopbell.messaging.states import TOLD
from shopbell.orders.models import Product
from shopbell.sandbox.holders import Holder
from shopbell.sandbox.queries import with_links

POSTS = 2
COMMENTS = 40


@dataclass(slots=True)
class Comment:
    """A public comment of somebody, or the shop's answer below it."""

    key: str
    name: str  # the provider's id of the line it stands in
    who: str
    text: SafeString
    at: datetime
    is_mine: bool = False
    is_shop: bool = False


@dataclass(slots=True)
class Post:
    """Something the shop shows to all."""

    id: str
    text: str
    picture: str = ""
    comments: list[Comment] = field(default_factory=list)

    @property
    def data(self) -> dict[str, str]:
        """What a comment keeps of it."""
        return {"id": self.id, "url": self.picture, "text": self.text}


def posts_of(store: Store) -> list[Post]:
    """Return what the shop has posted lately."""
    rows = Product.objects.filter(active=True).exclude(title="").order_by("-id")[:POSTS]
    found = [
        Post(f"post-{row.pk}", f"New on our shelves: {row.title}", row.image_url) for row in rows
    ]
    return found or [Post("post-welcome", f"Good morning from {store.name}!")]


def feed_of(store: Store, inbox: Connection, holder: Holder) -> list[Post]:
    """Return the posts with the comments that this person sees."""
    found = posts_of(store)
    by_id = {post.id: post for post in found}
    entries = Entry.objects.filter(
        kind=EntryKind.INCOMING, thread__inbox=inbox, data__public=True
    ).select_related("thread")
    lines: dict[str, Post] = {}
    for row in entries.order_by("-happened_at", "-id")[:COMMENTS]:
        post = by_id.get(str(row.data.get("post", {}).get("id", "")))
        is_mine = row.customer_id in holder.customers
        if post is None or row.data.get("deleted_at") or (row.data.get("hidden") and not is_mine):
            continue
        assert row.thread is not None
        lines[row.thread.comment] = post
        who = row.data.get("username") or row.sender_name
        text = with_links(row.text)
        key, at = f"c-{row.pk}", row.happened_at
        post.comments.append(Comment(key, row.thread.comment, str(who), text, at, is_mine))
    for message in _answers(inbox):
        post = lines.get(str(message.data.get("comment", "")))
        if post is not None:
            key, at = f"c-{message.pk}", message.handed_at or message.created_at
            line, text = str(message.data["comment"]), with_links(message.text)
            post.comments.append(Comment(key, line, store.name, text, at, is_shop=True))
    for post in found:
        began: dict[str, datetime] = {}
        for each in sorted(post.comments, key=lambda each: each.at):
            began.setdefault(each.name, each.at)
        post.comments.sort(key=lambda each: (began[each.name], each.at))
    return found


def _answers(inbox: Connection) -> list[Message]:
    rows = Message.objects.filter(connection=inbox, state__in=TOLD, data__target=Target.COMMENT)
    return list(rows.order_by("-created_at")[:COMMENTS])


def has_posts(inbox: Connection) -> bool:
    """Whether an inbox's channel has something public."""
    return CHANNELS.get(inbox.connector).capabilities.public
