"""Approved templates: which one tells a kind of message, in which language, with what in its gaps.

The provider keeps the words, we keep what fills them: Liquid, rendered like any text of ours, so a
gap that stays empty holds the message. A newcomer's mistake: sending our own text in its stead.
"""

import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shopbell.messaging.models import ApprovedTemplate, ApprovedText, Message
from shopbell.messaging.ports import (
    ApprovedUse,
    Medium,
    ProviderTemplate,
    TemplateButton,
    TemplateStatus,
)
from shopbell.messaging.rendering.source import Source

_BETWEEN = "\ue000"  # stands in nobody's words
_GAP = re.compile(r"{{\s*(\w+)\s*}}")
_SPACES = re.compile(r"\s+")
FILE = "file"  # the one gap of a header that is a picture, a video or a document
# What stands on top of a template, and the types a file may have there.
FILE_HEADERS: dict[str, tuple[str, ...]] = {
    "image": ("image/jpeg", "image/png"),
    "video": ("video/mp4", "video/3gpp"),
    "document": ("application/pdf",),
}
_ON_TOP = {"image": "picture", "video": "video", "document": "document"}

type ApprovedKey = tuple[uuid.UUID, str]  # connection, kind


@dataclass(frozen=True, slots=True)
class Approved:
    """What tells one kind in one inbox, by language as the provider writes it."""

    text: ApprovedText
    templates: dict[str, ApprovedTemplate]

    def in_language(self, locales: Sequence[str]) -> ApprovedTemplate | None:
        """Return the template in the first of these languages there is."""
        for locale in locales:
            wanted = locale.replace("-", "_")
            if wanted in self.templates:
                return self.templates[wanted]
            start = wanted.partition("_")[0]
            for language, template in sorted(self.templates.items()):
                if language.partition("_")[0] == start:
                    return template
        return None


def text_kind(message: Message) -> str:
    """Return under which kind a message's text is kept: an announcement has one of its own."""
    return str(message.data.get("text_kind") or message.kind)


def approved_for(
    connections: Collection[uuid.UUID], kinds: Collection[str]
) -> dict[ApprovedKey, Approved]:
    """Return what tells these kinds in these inboxes, where the provider approves of it now."""
    texts = list(ApprovedText.objects.filter(connection__in=connections, kind__in=kinds))
    if not texts:
        return {}
    rows = ApprovedTemplate.objects.filter(
        connection__in=connections,
        name__in={text.name for text in texts},
        status=TemplateStatus.APPROVED,
        gone_at=None,
    )
    found: dict[tuple[uuid.UUID, str], dict[str, ApprovedTemplate]] = defaultdict(dict)
    for row in rows:
        found[row.connection_id, row.name][row.language] = row
    return {
        (text.connection_id, text.kind): Approved(text, found[text.connection_id, text.name])
        for text in texts
        if found[text.connection_id, text.name]
    }


def gaps_source(text: ApprovedText, medium: Medium, locale: str) -> Source:
    """Return what is rendered to fill the gaps, in one piece."""
    parts = [*text.header, *text.body, *text.buttons]
    return Source(body=_BETWEEN.join(parts) or " ", medium=medium, locale=locale)


def kept_templates(connection: uuid.UUID) -> list[ProviderTemplate]:
    """Return the templates of an inbox as they are kept, needs the store's scope."""
    rows = ApprovedTemplate.objects.filter(connection=connection, gone_at=None)
    return [
        ProviderTemplate(
            name=row.name,
            language=row.language,
            category=row.category,
            status=TemplateStatus(row.status),
            quality=row.quality,
            reason=row.reason,
            **_content(row.content),
        )
        for row in rows.order_by("name", "language")
    ]


def _content(kept: dict[str, Any]) -> dict[str, Any]:
    buttons = tuple(TemplateButton(**each) for each in kept.get("buttons", ()))
    return {**kept, "buttons": buttons, "examples": tuple(kept.get("examples", ()))}


def headline(template: ApprovedTemplate) -> str:
    """Return the text above a template's text; of a picture or a file there is none."""
    content = template.content
    return str(content.get("header", "")) if content.get("header_kind") == "text" else ""


def file_header(template: ApprovedTemplate) -> str:
    """Return image, video or document if such a file stands on top of a template, else ""."""
    kind = str(template.content.get("header_kind", ""))
    return kind if kind in FILE_HEADERS else ""


def on_top(template: ApprovedTemplate) -> str:
    """Return what file stands on top, in words: picture, video, document; else ""."""
    return _ON_TOP.get(file_header(template), "")


def can_be_filled(template: ApprovedTemplate) -> bool:
    """Whether we have something for all of its parts; a place on a map on top we have not."""
    kind = template.content.get("header_kind", "")
    return kind in ("", "text", *FILE_HEADERS) and template.category != "authentication"


