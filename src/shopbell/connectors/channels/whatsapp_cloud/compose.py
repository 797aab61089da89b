"""Our message in Meta's words: pure translation, no network.

A newcomer's mistake: one payload for one message. A message with two files is two of Meta's, and
only the first one quotes and carries the words.
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line
from shopbell.messaging.ports import ApprovedUse, Option, OutgoingFile, OutgoingMessage

TEXT_LENGTH, CAPTION_LENGTH = 4096, 1024
BUTTONS, BUTTON_LENGTH, BUTTON_BODY = 3, 20, 1024
ROWS, ROW_LENGTH, ROW_TEXT = 10, 24, 72
PARAMETER_LENGTH = 1024
_TOPS = ("image", "video", "document")  # files above an approved template
_MEGABYTE = 1024 * 1024

type Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FileKind:
    """How Meta calls a kind of file, and the most bytes it takes."""

    name: str
    most: int
    caption: bool = True


_IMAGE = FileKind("image", 5 * _MEGABYTE)
_AUDIO = FileKind("audio", 16 * _MEGABYTE, caption=False)
_VIDEO = FileKind("video", 16 * _MEGABYTE)
_DOCUMENT = FileKind("document", 100 * _MEGABYTE)
FILE_KINDS: dict[str, FileKind] = {
    "image/jpeg": _IMAGE,
    "image/png": _IMAGE,
    "audio/aac": _AUDIO,
    "audio/amr": _AUDIO,
    "audio/mpeg": _AUDIO,
    "audio/mp4": _AUDIO,
    "audio/ogg": _AUDIO,
    "video/mp4": _VIDEO,
    "video/3gpp": _VIDEO,
    "text/plain": _DOCUMENT,
    "application/pdf": _DOCUMENT,
    "application/msword": _DOCUMENT,
    "application/vnd.ms-excel": _DOCUMENT,
    "application/vnd.ms-powerpoint": _DOCUMENT,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _DOCUMENT,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _DOCUMENT,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": _DOCUMENT,
}
_CHOOSE = {
    "de": "Auswählen", "es": "Elegir", "fr": "Choisir", "it": "Scegli", "nl": "Kies",
    "pl": "Wybierz", "pt": "Escolher", "sv": "Välj", "da": "Vælg", "tr": "Seç",
}  # fmt: skip
_NUMBER = re.compile(r"\+?[0-9]{6,15}")
# A business-scoped user id: people with a user name need not show their number.
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


def recipient(address: str) -> Payload:
    """Return whom a message goes to: a number, or a user id of Meta's.

    Raises:
        Invalid: it is neither.
    """
    if _USER_ID.fullmatch(address):
        return {"recipient": address}
    number = re.sub(r"[\s().-]", "", address)
    if not _NUMBER.fullmatch(number):
        raise Invalid(f"“{one_line(address, 40)}” is not a phone number.")
    return {"to": number.removeprefix("+")}


def file_kind(file: OutgoingFile) -> FileKind:
    """Return how a file is sent.

    Raises:
        Invalid: WhatsApp takes no such file, or none so large.
    """
    kind = FILE_KINDS.get(file.content_type.partition(";")[0].strip().lower())
    if kind is None:
        raise Invalid(
            f"WhatsApp takes no file of the type {file.content_type} (“{file.name}”)."
            " JPEG, PNG, PDF, text, office files, MP4 and common audio are taken."
        )
    if file.size > kind.most:
        raise Invalid(
            f"“{file.name}” is too large for WhatsApp: {kind.name} files may have"
            f" {kind.most // _MEGABYTE} MB."
        )
    return kind


def payloads(message: OutgoingMessage, media: Sequence[str]) -> list[Payload]:
    """Return what is posted, in order. `media`: the ids of the uploaded files.

    Raises:
        Invalid: WhatsApp cannot carry it.
    """
    around = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient(message.to),
        "biz_opaque_callback_data": (message.message_id or str(message.id))[:512],
    }
    parts = [{**around, **part} for part in _parts(message, media)]
    if not parts:
        raise Invalid("The message has neither words nor files.")
    if message.answers:
        parts[0]["context"] = {"message_id": message.answers}
    return parts


def _parts(message: OutgoingMessage, media: Sequence[str]) -> Iterator[Payload]:
    if message.approved is not None:
        top = next(zip(message.files, media, strict=True), None)
        yield {"type": "template", "template": template(message.approved, top)}
        return
    files = list(zip(message.files, media, strict=True))
    text = message.text.strip()
    if len(text) > TEXT_LENGTH:
        raise Invalid(f"The text has {len(text):,} characters; WhatsApp takes {TEXT_LENGTH:,}.")
    if message.options:
        yield {"type": "interactive", "interactive": interactive(message, text)}
        text = ""
    fits = bool(files) and file_kind(files[0][0]).caption and len(text) <= CAPTION_LENGTH
    if text and not fits:
        yield {"type": "text", "text": {"body": text, "preview_url": "://" in text}}
        text = ""
    for file, identity in files:
        yield _file(file, identity, text)
        text = ""


def _file(file: OutgoingFile, identity: str, caption: str) -> Payload:
    kind = file_kind(file)
    content = {"id": identity}
    if caption:
        content["caption"] = caption
    if kind is _DOCUMENT:
        content["filename"] = file.name[:240]
    return {"type": kind.name, kind.name: content}


def interactive(message: OutgoingMessage, text: str) -> Payload:
    """Return the text with buttons, or with a list where the choices need more room."""
    if not text:
        raise Invalid("Buttons need a text above them.")
    options = message.options
    if len(options) > ROWS:
        raise Invalid(f"WhatsApp shows at most {ROWS} choices; these are {len(options)}.")
    short = all(not one.text and len(one.title) <= BUTTON_LENGTH for one in options)
    if len(options) <= BUTTONS and short and len(text) <= BUTTON_BODY:
        buttons = [
            {"type": "reply", "reply": {"id": one.id[:256], "title": one.title}} for one in options
        ]
        return {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
    label = _CHOOSE.get(message.locale[:2].lower(), "Choose")
    rows = [_row(one) for one in options]
    return {
        "type": "list",
        "body": {"text": text},
        "action": {"button": label, "sections": [{"rows": rows}]},
    }


def _row(option: Option) -> Payload:
    """Return a row; what does not fit into its title stands below it."""
    title, text = option.title, option.text
    if len(title) > ROW_LENGTH:
        title, text = title[: ROW_LENGTH - 1].rstrip() + "…", text or title
    row = {"id": option.id[:200], "title": title}
    return {**row, "description": text[:ROW_TEXT]} if text else row


def template(use: ApprovedUse, top: tuple[OutgoingFile, str] | None = None) -> Payload:
    """Return an approved template with its gaps filled. `top`: the uploaded file above it."""
    components: list[Payload] = []
    if use.header or use.header_kind in _TOPS:
        components.append({"type": "header", "parameters": [_header(use, top)]})
    if use.body:
        parameters = [_text_parameter(value) for value in use.body]
        for parameter, name in zip(parameters, use.names, strict=False):
            parameter["parameter_name"] = name
        components.append({"type": "body", "parameters": parameters})
    components += [
        {"type": "button", "sub_type": "url", "index": str(place),
         "parameters": [_text_parameter(value)]}
        for place, value in enumerate(use.buttons) if value
    ]  # fmt: skip
    content: Payload = {"name": use.name, "language": {"code": use.language}}
    return {**content, "components": components} if components else content


def _header(use: ApprovedUse, top: tuple[OutgoingFile, str] | None) -> Payload:
    if use.header_kind not in _TOPS:
        return _text_parameter(use.header[0])
    if use.header:
        content = {"link": use.header[0]}
        name = urlsplit(use.header[0]).path.rpartition("/")[2]
    elif top is not None and file_kind(top[0]).name == use.header_kind:
        content, name = {"id": top[1]}, top[0].name
    else:
        raise Invalid(f"The approved template goes out with a file on top: {use.header_kind}.")
    if use.header_kind == "document" and name:
        content["filename"] = name[:240]
    return {"type": use.header_kind, use.header_kind: content}


def _text_parameter(value: str) -> Payload:
    """Return one filled gap; Meta takes no line breaks, tabs or many blanks in it."""
    text = one_line(value, PARAMETER_LENGTH)
    if not text:
        raise Invalid("A gap of the approved template would stay empty.")
    return {"type": "text", "text": text}
