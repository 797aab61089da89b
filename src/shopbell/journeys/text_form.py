"""A journey as text: written as `shopbell apply` takes it, and read with the line of each mistake.

A newcomer's mistake: looking for a line by searching the text. What is read is given its line
before it is read: a mark goes into each table, and comes out again afterwards.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shopbell.journeys.mistakes import plainly, reading_of
from shopbell.journeys.sketch import Json, tidy, ways_in
from shopbell.kit.errors import Invalid
from shopbell.kit.text import storable

LONGEST = 100_000
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MARK = "__line"


def to_toml(*, key: str, title: str, definition: Json, replaces: int = 0) -> str:
    """Return a journey as a piece of a file for `shopbell apply`.

    `replaces`: the number of a version of the editor that the file may publish over.
    """
    data = tidy(definition)
    head = {"key": key, "title": title, **({"replaces": replaces} if replaces else {})}
    lines = ["[[store.journey]]", *(f"{name} = {_value(value)}" for name, value in head.items())]
    lines += ["", "[store.journey.definition]"]
    lines += [f"{_key(n)} = {_value(v)}" for n, v in data.items() if n != "steps" and v is not None]
    return "\n".join([*lines, f"steps = {_steps(data['steps'], 0)}", ""])


def _steps(steps: list[Json], depth: int) -> str:
    if not steps:
        return "[]"
    pad = "  " * depth
    return "[\n" + "".join(f"{pad}  {_step(step, depth)},\n" for step in steps) + f"{pad}]"


def _step(step: Json, depth: int) -> str:
    inner = {"then", "else", "ways"} if ways_in(step) else set()
    first = {"id": step["id"], "do": step["do"]}
    rest = {n: v for n, v in step.items() if n not in {*inner, *first} and v is not None}
    parts = [f"{_key(name)} = {_value(value)}" for name, value in {**first, **rest}.items()]
    if step["do"] == "split":
        parts.append(f"ways = {_ways(step['ways'], depth + 1)}")
    else:
        parts += [f"{n} = {_steps(listed, depth + 1)}" for n, listed in ways_in(step) if listed]
    return f"{{ {', '.join(parts)} }}"


def _ways(ways: list[Json], depth: int) -> str:
    pad, lines = "  " * depth, []
    for way in ways:
        rest = {name: value for name, value in way.items() if name != "steps" and value is not None}
        parts = [f"{_key(name)} = {_value(value)}" for name, value in rest.items()]
        if way["steps"]:
            parts.append(f"steps = {_steps(way['steps'], depth + 1)}")
        lines.append(f"{pad}  {{ {', '.join(parts)} }},\n")
    return "[\n" + "".join(lines) + f"{pad}]"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = [f"{_key(n)} = {_value(v)}" for n, v in value.items() if v is not None]
        return f"{{ {', '.join(inner)} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each) for each in value if each is not None)}]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


# ---- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """A mistake in a text. `line` 0: it is about the whole."""

    line: int
    says: str


@dataclass(frozen=True, slots=True)
class Text:
    """What a text says. No `definition`: it cannot even be drawn."""

    definition: Json | None = None
    title: str = ""
    key: str = ""
    told: list[Told] = field(default_factory=list)


def read_text(text: str) -> Text:
    """Return the journey of a text, TOML or JSON, alone or as it stands in an apply file."""
    if len(text) > LONGEST:
        return Text(told=[Told(0, f"A journey has {LONGEST:,} letters at most.")])
    try:
        data = _parsed(text)
        lines: dict[str, int] = {}
        data = _unmarked(data, lines, "")
        outer = _journey_in(data)
        definition = outer.get("definition", outer)
        prefix = _where(data, definition)
        made = tidy(definition)
    except _Unreadable as error:
        return Text(told=[Told(error.line, error.says)])
    except Invalid as error:
        at = {place: said for place, said in error.fields.items()}
        return Text(told=[Told(_line(lines, prefix, p), f"{p}: {s}") for p, s in at.items()])
    wrong = reading_of(made).wrong
    told = [
        Told(_line(lines, prefix, place), f"{place}: {plainly(place, said)}")
        for place, said in wrong.items()
    ]
    told.sort(key=lambda each: each.line)
    named = outer if outer is not definition else {}
    return Text(made, str(named.get("title", "")), str(named.get("key", "")), told)


class _Unreadable(Exception):
    def __init__(self, line: int, says: str) -> None:
        super().__init__(says)
        self.line, self.says = line, says


def _parsed(text: str) -> Any:
    """Return the data of a text, each table with its line in it."""
    is_json = text.lstrip().startswith("{")
    try:
        _load(text, is_json)
    except json.JSONDecodeError as error:
        raise _Unreadable(error.lineno, f"{error.msg}.") from None
    except tomllib.TOMLDecodeError as error:
        said, _, place = str(error).rpartition(" (at ")
        number = re.search(r"line (\d+)", place)
        line = int(number[1]) if number else text.rstrip().count("\n") + 1
        raise _Unreadable(line, f"{said or error}.") from None
    except ValueError:
        raise _Unreadable(0, "A number in it cannot be used.") from None
    except RecursionError:
        raise _Unreadable(0, "It is nested too deep.") from None
    try:
        return _load(marked(text, is_json=is_json), is_json)
    except ValueError:  # a text that uses the mark itself
        return _load(text, is_json)


def _load(text: str, is_json: bool) -> Any:
    if is_json:
        return json.loads(text, parse_constant=_no_constant)
    return tomllib.loads(text)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_TOKENS = re.compile(
    r'"""(?:\\.|[^\\])*?"""+|'
    r"'''.*?'''+|"
    r'"(?:\\.|[^"\\\n])*"|'
    r"'[^'\n]*'|#[^\n]*|[\[\]{}\n]",
    re.DOTALL,
)


def marked(text: str, *, is_json: bool) -> str:
    """Return the text with the number of its line in each table."""
    found, at, line, depth = list[str](), 0, 1, 0
    header = 0  # the line of a header that has begun
    for token in _TOKENS.finditer(text):
        before, what = text[at : token.start()], token[0]
        at = token.end()
        begins = not text[text.rfind("\n", 0, token.start()) + 1 : token.start()].strip()
        found += (before, what)
        if what == "\n":
            if header:
                found.append(f"{_MARK} = {header}\n")
                header = 0
        elif what == "[" and begins and depth == 0 and not is_json:
            header, depth = line, 1
        elif what in "[{":
            depth += 1
        elif what in "]}":
            depth = max(0, depth - 1)
        if what == "{":
            sign = ":" if is_json else " ="
            more = "" if text[at:].lstrip().startswith("}") else ","
            found.append(f' "{_MARK}"{sign} {line}{more}')
        line += what.count("\n")
    found.append(text[at:])
    if header:
        found.append(f"\n{_MARK} = {header}\n")
    return "".join(found)


def _unmarked(value: Any, lines: dict[str, int], place: str) -> Any:
    """Return data without marks, noting the line of each table by its place."""
    if isinstance(value, dict):
        line = value.pop(_MARK, 0)
        lines[place] = line if isinstance(line, int) else 0
        return {
            storable(name): _unmarked(each, lines, f"{place}.{name}".lstrip("."))
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_unmarked(each, lines, f"{place}.{n}") for n, each in enumerate(value, 1)]
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int) or value is None:
        return value
    near = next((lines[up] for up in _ups(place) if lines.get(up)), 0)
    name = place.rpartition(".")[2]
    raise _Unreadable(near, f"{name}: a text in quotation marks, a whole number, true or false.")


def _journey_in(data: Any) -> Json:
    """Return the journey of a text, which may be a whole file."""
    found = data
    for name in ("store", "journey"):
        if isinstance(found, dict) and name in found:
            found = found[name]
            if isinstance(found, list) and len(found) != 1:
                raise _Unreadable(0, f"There are {len(found)} {name}s in it. One at a time.")
            found = found[0] if isinstance(found, list) else found
    if not isinstance(found, dict):
        raise _Unreadable(0, "There is no journey in it.")
    if not {"definition", "steps", "trigger"} & found.keys():
        raise _Unreadable(0, "There is no journey in it: nothing says `definition` or `steps`.")
    return found


def _where(data: Any, wanted: Any, place: str = "") -> str:
    """Return the place of a table in the data."""
    if data is wanted:
        return place
    inner: list[tuple[Any, Any]] = list(data.items()) if isinstance(data, dict) else []
    if isinstance(data, list):
        inner = list(enumerate(data, 1))
    for name, each in inner:
        if found := _where(each, wanted, f"{place}.{name}".lstrip(".")):
            return found
    return ""


def _line(lines: Mapping[str, int], prefix: str, place: str) -> int:
    """Return the line of a mistake: of the table it is in, or the nearest around it."""
    # The steps of a way are told as `ways.1.2` and stand at `ways.1.steps.2`.
    whole = re.sub(r"(\.ways\.\d+)\.(?=\d)", r"\1.steps.", f"{prefix}.{place}".lstrip("."))
    return next((lines[up] for up in _ups(whole) if lines.get(up)), 0)


def _ups(place: str) -> list[str]:
    parts = place.split(".")
    return [".".join(parts[:size]) for size in range(len(parts), -1, -1)]
