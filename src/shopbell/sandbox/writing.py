"""What somebody does on the phone, as the signed webhook of the inbox it goes to.

A newcomer's mistake: telling the desk. The words go in at the front door, are stored, and come to
the desk by the worker, like a provider's.
"""

from datetime import datetime
from typing import Any

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.connectors.channels.sandbox.written import make_written
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.mail.reading.contents import sniffed_type
from shopbell.messaging.models import Message
from shopbell.messaging.ports import CHANNELS, WrittenKind
from shopbell.sandbox.holders import APPS, Holder
from shopbell.sandbox.posts import Post
from shopbell.sandbox.receipts import Receipt, signed

LONGEST = 4_000  # characters
LARGEST = 4_000_000  # bytes of a picture
SIGNS = ("👍", "❤️", "😂", "😮", "😢", "🙏")


def write(
    store: Store,
    inbox: Connection,
    holder: Holder,
    text: str = "",
    *,
    picture: bytes = b"",
    kind: WrittenKind = WrittenKind.MESSAGE,
    provider_id: str = "",
    at: datetime | None = None,
    data: dict[str, Any] | None = None,
    **more: str,
) -> Receipt:
    """Return the request that hands in what a person wrote. Needs the store's scope.

    Raises:
        Invalid: there is nothing in it, or the picture is none.
        Conflict: the phone is off, the shop is blocked, or there is no number.
    """
    medium = str(CHANNELS.get(inbox.connector).capabilities.medium)
    _refuse_if_cut_off(holder, medium)
    words = text.strip()[:LONGEST]
    if kind in (WrittenKind.MESSAGE, WrittenKind.COMMENT) and not words and not picture:
        raise Invalid("Nothing was written, so nothing was sent.")
    if picture:
        _refuse_strange_picture(picture)
    called = {"name": holder.name, "username": username(holder.name)}
    body = make_written(
        _address(holder, medium),
        words,
        at=at,
        kind=kind,
        picture=picture,
        provider_id=provider_id,
        data=data,
        **(called | more),
    )
    return signed(store, inbox, body)


def press(
    store: Store, inbox: Connection, holder: Holder, message: Message, option: tuple[str, str]
) -> Receipt:
    """Return the request for a button (id, title) that was pressed below a message."""
    choice, title = option
    return write(store, inbox, holder, title, answers=message.provider_id, choice=choice)


def react(store: Store, inbox: Connection, holder: Holder, about: str, sign: str) -> Receipt:
    """Return the request for a sign put onto a message; an empty one takes it away."""
    if sign and sign not in SIGNS:
        raise Invalid("The phone has no such sign.")
    return write(store, inbox, holder, sign, kind=WrittenKind.REACTION, about=about)


def comment(
    store: Store,
    inbox: Connection,
    holder: Holder,
    post: Post,
    text: str,
    *,
    thread: str = "",
    provider_id: str = "",
) -> Receipt:
    """Return the request for a public comment below a post, or below the comment `thread`."""
    return write(
        store,
        inbox,
        holder,
        text,
        kind=WrittenKind.COMMENT,
        data={"post": post.data},
        thread=thread,
        provider_id=provider_id,
    )


def answer_story(store: Store, inbox: Connection, holder: Holder, post: Post, text: str) -> Receipt:
    """Return the request for an answer to the shop's story."""
    story = {"kind": "reply", "url": post.picture, "id": f"story-{post.id}"}
    return write(store, inbox, holder, text, data={"story": story})


def username(name: str) -> str:
    """Return what somebody calls themselves on platforms."""
    return ".".join("".join(filter(str.isalnum, part)) for part in name.lower().split())[:60]


def _address(holder: Holder, medium: str) -> str:
    found = holder.addresses.get(medium)
    if not found:
        raise Conflict(
            f"No phone number of {holder.name} is known.",
            remedy="Write by Instagram or Messenger, or make up somebody with a number.",
        )
    return found[0]


def _refuse_if_cut_off(holder: Holder, medium: str) -> None:
    if holder.is_off:
        raise Conflict(f"The phone of {holder.name} is off.", remedy="Switch it on first.")
    if holder.has_blocked(medium):
        raise Conflict(
            f"{holder.name} has blocked the shop on {APPS[medium]}.", remedy="Unblock it first."
        )


def _refuse_strange_picture(picture: bytes) -> None:
    if len(picture) > LARGEST:
        raise Invalid("The picture has more than 4 MB. Nothing was sent.")
    if not sniffed_type(picture).startswith("image/"):
        raise Invalid("This file is no picture. Nothing was sent.")
