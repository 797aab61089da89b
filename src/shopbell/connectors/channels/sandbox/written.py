"""What somebody writes on the sandbox's phone, as a signed webhook of the sandbox.

A newcomer's mistake: giving the desk the words directly. They take the whole way, as from outside.
"""

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from shopbell.kit import clock
from shopbell.kit.errors import Invalid, Permanent
from shopbell.kit.ids import uuid7
from shopbell.messaging.ports import RemoteFile, Written, WrittenKind

WRITTEN = "written"  # the kind of a webhook that brings a message
_TEXTS = ("text", "name", "username", "about", "answers", "choice", "thread", "link")


def make_written(
    sender: str,
    text: str = "",
    *,
    at: datetime | None = None,
    kind: WrittenKind = WrittenKind.MESSAGE,
    provider_id: str = "",
    picture: bytes = b"",
    data: dict[str, Any] | None = None,
    **more: str,
) -> bytes:
    """Return a webhook body; `more` are further texts of `Written`."""
    if unknown := more.keys() - set(_TEXTS):
        raise Invalid(f"The sandbox knows no {sorted(unknown)[0]!r}.")
    said = {"sender": sender, "what": str(kind), "text": text, "data": data or {}, **more}
    if picture:
        said["picture"] = base64.b64encode(picture).decode()
    moment = (at or clock.now()).isoformat()
    identity = provider_id or f"sandbox-in-{uuid7()}"
    content = {"message_id": identity, "kind": WRITTEN, "at": moment, "written": said}
    return json.dumps(content).encode()


def read_written(content: dict[str, Any]) -> Written:
    """Translate one webhook.

    Raises:
        Invalid: it is not what `make_written` writes.
    """
    said = content.get("written")
    if not isinstance(said, dict) or not isinstance(said.get("sender"), str):
        raise Invalid("The body needs who wrote, “written.sender”.")
    texts = {name: said.get(name, "") for name in _TEXTS}
    data = said.get("data", {})
    if not all(isinstance(each, str) for each in texts.values()) or not isinstance(data, dict):
        raise Invalid("A value of “written” has the wrong kind.")
    if said.get("what", "message") not in WrittenKind:
        raise Invalid(f"“written.what” is one of {', '.join(WrittenKind)}.")
    kind = WrittenKind(said.get("what", "message"))
    picture = said.get("picture", "")
    return Written(
        provider_id=content["message_id"],
        sender=said["sender"],
        at=moment_of(content["at"]),
        kind=kind,
        files=(RemoteFile(ref=picture, content_type="image/png"),) if picture else (),
        opens_window=kind == WrittenKind.MESSAGE,
        data=data,
        **texts,
    )


def read_picture(file: RemoteFile) -> bytes:
    """Return the picture a webhook brought along.

    Raises:
        Permanent: it is none.
    """
    try:
        return base64.b64decode(file.ref, validate=True)
    except (binascii.Error, ValueError):
        raise Permanent("The picture is not base64.") from None


def moment_of(text: str) -> datetime:
    """Return a time in a webhook; raises `Invalid`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("The time “at” is not an ISO time.") from None
    if at.tzinfo is None:
        raise Invalid("The time “at” needs a zone.")
    return at
