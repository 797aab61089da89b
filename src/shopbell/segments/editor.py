"""The editor of a segment: what was posted becomes a draft, a draft becomes fields and conditions.

Blocks that all hold, each of conditions that all, any or none hold; deeper trees come from
elsewhere and are shown in words only. Names of fields are places: `g0.1.days` is the days of the
second condition of the first block. Nothing is kept until it is saved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from shopbell.segments.conditions.behaviour import SEGMENT
from shopbell.segments.tree import Condition, Group
from shopbell.segments.vocabulary import CONDITIONS, Choices, Kind, Param

MOST_ROWS = 30
FIRST = "last_order"  # what a new row asks
MODES = (
    ("all", "all of these hold"),
    ("any", "at least one of these holds"),
    ("none", "none of these holds"),
)


@dataclass(slots=True)
class DraftRow:
    """One condition being put together; values are as they were typed."""

    key: str = FIRST
    negated: bool = False
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class DraftBlock:
    """A block of conditions being put together."""

    mode: str = "all"
    rows: list[DraftRow] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A segment being put together."""

    name: str = ""
    blocks: list[DraftBlock] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return its conditions in their plain form, unchecked."""
        return {"all": [{block.mode: [_plain(row) for row in block.rows]} for block in self.blocks]}


def _plain(row: DraftRow) -> dict[str, Any]:
    given = {name: value for name, value in row.values.items() if value not in ("", None)}
    return {"not" if row.negated else "is": row.key, **given}


def new_row(key: str = FIRST) -> DraftRow:
    """Return a row as it begins, with the usual values of its condition."""
    return DraftRow(key, False, {param.name: _usual(param) for param in CONDITIONS[key].params})


def _usual(param: Param) -> Any:
    if param.optional and param.kind == "number" and not param.default:
        return ""
    if param.kind == "choice" and not param.default and param.choices:
        return next((key for key, _ in param.choices()), "")
    return param.default


def new_draft() -> Draft:
    """Return what the editor of a new segment begins with."""
    return Draft(blocks=[DraftBlock("all", [new_row()])])


def draft_of(name: str, tree: Group) -> Draft | None:
    """Return the draft of a tree; None for one that is deeper than the editor goes."""
    if tree.mode != "all":
        return Draft(name, [_block(tree)]) if _is_flat(tree) else None
    loose = [node for node in tree.of if isinstance(node, Condition)]
    groups = [node for node in tree.of if isinstance(node, Group)]
    if not all(_is_flat(group) for group in groups):
        return None
    blocks = [_block(Group("all", tuple(loose)))] if loose else []
    return Draft(name, blocks + [_block(group) for group in groups if group.of])


def _is_flat(group: Group) -> bool:
    return all(isinstance(node, Condition) for node in group.of)


def _block(group: Group) -> DraftBlock:
    rows = [node for node in group.of if isinstance(node, Condition)]
    return DraftBlock(group.mode, [_row(condition) for condition in rows])


def _row(condition: Condition) -> DraftRow:
    shown: dict[str, Any] = {}
    for param in CONDITIONS[condition.key].params:
        value = condition.values.get(param.name, "")
        if param.kind == "words" and isinstance(value, list | tuple):
            value = ", ".join(map(str, value))
        shown[param.name] = "" if param.optional and value == param.default else value
    return DraftRow(condition.key, condition.negated, shown)


def draft_in(plain: Any) -> Draft | None:
    """Return the draft of a plain form, which may hold mistakes; None for one it cannot show."""
    if not isinstance(plain, dict) or len(plain) != 1:
        return None
    [(mode, inner)] = plain.items()
    if mode not in dict(MODES) or not isinstance(inner, list):
        return None
    nested = [each for each in inner if isinstance(each, dict) and each.keys() & dict(MODES).keys()]
    if not nested:
        rows = [_row_in(each) for each in inner]
        known = [row for row in rows if row is not None]
        return Draft(blocks=[DraftBlock(mode, known)]) if len(known) == len(rows) else None
    if mode != "all" or len(nested) != len(inner):
        return None
    drafts = [draft_in(each) if len(each) == 1 else None for each in nested]
    blocks = [block for draft in drafts if draft is not None for block in draft.blocks]
    return Draft(blocks=blocks) if len(blocks) == len(inner) else None


def _row_in(plain: Any) -> DraftRow | None:
    word = next((word for word in ("is", "not") if isinstance(plain, dict) and word in plain), "")
    key = plain[word] if word else ""
    if not isinstance(key, str) or key not in CONDITIONS:
        return None
    kind = CONDITIONS[key]
    given = {name: value for name, value in plain.items() if name != word}
    if given.keys() - {param.name for param in kind.params}:
        return None
    return _row(Condition(key, given, word == "not"))


# ---- what is posted ---------------------------------------------------------------------------


def draft_from(posted: QueryDict) -> Draft:
    """Return the draft in a posted form."""
    blocks = [_block_from(posted, f"g{n}") for n in range(_count(posted.get("blocks", "")))]
    return Draft(posted.get("name", "")[:200], blocks)


def _count(text: str) -> int:
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _block_from(posted: QueryDict, place: str) -> DraftBlock:
    mode = posted.get(f"{place}.mode", "all")
    size = _count(posted.get(f"{place}.size", ""))
    rows = [_row_from(posted, f"{place}.{n}") for n in range(size)]
    known = mode in dict(MODES)
    return DraftBlock(mode if known else "all", [row for row in rows if row is not None])


def _row_from(posted: QueryDict, place: str) -> DraftRow | None:
    key = posted.get(f"{place}.key", "")
    if key not in CONDITIONS:
        return None
    row = new_row(key)
    if posted.get(f"{place}.was") == key:  # else another condition was chosen: its usual values
        row.negated = posted.get(f"{place}.way") == "not"
        for name in row.values:
            row.values[name] = posted.get(f"{place}.{name}", "").strip()[:500]
    return row


def edited(draft: Draft, press: str) -> str:
    """Change a draft as a button says; returns the place of what is new in it."""
    verb, _, place = press.partition(" ")
    first, _, second = place.removeprefix("g").partition(".")
    number, row = _count(first), _count(second)
    if verb == "block" and len(draft.blocks) < MOST_ROWS:
        draft.blocks.append(DraftBlock("all", [new_row()]))
        return f"g{len(draft.blocks) - 1}.0"
    if number >= len(draft.blocks):
        return ""
    block = draft.blocks[number]
    if verb == "more" and len(block.rows) < MOST_ROWS:
        block.rows.append(new_row())
        return f"g{number}.{len(block.rows) - 1}"
    if verb == "less" and row < len(block.rows):
        del block.rows[row]
    if verb == "unblock" or not block.rows:
        del draft.blocks[number]
    return ""


# ---- what is drawn ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a condition as the editor draws it."""

    place: str
    param: Param
    value: Any
    choices: Choices
    wrong: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as the editor draws it."""

    place: str
    kind: Kind
    negated: bool
    fields: list[Field]
    wrong: list[str]
    fresh: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A block of conditions as the editor draws it."""

    place: str
    mode: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Editor:
    """All the editor draws."""

    draft: Draft
    blocks: list[Block]
    menu: list[tuple[str, list[tuple[str, str]]]]
    modes: Sequence[tuple[str, str]]
    currency: str
    wrong: Mapping[str, str]


