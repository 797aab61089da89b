"""Sorts the parts of a mail into what was written and what was attached.

A newcomer's mistake: dropping what is neither. A part that nobody understands is an attachment.
"""

from dataclasses import dataclass, field

from shopbell.kit.mail.reading.mime import Entity
from shopbell.kit.mail.reading.texts import Passage

_WRITTEN = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"})
_DUPLICATES = frozenset({"text/x-amp-html", "text/watch-html"})


@dataclass(slots=True)
class Selection:
    """What a mail is made of, for its readers."""

    passages: list[Passage] = field(default_factory=list)
    attachments: list[Entity] = field(default_factory=list)


def select(mail: Entity) -> Selection:
    """Return the passages and attachments of a mail."""
    selection = Selection()
    selection.passages = _passages(mail, selection, alone=True)
    return selection


def _passages(entity: Entity, selection: Selection, *, alone: bool) -> list[Passage]:
    kind = entity.content_type
    if kind == "multipart/alternative":
        return _alternatives(entity, selection)
    if kind == "multipart/related" and entity.children:
        return _related(entity, selection, alone=alone)
    if kind.startswith("multipart/"):
        found: list[Passage] = []
        for child in entity.children:
            found += _passages(child, selection, alone=alone and not found)
        return found
    if kind in _WRITTEN and not _is_attached(entity, alone=alone):
        if kind == "text/html":
            return [Passage(pages=[entity])]
        return [Passage(texts=[entity])]
    selection.attachments.append(entity)
    return []


def _is_attached(entity: Entity, *, alone: bool) -> bool:
    """Whether a text is a file; a name alone does not make the only text of a mail one."""
    disposition, parameters = entity.disposition
    if disposition == "attachment":
        return True
    named = bool(parameters.get("filename") or entity.parameters.get("name"))
    return (named or bool(entity.headers.get("content-id") and disposition)) and not alone


def _alternatives(entity: Entity, selection: Selection) -> list[Passage]:
    """Join the versions of one text: the first plain one and the last with HTML."""
    passage = Passage()
    for child in entity.children:
        if child.content_type in _DUPLICATES:
            continue
        found = _passages(child, selection, alone=True)
        pages = [page for one in found for page in one.pages]
        texts = [text for one in found for text in one.texts]
        if pages:
            passage.pages = pages
        elif texts and not passage.texts:
            passage.texts = texts
    return [passage] if passage.pages or passage.texts else []


def _related(entity: Entity, selection: Selection, *, alone: bool) -> list[Passage]:
    start = entity.parameters.get("start", "").strip("<>")
    roots = [
        child
        for child in entity.children
        if start and child.headers.get("content-id").strip().strip("<>") == start
    ]
    root = roots[0] if roots else entity.children[0]
    found: list[Passage] = []
    for child in entity.children:
        if child is root or child.content_type.startswith("multipart/"):
            found += _passages(child, selection, alone=alone and not found)
        elif child.content_type in _WRITTEN and not found and child is not root:
            found += _passages(child, selection, alone=alone)
        else:
            selection.attachments.append(child)
    return found
