"""The JSON that a program posts to us, checked field by field.

A newcomer's mistake: being lenient here. Somebody writes their program against this; a plain
refusal on the first try saves them an afternoon.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shopbell.kit.errors import Invalid
from shopbell.kit.text import storable
from shopbell.messaging.ports import (
    FailureCode,
    Receipt,
    ReceiptKind,
    RemoteFile,
    Written,
    WrittenKind,
)

INLINE = "data:;base64,"
type Id = Annotated[str, Field(min_length=1, max_length=150)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class FileIn(_Strict):
    """A file: where it lies, or its content."""

    url: str = Field(default="", max_length=2000, pattern=r"^(https?://.+)?$")
    content: str = Field(default="", pattern=r"^[A-Za-z0-9+/=\s]*$")
    name: str = Field(default="", max_length=200)
    content_type: str = Field(default="", max_length=100)
    size: int | None = Field(default=None, ge=0)


class Place(_Strict):
    """Where somebody is."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=300)


class Post(_Strict):
    """What a public comment stands below."""

    id: str = Field(default="", max_length=200)
    url: str = Field(default="", max_length=2000, pattern=r"^(https?://.+)?$")
    text: str = Field(default="", max_length=500)


class MessageIn(_Strict):
    """One thing somebody wrote or did."""

    id: Id
    sender: Annotated[str, Field(alias="from", min_length=1, max_length=200)]
    at: AwareDatetime
    kind: Literal["message", "comment", "edit", "deletion", "reaction"] = "message"
    text: str = Field(default="", max_length=50_000)
    name: str = Field(default="", max_length=200)
    username: str = Field(default="", max_length=200)
    files: list[FileIn] = Field(default_factory=list, max_length=20)
    about: str = Field(default="", max_length=150)
    answers: str = Field(default="", max_length=150)
    choice: str = Field(default="", max_length=200)
    thread: str = Field(default="", max_length=150)
    link: str = Field(default="", max_length=2000, pattern=r"^(https?://.+)?$")
    location: Place | None = None
    post: Post | None = None


class ReceiptIn(_Strict):
    """What became of a message of ours."""

    id: Id
    kind: Literal["delivered", "read", "failed"]
    at: AwareDatetime
    code: FailureCode | Literal[""] = ""
    detail: str = Field(default="", max_length=300)


class Posted(_Strict):
    """A whole webhook."""

    messages: list[MessageIn] = Field(default_factory=list, max_length=100)
    receipts: list[ReceiptIn] = Field(default_factory=list, max_length=500)


def read_posted(body: bytes) -> Posted:
    """Read a webhook.

    Raises:
        Invalid: it is not as documented; the message names the first field that is wrong.
    """
    try:
        posted = Posted.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the body"
        raise Invalid(f"{where}: {first['msg']}.") from None
    if not posted.messages and not posted.receipts:
        raise Invalid("There are neither messages nor receipts in it.")
    return posted


def to_written(message: MessageIn) -> Written:
    """Return it in our words."""
    kind = WrittenKind(message.kind)
    data: dict[str, Any] = {}
    if message.location is not None:
        data["location"] = message.location.model_dump()
    if message.post is not None:
        data["post"] = message.post.model_dump()
    public = kind is WrittenKind.COMMENT
    return Written(
        storable(message.id),
        storable(message.sender),
        message.at,
        kind,
        text=storable(message.text),
        name=storable(message.name),
        username=storable(message.username),
        files=tuple(_file(file) for file in message.files),
        about=storable(message.about),
        answers=storable(message.answers),
        choice=storable(message.choice),
        thread=storable(message.thread or message.id) if public else "",
        link=message.link,
        opens_window=kind is WrittenKind.MESSAGE,
        data=data,
    )


def to_receipt(receipt: ReceiptIn) -> Receipt:
    """Return it in our words."""
    at: datetime = receipt.at
    kind = ReceiptKind(receipt.kind)
    return Receipt(kind, at, provider_id=receipt.id, code=receipt.code, detail=receipt.detail)


def _file(file: FileIn) -> RemoteFile:
    ref = f"{INLINE}{''.join(file.content.split())}" if file.content else file.url
    return RemoteFile(ref, storable(file.name), storable(file.content_type), file.size)
