"""Which variables a template uses, and which of them nobody will ever fill in.

For the editor: a typo such as `{{ order.numer }}` is said before it holds up the first message.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from liquid.exceptions import LiquidError

from shopbell.messaging.rendering import engine
from shopbell.messaging.rendering.source import Source

_LOOP = re.compile(r"\{%-?\s*(?:for|tablerow)\s+([\w-]+)\s+in\s+([\w.]+)")
_OF_EVERY_VALUE = frozenset({"size", "first", "last"})
_OF_LIQUID = frozenset({"forloop", "tablerowloop", "now"})


def variables(source: Source) -> list[str]:
    """Return the paths a template uses (`order.number`), in alphabetical order."""
    return sorted({".".join(map(str, path)) for path in _paths(source)})


def unknown_variables(source: Source, sample: Mapping[str, Any]) -> list[str]:
    """Return the paths that lead nowhere in `sample`, a context in which everything is known."""
    loops = {name: path.split(".") for text in _texts(source) for name, path in _LOOP.findall(text)}
    unknown = set()
    for path in _paths(source):
        if path[0] in _OF_LIQUID:
            continue
        if not _leads_somewhere(_without_loops(path, loops), sample):
            unknown.add(".".join(map(str, path)))
    return sorted(unknown)


def _texts(source: Source) -> tuple[str, ...]:
    return (source.subject, source.preheader, source.body, source.text, source.layout.footer_note)


def _paths(source: Source) -> Iterable[list[str | int]]:
    for text in _texts(source):
        try:
            found = engine.TEXT.from_string(text).analyze(include_partials=False)
        except LiquidError:
            continue
        for name, uses in found.variables.items():
            if name in found.locals:
                continue
            for use in uses:
                yield [part if isinstance(part, str | int) else 0 for part in use.segments]


def _without_loops(path: list[str | int], loops: Mapping[str, list[str]]) -> list[str | int]:
    """Replace a loop's name by the first thing it goes over."""
    for _ in range(10):
        over = loops.get(str(path[0]))
        if over is None or over[0] == path[0]:
            break
        path = [*over, 0, *path[1:]]
    return path


def _leads_somewhere(path: list[str | int], value: Any) -> bool:
    for part in path:
        if part in _OF_EVERY_VALUE and not isinstance(value, Mapping):
            return isinstance(value, list | str) or value is None
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and isinstance(part, int):
            if part >= len(value):
                return True
            value = value[part]
        else:
            return False
    return True
