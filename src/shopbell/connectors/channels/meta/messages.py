"""What people write in private, out of the `messaging` events of Instagram and Messenger.

A newcomer's mistake: taking an echo for a customer's message. It is what the account itself sent,
by us or by somebody in Meta's own inbox.
"""

import re
from typing import Any

from shopbell.connectors.channels.payload import moment, part, parts, word
from shopbell.kit import clock
from shopbell.kit.ids import digest
from shopbell.messaging.ports import Receipt, ReceiptKind, RemoteFile, Written, WrittenKind

_FILES = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4", "file": ""}
_SHARED = frozenset({"share", "ig_post", "ig_reel", "reel", "post", "ig_story"})
_UNREADABLE = "Something that is not handed over to other programs. Look at it in the app."


def read_event(event: dict[str, Any], own_id: str) -> Written | None:
    """Return what a customer wrote or did; None: it is about something else."""
    sender = word(event, "sender", "id")
    if not sender or sender == own_id:
        return None
    if "message" in event:
        return _message(event, part(event, "message"), sender)
    if "postback" in event:
        return _postback(event, part(event, "postback"), sender)
    if "reaction" in event:
        return _reaction(event, part(event, "reaction"), sender)
    if "message_edit" in event:
        return _edit(event, part(event, "message_edit"), sender)
    return None


def read_receipts(event: dict[str, Any], own_id: str) -> list[Receipt]:
    """Return what an event says about messages of ours."""
    at = moment(event.get("timestamp"))
    message = part(event, "message")
    if message.get("is_echo") is True:
        ours = word(message, "metadata")
        identity = word(message, "mid")
        known = ours if ours.startswith("<") else ""
        return [Receipt(ReceiptKind.ACCEPTED, at, provider_id=identity, message_id=known)]
    sender = word(event, "sender", "id")
    if sender == own_id:
        return []
    seen = word(event, "read", "mid")
    if seen:
        return [Receipt(ReceiptKind.READ, at, recipient=sender, provider_id=seen)]
    mids = part(event, "delivery").get("mids")
    return [
        *(
            Receipt(ReceiptKind.DELIVERED, at, recipient=sender, provider_id=mid)
            for mid in (mids if isinstance(mids, list) else [])
            if isinstance(mid, str)
        ),
        *_until(part(event, "delivery"), ReceiptKind.DELIVERED, sender),
        *_until(part(event, "read"), ReceiptKind.READ, sender),
    ]


def _until(told: dict[str, Any], kind: ReceiptKind, sender: str) -> list[Receipt]:
    """Messenger's watermark: everything until then was delivered or read.

    https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-reads
    """
    mark = told.get("watermark")
    if not sender or isinstance(mark, bool) or not isinstance(mark, (int, str)):
        return []
    if not re.fullmatch(r"[0-9]{12,14}", str(mark)):
        return []
    at = min(moment(int(mark)), clock.now())
    return [Receipt(kind, at, recipient=sender, event_id=f"{kind}:until:{mark}", until=at)]


def _message(event: dict[str, Any], message: dict[str, Any], sender: str) -> Written | None:
    mid = word(message, "mid")
    if not mid or message.get("is_echo") is True:
        return None
    at = moment(event.get("timestamp"))
    if message.get("is_deleted") is True:
        return Written(
            f"deleted:{digest(mid)}",
            sender,
            at,
            WrittenKind.DELETION,
            about=mid,
            opens_window=False,
        )
    files, data, words = _attachments(message)
    text = "\n".join(filter(None, (word(message, "text"), *words)))
    story = part(message, "reply_to", "story")
    if story:
        data["story"] = {"kind": "reply", "url": word(story, "url"), "id": word(story, "id")}
    if message.get("is_unsupported") is True and not text and not files:
        data["unsupported"] = _UNREADABLE
    if "referral" in message:
        data["referral"] = _referral(part(message, "referral"))
    return Written(
        mid,
        sender,
        at,
        text=text,
        files=tuple(files),
        answers=word(message, "reply_to", "mid"),
        choice=word(message, "quick_reply", "payload"),
        data=data,
    )


def _postback(event: dict[str, Any], postback: dict[str, Any], sender: str) -> Written | None:
    mid = word(postback, "mid") or f"{sender}:{word(event, 'timestamp')}"
    data = {"referral": _referral(part(postback, "referral"))} if "referral" in postback else {}
    return Written(
        mid,
        sender,
        moment(event.get("timestamp")),
        text=word(postback, "title"),
        choice=word(postback, "payload"),
        data=data,
    )


def _reaction(event: dict[str, Any], reaction: dict[str, Any], sender: str) -> Written | None:
    mid, stamp = word(reaction, "mid"), word(event, "timestamp")
    if not mid:
        return None
    taken_away = word(reaction, "action") == "unreact"
    sign = word(reaction, "emoji") or word(reaction, "reaction")
    return Written(
        f"sign:{digest(mid + sender)}:{stamp}",
        sender,
        moment(event.get("timestamp")),
        WrittenKind.REACTION,
        text="" if taken_away else sign,
        about=mid,
        opens_window=False,
    )


def _edit(event: dict[str, Any], edit: dict[str, Any], sender: str) -> Written | None:
    mid = word(edit, "mid")
    if not mid:
        return None
    return Written(
        f"edit:{digest(mid)}:{word(edit, 'num_edit')}",
        sender,
        moment(event.get("timestamp")),
        WrittenKind.EDIT,
        text=word(edit, "text"),
        about=mid,
        opens_window=False,
    )


def _attachments(message: dict[str, Any]) -> tuple[list[RemoteFile], dict[str, Any], list[str]]:
    """Return the files, what the desk shows besides, and words that stand for the rest."""
    files: list[RemoteFile] = []
    data: dict[str, Any] = {}
    words: list[str] = []
    for attachment in parts(message, "attachments"):
        kind, payload = word(attachment, "type"), part(attachment, "payload")
        url = word(payload, "url")
        if kind == "story_mention":
            data["story"] = {"kind": "mention", "url": url}
        elif kind in _FILES and url:
            files.append(RemoteFile(ref=url, content_type=_FILES[kind]))
        elif kind in _SHARED:
            identity = word(payload, "reel_video_id") or word(payload, "id")
            data["post"] = {"id": identity, "url": url, "text": word(payload, "title")}
        elif kind == "location":
            data["location"] = _location(attachment, part(payload, "coordinates"))
        elif kind == "template" and part(payload, "product"):
            data["product"] = _product(part(payload, "product"))
        elif url or word(attachment, "url"):
            words.append(url or word(attachment, "url"))
    return files, data, words


def _location(attachment: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    return {
        "latitude": place.get("lat"),
        "longitude": place.get("long"),
        "name": word(attachment, "title"),
        "address": "",
    }


def _product(product: dict[str, Any]) -> dict[str, Any]:
    first = next(parts(product, "elements"), {})
    return {"id": word(first, "id"), "title": word(first, "title"), "url": word(first, "url")}


def _referral(referral: dict[str, Any]) -> dict[str, Any]:
    names = ("ref", "source", "type", "ad_id")
    return {name: word(referral, name) for name in names if word(referral, name)}
