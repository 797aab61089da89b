"""What customers write on WhatsApp, translated by the type of the message.

A newcomer's mistake: dropping a type that is new. What cannot be shown is said to be there, so that
an agent can ask for it in another form.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shopbell.connectors.channels.whatsapp_cloud.settings import WhatsAppSettings
from shopbell.connectors.channels.whatsapp_cloud.webhooks import moment, values
from shopbell.connectors.reading import Doc
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import RemoteFile, Written, WrittenKind

TEXT_LENGTH = 65_536
_MEDIA = ("image", "video", "audio", "document", "sticker")
_ENDINGS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "video/mp4": ".mp4",
    "video/3gpp": ".3gp", "audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/aac": ".aac",
    "audio/amr": ".amr", "audio/mp4": ".m4a", "application/pdf": ".pdf",
}  # fmt: skip
# Somebody opened the chat and wrote nothing yet.
_NOTHING = ("request_welcome",)
_REFERRAL = (
    "source_url",
    "source_type",
    "source_id",
    "headline",
    "body",
    "media_type",
    "ctwa_clid",
)
_PARTS_OF_NAME = ("formatted_name", "first_name", "last_name")


def read_written(body: bytes, settings: WhatsAppSettings) -> list[Written]:
    """Translate the messages in one webhook.

    Raises:
        Invalid: it can never be understood.
    """
    return [
        _written(message, value)
        for value in values(body, settings)
        for message in value.docs("messages")
        if message.lower("type") not in _NOTHING
    ]


def _written(message: Doc, value: Doc) -> Written:
    identity, sender = message.text("id", limit=200), _sender(message)
    if not identity or not sender:
        raise Invalid("A message in this webhook has no id or no sender.")
    person = _person(value, message)
    start = Written(
        provider_id=identity,
        sender=sender,
        at=moment(message),
        name=person.doc("profile").text("name", limit=200),
        username=person.doc("profile").text("username", limit=200),
        answers=message.doc("context").text("id", limit=200),
        data=_around(message),
    )
    return _KINDS.get(message.lower("type"), _unsupported)(message, start)


def _sender(message: Doc) -> str:
    """Return the number, or the user id of somebody whose number is not shown."""
    number = re.sub(r"\D", "", message.text("from", limit=40))
    return f"+{number}" if number else message.text("from_user_id", limit=140)


def _person(value: Doc, message: Doc) -> Doc:
    mine = [one for one in (message.text("from"), message.text("from_user_id")) if one]
    people = list(value.docs("contacts"))
    for person in people:
        if person.text("wa_id") in mine or person.text("user_id") in mine:
            return person
    return people[0] if len(people) == 1 else Doc(None)


def _around(message: Doc) -> dict[str, Any]:
    """Return what the desk shows beside the words."""
    data: dict[str, Any] = {}
    referral, context = message.doc("referral"), message.doc("context")
    if referral:
        told = {key: referral.text(key, limit=1000) for key in _REFERRAL}
        data["referral"] = {key: text for key, text in told.items() if text}
    product = context.doc("referred_product").text("product_retailer_id")
    if product:
        data["product"] = product
    if context.flag("forwarded") or context.flag("frequently_forwarded"):
        data["forwarded"] = True
    if message.text("from_user_id"):
        data["user_id"] = message.text("from_user_id", limit=140)
    return data


def _text(message: Doc, start: Written) -> Written:
    return replace(start, text=message.doc("text").text("body", limit=TEXT_LENGTH))


def _media(message: Doc, start: Written) -> Written:
    kind = message.lower("type")
    told = message.doc(kind)
    if not told.ident("id"):
        return _unsupported(message, start)
    content_type = told.text("mime_type").partition(";")[0].strip().lower()
    name = told.text("filename", limit=240) or f"{kind}{_ENDINGS.get(content_type, '')}"
    file = RemoteFile(ref=told.ident("id"), name=name, content_type=content_type)
    return replace(start, files=(file,), text=told.text("caption", limit=TEXT_LENGTH))


def _location(message: Doc, start: Written) -> Written:
    told = message.doc("location")
    latitude, longitude = told.decimal("latitude"), told.decimal("longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return _unsupported(message, start)
    place = {
        "latitude": float(latitude),
        "longitude": float(longitude),
        "name": told.text("name"),
        "address": told.text("address"),
    }
    return replace(start, data={**start.data, "location": place})


def _contacts(message: Doc, start: Written) -> Written:
    found: list[dict[str, Any]] = []
    lines: list[str] = []
    for one in message.docs("contacts"):
        name = one.doc("name").text(*_PARTS_OF_NAME)
        phones = [each.text("phone") for each in one.docs("phones")]
        emails = [each.text("email") for each in one.docs("emails")]
        found.append({"name": name, "phones": phones, "emails": emails})
        lines.append(", ".join(filter(None, [name, *phones, *emails])))
    return replace(start, text="\n".join(lines), data={**start.data, "contacts": found})


def _button(message: Doc, start: Written) -> Written:
    told = message.doc("button")
    return replace(start, text=told.text("text"), choice=told.text("payload", limit=256))


def _interactive(message: Doc, start: Written) -> Written:
    told = message.doc("interactive")
    chosen = told.doc("button_reply") or told.doc("list_reply")
    if chosen:
        return replace(start, text=chosen.text("title"), choice=chosen.text("id", limit=256))
    form = told.doc("nfm_reply")
    if not form:
        return _unsupported(message, start)
    given = form.text("response_json", limit=10_000)
    return replace(
        start, text=form.text("body") or "Form filled in", data={**start.data, "form": given}
    )


def _order(message: Doc, start: Written) -> Written:
    order = message.doc("order")
    lines = [
        f"{item.units('quantity')} × {item.text('product_retailer_id')}"
        for item in order.docs("product_items")
    ]
    words = order.text("text", limit=TEXT_LENGTH)
    return replace(start, text="\n".join(filter(None, [words, *lines])))


def _reaction(message: Doc, start: Written) -> Written:
    told = message.doc("reaction")
    return replace(
        start,
        kind=WrittenKind.REACTION,
        about=told.text("message_id", limit=200),
        text=told.text("emoji", limit=40),
        opens_window=False,
    )


def _edit(message: Doc, start: Written) -> Written:
    told = message.doc("edit")
    fresh = told.doc("message")
    kind = fresh.lower("type")
    body = fresh.doc(kind)
    return replace(
        start,
        kind=WrittenKind.EDIT,
        about=told.text("original_message_id", limit=200),
        text=body.text("body", "caption", limit=TEXT_LENGTH),
        opens_window=False,
    )


def _revoke(message: Doc, start: Written) -> Written:
    about = message.doc("revoke").text("original_message_id", limit=200)
    return replace(start, kind=WrittenKind.DELETION, about=about, opens_window=False)


def _system(message: Doc, start: Written) -> Written:
    told = message.doc("system")
    words = told.text("body") or "The number of this customer changed."
    return replace(start, text=words, opens_window=False, data={**start.data, "system": True})


def _unsupported(message: Doc, start: Written) -> Written:
    kind = message.doc("unsupported").lower("type") or message.lower("type") or "unknown"
    kind = kind.replace("_", " ")
    said = (
        f"(WhatsApp hands on no message of this kind: {kind}."
        " Ask for it as text, picture or document.)"
    )
    return replace(start, text=said, data={**start.data, "unsupported": kind})


_KINDS: dict[str, Callable[[Doc, Written], Written]] = {
    "text": _text,
    **dict.fromkeys(_MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "system": _system,
}
