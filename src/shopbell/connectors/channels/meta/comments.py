"""What people write below posts and ads, for all to read.

A newcomer's mistake: answering a comment as if it were a message. It opens no reply window, and in
private it can be answered once.
"""

from datetime import datetime
from typing import Any

from shopbell.connectors.channels.payload import moment, part, word
from shopbell.messaging.ports import RemoteFile, Written, WrittenKind

_INSTAGRAM = frozenset({"comments", "live_comments"})
_DONE = {"edited": WrittenKind.EDIT, "remove": WrittenKind.DELETION}


def read_change(change: dict[str, Any], own_id: str, sent: Any) -> Written | None:
    """Return the comment in a change; None: it is about something else, or written by the shop.

    `sent`: when Meta sent the webhook, the only time there is for comments on Instagram.
    """
    field, value = word(change, "field"), part(change, "value")
    if word(value, "from", "id") in ("", own_id):
        return None
    if field in _INSTAGRAM:
        return _on_instagram(value, moment(sent), live=field == "live_comments")
    if field == "feed" and word(value, "item") == "comment":
        return _on_a_page(value, moment(value.get("created_time") or sent))
    return None


def _on_instagram(value: dict[str, Any], at: datetime, *, live: bool) -> Written | None:
    identity, media = word(value, "id"), part(value, "media")
    if not identity:
        return None
    post: dict[str, Any] = {"id": word(media, "id"), "url": "", "text": word(media, "ad_title")}
    post |= {"kind": word(media, "media_product_type").lower(), "live": live}
    username = word(value, "from", "username")
    return Written(
        identity,
        word(value, "from", "id"),
        at,
        WrittenKind.COMMENT,
        text=word(value, "text"),
        username=username,
        thread=word(value, "parent_id") or identity,
        opens_window=False,
        data={"post": post},
    )


def _on_a_page(value: dict[str, Any], at: datetime) -> Written | None:
    identity, verb = word(value, "comment_id"), word(value, "verb")
    post_id, parent = word(value, "post_id"), word(value, "parent_id")
    if not identity or verb not in ("add", *_DONE):
        return None
    kind = _DONE.get(verb, WrittenKind.COMMENT)
    changed = kind is not WrittenKind.COMMENT
    url = word(value, "post", "permalink_url")
    picture = word(value, "photo")
    return Written(
        f"{identity}:{verb}:{at.timestamp():.0f}" if changed else identity,
        word(value, "from", "id"),
        at,
        kind,
        text=word(value, "message"),
        name=word(value, "from", "name"),
        files=(RemoteFile(ref=picture, content_type="image/jpeg"),) if picture else (),
        about=identity if changed else "",
        thread=parent if parent and parent != post_id else identity,
        link=url,
        opens_window=False,
        data={"post": {"id": post_id, "url": url, "text": ""}},
    )