def editor_of(
    draft: Draft,
    *,
    currency: str,
    others: Choices,
    wrong: Mapping[str, str] | None = None,
    fresh: str = "",
) -> Editor:
    """Return what the editor draws. `others`: the segments it may refer to; `wrong`: by place."""
    mistakes = dict(wrong or {})
    blocks = [
        Block(
            f"g{n}",
            block.mode,
            [
                _drawn(row, f"g{n}.{m}", others, _mistakes(mistakes, n, block.mode, m), fresh)
                for m, row in enumerate(block.rows)
            ],
        )
        for n, block in enumerate(draft.blocks)
    ]
    return Editor(draft, blocks, _menu(bool(others)), MODES, currency, mistakes)


def _mistakes(wrong: Mapping[str, str], block: int, mode: str, row: int) -> dict[str, str]:
    """Return the mistakes of a row by the name of the value, from their places in the tree."""
    here = f"all.{block}.{mode}.{row}"
    return {
        place.removeprefix(here).lstrip("."): said
        for place, said in wrong.items()
        if place == here or place.startswith(f"{here}.")
    }


def _drawn(row: DraftRow, place: str, others: Choices, wrong: Mapping[str, str], fresh: str) -> Row:
    kind = CONDITIONS[row.key]
    fields = []
    for param in kind.params:
        choices = others if param.kind == "segment" else param.choices() if param.choices else ()
        value = row.values.get(param.name, "")
        fields.append(Field(f"{place}.{param.name}", param, value, choices, param.name in wrong))
    return Row(place, kind, row.negated, fields, list(wrong.values()), place == fresh)


def _menu(with_segments: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for kind in CONDITIONS.values():
        if kind.key != SEGMENT or with_segments:
            found.setdefault(kind.group, []).append((kind.key, kind.label))
    return list(found.items())
