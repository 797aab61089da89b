"""The composer's form: blocks as fields, and what its buttons do to them.

A form is a list of places (`2`, `3.left.1`) with their kinds and fields, so it works without any
script. A newcomer's mistake: trusting the numbers. What comes in is read anew by `read_blocks`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime, tzinfo
from typing import Any

from django.http import QueryDict

from shopbell.campaigns.content.blocks import KINDS, PERSONAL, Block, moment

type Json = dict[str, Any]

_PLACE = re.compile(r"\d{1,3}(?:\.(?:left|right)\.\d{1,3})?")
MOMENTS = ("until", "ends")


def typed_content(form: QueryDict, zone: tzinfo) -> Json:
    """Return what was typed, as JSON of a content."""
    content: Json = {
        name: str(form.get(name, ""))[:20_000] for name in ("subject", "preheader", "text", "plain")
    }
    content["blocks"] = blocks = []
    by_place: dict[str, Json] = {}
    for place in form.getlist("place")[:200]:
        kind = str(form.get(f"{place}.kind", ""))
        if not _PLACE.fullmatch(place) or kind not in KINDS:
            continue
        made = _typed_block(form, place, kind, zone)
        by_place[place] = made
        outer, _, inner = place.partition(".")
        if not inner:
            blocks.append(made)
        elif by_place.get(outer, {}).get("kind") == "columns":
            by_place[outer][inner.partition(".")[0]].append(made)
    return content


def _typed_block(form: QueryDict, place: str, kind: str, zone: tzinfo) -> Json:
    if kind == "columns":
        return {"kind": kind, "left": [], "right": []}
    made: Json = {"kind": kind}
    for each in fields(KINDS[kind]):
        value = str(form.get(f"{place}.{each.name}", "") or "")[:20_000]
        if each.name in MOMENTS:
            value = _with_zone(value, zone)
        if each.name != "size" or value:
            made[each.name] = value
    if kind == "coupon" and form.get(f"{place}.whose") == "own":
        made["code"] = PERSONAL
    elif kind == "coupon" and made["code"] == PERSONAL:
        made["code"] = ""
    return made


def _with_zone(text: str, zone: tzinfo) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return (found if found.tzinfo else found.replace(tzinfo=zone)).isoformat()


def as_typed(iso: str, zone: tzinfo) -> str:
    """Return a moment as the field for days and hours wants it."""
    found = moment(iso) if iso else None
    return f"{found.astimezone(zone):%Y-%m-%dT%H:%M}" if found else ""


def done(content: Json, what: str) -> str:
    """Do what a button says to the blocks of a content; returns the place to go on at.

    `add:text:` and `add:text:2.left` add at the end of a list; `up:2`, `down:2`, `drop:2` and
    `copy:2` do it to the block there. What does not fit any more does nothing.
    """
    name, _, rest = what.partition(":")
    if name == "add":
        kind, _, stack = rest.partition(":")
        return _added(content, kind, stack)
    act = _ACTS.get(name)
    stack, _, number = rest.rpartition(".")
    blocks = _stack(content, stack)
    if act is None or blocks is None or not number.isdigit() or not 1 <= int(number) <= len(blocks):
        return ""
    at = act(blocks, int(number) - 1)
    if at is None or not blocks:
        return ""
    return f"{stack}.{at + 1}".lstrip(".")


def _added(content: Json, kind: str, stack: str) -> str:
    blocks = _stack(content, stack)
    if blocks is None or kind not in KINDS or (stack and kind == "columns"):
        return ""
    blocks.append(fresh(kind))
    return f"{stack}.{len(blocks)}".lstrip(".")


def fresh(kind: str) -> Json:
    """Return a new block of a kind."""
    return KINDS[kind]().to_json()


def _stack(content: Json, stack: str) -> list[Json] | None:
    blocks: list[Json] = content["blocks"]
    if not stack:
        return blocks
    outer, _, side = stack.partition(".")
    if not outer.isdigit() or not 1 <= int(outer) <= len(blocks) or side not in ("left", "right"):
        return None
    found = blocks[int(outer) - 1].get(side)
    return found if isinstance(found, list) else None


def _up(blocks: list[Json], at: int) -> int:
    to = max(0, at - 1)
    blocks.insert(to, blocks.pop(at))
    return to


def _down(blocks: list[Json], at: int) -> int:
    to = min(len(blocks) - 1, at + 1)
    blocks.insert(to, blocks.pop(at))
    return to


def _drop(blocks: list[Json], at: int) -> int | None:
    del blocks[at]
    return min(at, len(blocks) - 1) if blocks else None


def _copy(blocks: list[Json], at: int) -> int:
    blocks.insert(at + 1, {**blocks[at]})
    return at + 1


_ACTS: Mapping[str, Callable[[list[Json], int], int | None]] = {
    "up": _up,
    "down": _down,
    "drop": _drop,
    "copy": _copy,
}


def shown_block(block: Block, place: str, of: int, zone: tzinfo) -> Json:
    """Return one block for the form's template."""
    number = int(place.rpartition(".")[2])
    values = block.to_json()
    for name in MOMENTS:
        if name in values:
            values[name] = as_typed(values[name], zone)
    return {
        "place": place,
        "kind": block.kind,
        "title": block.title,
        "values": values,
        "first": number == 1,
        "last": number == of,
        "own_code": values.get("code") == PERSONAL,
        "sides": [
            {
                "stack": f"{place}.{side}",
                "name": name,
                "blocks": [
                    shown_block(each, f"{place}.{side}.{n}", len(stack), zone)
                    for n, each in enumerate(stack, 1)
                ],
            }
            for side, name, stack in (
                ("left", "Left", getattr(block, "left", ())),
                ("right", "Right", getattr(block, "right", ())),
            )
        ]
        if block.kind == "columns"
        else [],
    }
