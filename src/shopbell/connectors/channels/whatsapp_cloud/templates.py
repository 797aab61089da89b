"""Approved templates: Meta's components translated to ours and back.

A newcomer's mistake: gaps are not always numbered. `{{first_name}}` is a name at Meta's, and gets
the number of its place here; the names go along for sending.
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
"""

import re
from collections.abc import Iterator
from typing import Any

from shopbell.connectors.channels.whatsapp_cloud.graph import NAME, Graph
from shopbell.connectors.channels.whatsapp_cloud.settings import WhatsAppSettings
from shopbell.connectors.reading import Doc
from shopbell.kit.errors import Permanent, Temporary
from shopbell.messaging.ports import ProviderTemplate, TemplateButton, TemplateStatus

FIELDS = (
    "id,name,language,status,category,components,quality_score,rejected_reason,parameter_format"
)
_PAGES, _ON_A_PAGE = 60, 100
_GAP = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}")
_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")

_STATUSES: dict[str, TemplateStatus] = {
    "approved": TemplateStatus.APPROVED,
    "pending": TemplateStatus.PENDING,
    "in_appeal": TemplateStatus.PENDING,
    "rejected": TemplateStatus.REJECTED,
    "paused": TemplateStatus.PAUSED,
    "limit_exceeded": TemplateStatus.PAUSED,
}  # all others (disabled, pending_deletion, deleted …) cannot be sent
_BUTTONS = {"quick_reply": "quick_reply", "url": "url", "phone_number": "phone"}
_OUR_BUTTONS = {ours: theirs.upper() for theirs, ours in _BUTTONS.items()}


def list_templates(settings: WhatsAppSettings) -> list[ProviderTemplate]:
    """Return all templates of the account, page by page."""
    graph, after = Graph(settings), ""
    found: list[ProviderTemplate] = []
    for _ in range(_PAGES):
        params: dict[str, Any] = {"fields": FIELDS, "limit": _ON_A_PAGE}
        if after:
            params["after"] = after
        page = graph.call("GET", _path(settings), params=params)
        found += [read_template(told) for told in page.docs("data") if told.text("name")]
        paging = page.doc("paging")
        after = paging.doc("cursors").text("after", limit=2000)
        if "next" not in paging or not after:
            return found
    raise Temporary(f"{NAME} has more templates than {_PAGES * _ON_A_PAGE:,}, or never ends.")


def submit(settings: WhatsAppSettings, template: ProviderTemplate) -> ProviderTemplate:
    """Ask for approval of a template."""
    if not _TEMPLATE_NAME.fullmatch(template.name):
        raise Permanent(
            "The name of a template has small letters, digits and underscores only.", code="invalid"
        )
    if template.header_kind not in ("", "text", "location"):
        raise Permanent(
            "A template with a picture or a file above it is made in Meta's WhatsApp Manager.",
            code="unsupported",
        )
    told = Graph(settings).call("POST", _path(settings), json=write_template(template))
    return ProviderTemplate(
        name=template.name,
        language=template.language,
        category=told.lower("category") or template.category,
        body=template.body,
        status=_STATUSES.get(told.lower("status"), TemplateStatus.PENDING),
        header_kind=template.header_kind,
        header=template.header,
        footer=template.footer,
        buttons=template.buttons,
        examples=template.examples,
        provider_id=told.ident("id"),
    )


def _path(settings: WhatsAppSettings) -> str:
    return f"{settings.business_account_id}/message_templates"


def read_template(told: Doc) -> ProviderTemplate:
    """Translate one template of Meta's."""
    parts = {part.lower("type"): part for part in told.docs("components")}
    empty = Doc(None)
    header, body = parts.get("header", empty), parts.get("body", empty)
    text, names = _numbered(body.text("text", limit=4096))
    reason = told.text("rejected_reason")
    return ProviderTemplate(
        name=told.text("name"),
        language=told.text("language", limit=20),
        category=told.lower("category"),
        body=text,
        status=_STATUSES.get(told.lower("status"), TemplateStatus.DISABLED),
        header_kind=header.lower("format") if header else "",
        header=_numbered(header.text("text"))[0],
        footer=parts.get("footer", empty).text("text"),
        buttons=tuple(_buttons(parts.get("buttons", empty))),
        examples=tuple(_examples(body)),
        provider_id=told.ident("id"),
        quality=told.doc("quality_score").lower("score"),
        reason="" if reason.upper() in ("", "NONE") else reason.replace("_", " ").lower(),
        names=names,
    )


def _numbered(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text with numbers for gaps, and the names they had, if they had some."""
    found = list(dict.fromkeys(_GAP.findall(text)))
    if all(gap.isdecimal() for gap in found):
        return text, ()
    return _GAP.sub(lambda gap: f"{{{{{found.index(gap[1]) + 1}}}}}", text), tuple(found)


def _buttons(part: Doc) -> Iterator[TemplateButton]:
    for told in part.docs("buttons"):
        kind = told.lower("type")
        value = told.text("url", "phone_number", limit=2000)
        yield TemplateButton(_BUTTONS.get(kind, kind), told.text("text"), value)


def _examples(body: Doc) -> list[str]:
    told = body.doc("example")
    rows = told.values("body_text")
    row = rows[0] if rows and isinstance(rows[0], list) else []
    named = [each.text("example") for each in told.docs("body_text_named_params")]
    return [str(each) for each in row] or named


def write_template(template: ProviderTemplate) -> dict[str, Any]:
    """Return a template as Meta wants it."""
    components: list[dict[str, Any]] = []
    if template.header_kind == "location":
        components.append({"type": "HEADER", "format": "LOCATION"})
    elif template.header:
        components.append({"type": "HEADER", "format": "TEXT", "text": template.header})
    body: dict[str, Any] = {"type": "BODY", "text": template.body}
    if template.examples:
        body["example"] = {"body_text": [list(template.examples)]}
    components.append(body)
    if template.footer:
        components.append({"type": "FOOTER", "text": template.footer})
    if template.buttons:
        buttons = [_write_button(button) for button in template.buttons]
        components.append({"type": "BUTTONS", "buttons": buttons})
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category.upper(),
        "components": components,
    }


def _write_button(button: TemplateButton) -> dict[str, Any]:
    content: dict[str, Any] = {
        "type": _OUR_BUTTONS.get(button.kind, button.kind.upper()),
        "text": button.text,
    }
    if button.kind == "url":
        content["url"] = button.value
        if _GAP.search(button.value):
            content["example"] = [_GAP.sub("example", button.value)]
    elif button.kind == "phone":
        content["phone_number"] = button.value
    return content
