"""A mail across a pipe: one JSON head, then the contents of the attachments as they are."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson

from shopbell.kit.children_inside import SIZE
from shopbell.kit.mail.reading.mails import (
    Bounce,
    Forwarded,
    Invitation,
    Mail,
    MailPart,
    Nature,
)


def pack_mail(mail: Mail) -> list[bytes]:
    """Return the pieces to write one after another."""
    head = {one.name: getattr(mail, one.name) for one in fields(mail) if one.name != "parts"}
    head["parts"] = [
        [
            part.name,
            part.content_type,
            part.sniffed_type,
            part.content_id,
            part.inline,
            len(part.content),
        ]
        for part in mail.parts
    ]
    packed = orjson.dumps(head)
    contents = [part.content for part in mail.parts]
    return [SIZE.pack(len(packed)), packed, *contents]


def unpack_mail(data: bytes) -> Mail:
    """Return what `pack_mail` wrote."""
    (length,) = SIZE.unpack_from(data)
    at = SIZE.size + length
    values: dict[str, Any] = orjson.loads(data[SIZE.size : at])
    parts = []
    for name, content_type, sniffed, identifier, inline, size in values["parts"]:
        parts.append(
            MailPart(name, content_type, sniffed, data[at : at + size], identifier, inline)
        )
        at += size
    values["parts"] = tuple(parts)
    for name in ("reply_to", "to", "cc"):
        values[name] = tuple((person[0], person[1]) for person in values[name])
    for name in ("references", "delivered_to", "problems"):
        values[name] = tuple(values[name])
    values["date"] = _moment(values["date"])
    values["nature"] = Nature(values["nature"])
    if values["bounce"]:
        values["bounce"] = Bounce(**values["bounce"])
    if invited := values["invitation"]:
        moments = {name: _moment(invited[name]) for name in ("start", "end")}
        values["invitation"] = Invitation(**{**invited, **moments})
    if passed_on := values["forwarded"]:
        sent_at = _moment(passed_on["sent_at"])
        values["forwarded"] = Forwarded(**{**passed_on, "sent_at": sent_at})
    return Mail(**values)


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
