"""Updates of Telegram in our words. https://core.telegram.org/bots/api#update

A newcomer's mistake: taking `message_id` for unique. It counts within one chat.
"""

from typing import Any

from shopbell.connectors.channels.payload import moment, part, parts, word
from shopbell.messaging.ports import RemoteFile, Written, WrittenKind

KINDS = ("message", "edited_message", "callback_query", "message_reaction")
# What a message carries: our type where Telegram names none, and an ending.
_FILES = {
    "document": ("", ""),
    "video": ("video/mp4", "mp4"),
    "animation": ("video/mp4", "mp4"),
    "video_note": ("video/mp4", "mp4"),
    "voice": ("audio/ogg", "ogg"),
    "audio": ("audio/mpeg", "mp3"),
    "sticker": ("image/webp", "webp"),
}


def read_update(update: dict[str, Any]) -> Written | None:
    """Return what a customer wrote or did; None: it is about something else."""
    if "message" in update:
        return _message(part(update, "message"))
    if "edited_message" in update:
        return _edit(part(update, "edited_message"))
    if "callback_query" in update:
        return _choice(part(update, "callback_query"))
    if "message_reaction" in update:
        return _reaction(part(update, "message_reaction"), word(update, "update_id"))
    return None


def _message(message: dict[str, Any]) -> Written | None:
    chat, identity = _place(message)
    if not identity:
        return None
    text = word(message, "text") or word(message, "caption")
    data: dict[str, Any] = {}
    if text.startswith("/start "):
        text, _, payload = text.partition(" ")
        data["referral"] = {"ref": payload.strip()[:64], "source": "link"}
    if "location" in message or "venue" in message:
        data["location"] = _location(message)
    if "contact" in message:
        data["contacts"] = [_contact(part(message, "contact"))]
    files = tuple(_files(message))
    if not (text or files or data):
        data["unsupported"] = _unsupported(message)
    quoted = word(message, "reply_to_message", "message_id")
    return Written(
        identity,
        chat,
        moment(message.get("date")),
        text=text,
        name=_name(part(message, "from")),
        username=word(message, "from", "username"),
        files=files,
        answers=f"{chat}:{quoted}" if quoted else "",
        data=data,
    )


def _edit(message: dict[str, Any]) -> Written | None:
    chat, identity = _place(message)
    if not identity:
        return None
    return Written(
        f"edit:{identity}:{word(message, 'edit_date')}",
        chat,
        moment(message.get("edit_date")),
        WrittenKind.EDIT,
        text=word(message, "text") or word(message, "caption"),
        about=identity,
        opens_window=False,
    )


def _choice(query: dict[str, Any]) -> Written | None:
    message = part(query, "message")
    chat, identity = _place(message)
    if not identity or not word(query, "id"):
        return None
    choice = word(query, "data")
    rows = part(message, "reply_markup").get("inline_keyboard")
    buttons = [
        button
        for row in (rows if isinstance(rows, list) else [])
        for button in parts({"row": row}, "row")
    ]
    pressed = (word(each, "text") for each in buttons if word(each, "callback_data") == choice)
    return Written(
        f"choice:{word(query, 'id')}",
        chat,
        moment(None),
        text=next(pressed, choice),
        name=_name(part(query, "from")),
        username=word(query, "from", "username"),
        answers=identity,
        choice=choice,
    )


def _reaction(reaction: dict[str, Any], update: str) -> Written | None:
    chat, identity = _place(reaction)
    if not identity or not update:
        return None
    signs = [word(each, "emoji") or "★" for each in parts(reaction, "new_reaction")]
    return Written(
        f"sign:{update}",
        chat,
        moment(reaction.get("date")),
        WrittenKind.REACTION,
        text="".join(signs[:1]),
        about=identity,
        opens_window=False,
    )


def _place(message: dict[str, Any]) -> tuple[str, str]:
    """Return the chat and the message's id; empty outside of private chats with a person."""
    chat, number = word(message, "chat", "id"), word(message, "message_id")
    private = word(message, "chat", "type") == "private"
    if not private or not chat or not number or part(message, "from").get("is_bot") is True:
        return _of_a_bot(message, chat, number) if private else ("", "")
    return chat, f"{chat}:{number}"


def _of_a_bot(message: dict[str, Any], chat: str, number: str) -> tuple[str, str]:
    """A button hangs below a message of ours, and that is where it was pressed."""
    return (chat, f"{chat}:{number}") if chat and number and "reply_markup" in message else ("", "")


def _files(message: dict[str, Any]) -> list[RemoteFile]:
    found: list[RemoteFile] = []
    sizes = list(parts(message, "photo"))
    if sizes and word(sizes[-1], "file_id"):  # the last one is the largest
        size = _size(sizes[-1])
        found.append(RemoteFile(word(sizes[-1], "file_id"), "photo.jpg", "image/jpeg", size))
    for kind, (content_type, ending) in _FILES.items():
        file = part(message, kind)
        if kind == "document" and "animation" in message:  # the same file, named twice
            continue
        if word(file, "file_id"):
            name = word(file, "file_name")[:200] or (f"{kind}.{ending}" if ending else "")
            own_type = word(file, "mime_type") or content_type
            found.append(RemoteFile(word(file, "file_id"), name, own_type, _size(file)))
    return found


def _size(file: dict[str, Any]) -> int | None:
    size = file.get("file_size")
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None


def _location(message: dict[str, Any]) -> dict[str, Any]:
    venue = part(message, "venue")
    place = part(venue, "location") or part(message, "location")
    return {
        "latitude": place.get("latitude"),
        "longitude": place.get("longitude"),
        "name": word(venue, "title"),
        "address": word(venue, "address"),
    }


def _contact(contact: dict[str, Any]) -> dict[str, str]:
    return {"name": _name(contact), "phone": word(contact, "phone_number")}


def _name(person: dict[str, Any]) -> str:
    return " ".join(filter(None, (word(person, "first_name"), word(person, "last_name"))))


def _unsupported(message: dict[str, Any]) -> str:
    known = ("poll", "dice", "game", "story", "invoice", "checklist", "paid_media", "gift")
    kind = next((name for name in known if name in message), "something")
    return f"{kind}: look at it in Telegram"
