"""The conditions of a step's own in its form: the rows that segments are put together with.

What was typed and cannot be used is kept as it was typed, and told at its row. A newcomer's
mistake: writing back what nobody changed. A file's own way of writing it would be lost.
"""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from shopbell.journeys.sketch import Json
from shopbell.kit.errors import Invalid
from shopbell.segments.conditions.behaviour import SEGMENT
from shopbell.segments.editor import (
    Draft,
    Editor,
    draft_from,
    draft_in,
    edited,
    editor_of,
    new_draft,
)
from shopbell.segments.tree import MODES, read

COMMANDS = ("more", "less", "block", "unblock", "conditions", "segment", "ask")


def has_own(step: Json) -> bool:
    """Return whether a step asks conditions of its own, and no segment."""
    return any(mode in step for mode in MODES)


def draft_for(step: Json) -> Draft | None:
    """Return the conditions of a step as rows; None: it has none, or they are nested deeper."""
    plain = {mode: step[mode] for mode in MODES if mode in step}
    return draft_in(plain) if len(plain) == 1 else None


def editor_for(
    step: Json,
    *,
    segments: Mapping[str, str],
    currency: str,
    wrong: Mapping[str, str],
    fresh: str = "",
) -> Editor | None:
    """Return the rows as they are drawn. `segments`: what can be referred to, `wrong`: by place."""
    draft = draft_for(step)
    if draft is None:
        return None
    if not _is_nested(step):
        wrong = {f"all.0.{place}" if place else "": said for place, said in wrong.items()}
    others = dict(segments)
    for row in (row for block in draft.blocks for row in block.rows if row.key == SEGMENT):
        if told := row.values.get("segment"):
            others.setdefault(str(told), "not known here")
    return editor_of(
        draft, currency=currency, others=list(others.items()), wrong=wrong, fresh=fresh
    )


def _is_nested(step: Json) -> bool:
    """Whether the rows stand in groups within `all`, and not in the step itself."""
    inner = step.get("all") or ()
    return any(not isinstance(each, dict) or {"is", "not"}.isdisjoint(each) for each in inner)


def take_typed_conditions(step: Json, posted: QueryDict) -> None:
    """Write the rows of a form into a step that shows them."""
    before = draft_for(step)
    if before is not None and "blocks" in posted:
        draft = draft_from(posted)
        if draft.blocks != before.blocks:
            _write(step, draft)


def change(step: Json, command: str, place: str) -> str:
    """Do what a button of the rows says; returns the place at which to go on."""
    if command == "segment":
        _clear(step)
        return ""
    if command == "conditions":
        step.pop("segment", None)
        _write(step, new_draft())
        return "g0.0"
    draft = draft_for(step)
    if draft is None or command == "ask":
        return place
    fresh = edited(draft, f"{command} {place}")
    _write(step, draft)
    return fresh or _beside(draft, place)


def _beside(draft: Draft, place: str) -> str:
    """Return the condition at which to go on where one was taken away; "" where none is left."""
    block, _, row = place.removeprefix("g").partition(".")
    if not draft.blocks:
        return ""
    number = min(int(block) if block.isdigit() else 0, len(draft.blocks) - 1)
    last = len(draft.blocks[number].rows) - 1
    return f"g{number}.{min(int(row) if row.isdigit() else 0, last)}"


def _clear(step: Json) -> None:
    for mode in MODES:
        step.pop(mode, None)


def _write(step: Json, draft: Draft) -> None:
    """Write rows into a step, as they are kept where they can be used, else as they were typed."""
    plain: dict[str, Any] = draft.to_json()
    try:
        plain = read(plain).to_json()
    except Invalid:
        pass
    groups = plain["all"]
    _clear(step)
    step.update(groups[0] if len(groups) == 1 else plain)