def gaps_of(template: ApprovedTemplate) -> dict[str, list[str]]:
    """Return the gaps of a template: of its header, its text and the addresses of its buttons."""
    buttons = template.content.get("buttons", [])
    return {
        "header": [FILE] if file_header(template) else gap_names(headline(template)),
        "body": gap_names(str(template.content.get("body", ""))),
        "buttons": [str(buttons[place].get("text", "")) for place in _button_places(template)],
    }


def _button_places(template: ApprovedTemplate) -> list[int]:
    """Return which of a template's buttons have a gap in their address."""
    buttons = template.content.get("buttons", [])
    return [
        place for place, button in enumerate(buttons) if gap_names(str(button.get("value", "")))
    ]


def filled(text: ApprovedText, template: ApprovedTemplate, rendered: str) -> dict[str, Any]:
    """Return what a message keeps of its use of a template, as plain values."""
    values = [_SPACES.sub(" ", part).strip() for part in rendered.split(_BETWEEN)]
    first, second = len(text.header), len(text.header) + len(text.body)
    return kept_use(
        template,
        header=values[:first],
        body=values[first:second],
        buttons=values[second : second + len(text.buttons)],
    )


def kept_use(
    template: ApprovedTemplate,
    *,
    header: Sequence[str],
    body: Sequence[str],
    buttons: Sequence[str],
    uploaded: bool = False,
) -> dict[str, Any]:
    """Return what a message keeps of its use of a template.

    `buttons`: of those with a gap. `uploaded`: what stands on top is the message's own file.
    """
    content = template.content
    return {
        **({"uploaded": True} if uploaded else {}),
        "name": template.name,
        "language": template.language,
        "header": list(header),
        "header_kind": str(content.get("header_kind", "")),
        "body": list(body),
        "names": list(content.get("names", [])),
        "buttons": list(buttons),
        "button_places": _button_places(template),
    }


def lack_of(use: dict[str, Any]) -> str:
    """Say what is missing before it can be sent, "" if nothing is."""
    what = _ON_TOP.get(use["header_kind"], "")
    if what and not use.get("uploaded"):
        address = next(iter(use["header"]), "")
        if not address:
            return f"The template has a {what} on top, and there is none."
        if not is_public_address(address):
            return f"The {what} on top needs a public address that begins with https://."
    if not all(value for part in ("header", "body", "buttons") for value in use[part]):
        return f"A gap of the template “{use['name']}” stays empty."
    return ""


def is_public_address(address: str) -> bool:
    """Whether a provider can fetch a file there."""
    try:
        parts = urlsplit(address)
        named = parts.scheme == "https" and "." in (parts.hostname or "") and not parts.username
    except ValueError:
        return False
    return named and len(address) <= 2000 and not _SPACES.search(address)


def reads_like(template: ApprovedTemplate, use: dict[str, Any]) -> str:
    """Return the text as the customer reads it, for the ledger and the desk."""
    content = template.content
    top = next(iter(use["header"]), "") if file_header(template) else ""
    parts = [
        top or _put_in(headline(template), use["header"]),
        _put_in(str(content.get("body", "")), use["body"]),
        str(content.get("footer", "")),
    ]
    return "\n\n".join(part for part in parts if part)


def gap_names(words: str) -> list[str]:
    """Return the placeholders of a template's text, each once, in order."""
    return list(dict.fromkeys(_GAP.findall(words)))


def _put_in(words: str, values: Sequence[str]) -> str:
    known = dict(zip(gap_names(words), values, strict=False))
    return _GAP.sub(lambda gap: known.get(gap[1], gap[0]), words)


def use_of(data: dict[str, Any]) -> ApprovedUse | None:
    """Return the template a message goes out as, from its data."""
    kept = data.get("approved")
    if not isinstance(kept, dict):
        return None
    return ApprovedUse(
        name=str(kept["name"]),
        language=str(kept["language"]),
        header=tuple(map(str, kept.get("header", ()))),
        body=tuple(map(str, kept.get("body", ()))),
        buttons=_in_their_places(kept),
        header_kind=str(kept.get("header_kind", "")),
        names=tuple(map(str, kept.get("names", ()))),
    )


def _in_their_places(kept: dict[str, Any]) -> tuple[str, ...]:
    """Return what fills each button of the template, "" where one has no gap."""
    values = [str(value) for value in kept.get("buttons", ())]
    places = kept.get("button_places") or list(range(len(values)))
    known = dict(zip(places, values, strict=False))
    return tuple(known.get(place, "") for place in range(max(known, default=-1) + 1))
