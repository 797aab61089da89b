"""The structure of a mail: headers and a tree of parts, split once and in linear time.

Our own, because every parser at hand is quadratic or recursive somewhere, and copies a mail of
35 MB several times: see docs/decisions/0201. A newcomer's mistake: trusting the tree to be as the
standard says. A missing end, a wrong boundary or no header at all are ordinary mail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from shopbell.kit.mail.reading import limits
from shopbell.kit.mail.reading.words import header_text, parameters, unfolded

_BLANKS = (b"\n\n", b"\n\r\n", b"\r\r")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_ENVELOPE = (b"From ", b">From ")

TOO_MANY_PARTS = "The mail has more than 200 parts; the rest was left out."
TOO_DEEP = "Parts are nested more than 20 deep; the inner ones were left out."
LONG_HEADERS = "The headers are longer than 256 KB; the rest was left out."
LONG_HEADER = "A header was longer than 16 KB and was cut."
MANY_HEADERS = "The mail has more than 500 headers; the rest was left out."


@dataclass(slots=True)
class Budget:
    """What is left of the limits while one mail is split."""

    parts: int = limits.PARTS
    problems: dict[str, None] = field(default_factory=dict)

    def note(self, problem: str) -> None:
        """Remember a sentence, once."""
        self.problems[problem] = None


class Headers:
    """The headers of a mail or part, raw; each is decoded when it is asked for."""

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self.fields = fields

    def all(self, name: str) -> list[str]:
        """Return every header of that name as text, top first."""
        return [header_text(raw) for raw in self._raw(name)]

    def get(self, name: str) -> str:
        """Return the topmost header of that name as text, or ""."""
        return next((header_text(raw) for raw in self._raw(name)), "")

    def structured(self, name: str) -> list[str]:
        """Return the headers of that name unfolded, encoded words in place."""
        return [unfolded(raw) for raw in self._raw(name)]

    def __contains__(self, name: str) -> bool:
        return any(True for _ in self._raw(name))

    def _raw(self, name: str) -> Iterator[bytes]:
        return (raw for key, raw in self.fields if key == name)


class Entity:
    """A mail or one of its parts. `body` is a view into the raw bytes; nothing is copied."""

    def __init__(self, headers: Headers, body: memoryview, usual_type: str = "text/plain") -> None:
        self.headers = headers
        self.body = body
        self.usual_type = usual_type
        self.children: list[Entity] = []

    @cached_property
    def _content_type(self) -> tuple[str, dict[str, str]]:
        values = self.headers.structured("content-type")
        kind, found = parameters(values[0]) if values else ("", {})
        if not re.fullmatch(r"[!-~]+/[!-~]+", kind):
            known = {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}
            kind = known.get(kind, self.usual_type if not kind else "text/plain")
        return kind, found

    @property
    def content_type(self) -> str:
        """`text/plain` and so on, lower case; the usual one where none or nonsense is given."""
        return self._content_type[0]

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the content type."""
        return self._content_type[1]

    @cached_property
    def disposition(self) -> tuple[str, dict[str, str]]:
        """`attachment`, `inline` or "", with its parameters."""
        values = self.headers.structured("content-disposition")
        return parameters(values[0]) if values else ("", {})

    @property
    def encoding(self) -> str:
        """The transfer encoding, lower case, without what was written after it."""
        words = self.headers.get("content-transfer-encoding").lower().split()
        return words[0].strip(";,\"'") if words else ""

    def walk(self) -> Iterator["Entity"]:
        """Yield this entity and everything in it, outer before inner."""
        yield self
        for child in self.children:
            yield from child.walk()


def split_mail(raw: bytes, budget: Budget) -> Entity:
    """Return the tree of a whole mail."""
    return _entity(memoryview(raw), _beginning(raw), len(raw), budget, 0, "text/plain")


def header_block(raw: bytes) -> bytes:
    """Return the raw header block, as much as is read of it."""
    start = _beginning(raw)
    end, _ = _header_end(memoryview(raw), start, len(raw))
    return raw[start : min(end, start + limits.HEADER_BLOCK_BYTES)]


def _beginning(raw: bytes) -> int:
    """Return where a mail begins behind a byte order mark and empty lines."""
    found = re.compile(rb"(?:\xef\xbb\xbf)?[\s]*(?=[^\s])").match(raw)
    start = found.end() if found else 0
    return start if _FIELD.match(raw, start, start + 300) else 0


def _entity(
    raw: memoryview, start: int, end: int, budget: Budget, depth: int, usual: str
) -> Entity:
    stop, body = _header_end(raw, start, end)
    if stop - start > limits.HEADER_BLOCK_BYTES:
        budget.note(LONG_HEADERS)
        stop = start + limits.HEADER_BLOCK_BYTES
    entity = Entity(Headers(_fields(bytes(raw[start:stop]), budget)), raw[body:end], usual)
    kind = entity.content_type
    nests = kind.startswith("multipart/") or kind in ("message/rfc822", "message/global")
    if not nests:
        return entity
    if depth >= limits.DEPTH:
        budget.note(TOO_DEEP)
    elif kind.startswith("multipart/"):
        _split_parts(entity, raw, body, end, budget, depth)
    elif entity.encoding in ("", "7bit", "8bit", "binary"):
        _add(entity, raw, body, end, budget, depth, "text/plain")
    return entity


def _header_end(raw: memoryview, start: int, end: int) -> tuple[int, int]:
    """Return where the headers stop and where the body starts."""
    data = raw.obj
    assert isinstance(data, bytes)
    for mark in (b"\r\n", b"\n"):
        if data.startswith(mark, start, end):
            return start, start + len(mark)
    first = raw[start : min(end, start + 300)]
    if not _FIELD.match(first) and not bytes(first[:6]).startswith(_ENVELOPE):
        return start, start  # no headers at all: everything is body
    stop, body = end, end
    for blank in _BLANKS:
        at = data.find(blank, start, body)
        if at >= 0:
            stop, body = at, at + len(blank)
    last = _last_field(data[start : min(stop, start + limits.HEADER_BLOCK_BYTES)])
    return (stop, body) if last is None else (start + last, start + last)


def _last_field(block: bytes) -> int | None:
    """Return where text begins that follows the headers without an empty line, or None."""
    at = len(block)
    for line in reversed(block.split(b"\n")):
        at -= len(line)
        if line[:1] in (b" ", b"\t") or _FIELD.match(line) or line.startswith(_ENVELOPE):
            after = at + len(line) + 1
            return after if after < len(block) else None
        at -= 1
    return None


def _fields(block: bytes, budget: Budget) -> list[tuple[str, bytes]]:
    fields: list[tuple[str, bytes]] = []
    lines: list[bytes] = []
    for line in [*_LINE_END.split(block), b""]:
        if line[:1] in (b" ", b"\t") and lines:
            lines.append(line)
            continue
        if lines and (found := _FIELD.match(lines[0])):
            if len(fields) == limits.HEADERS:
                budget.note(MANY_HEADERS)
                return fields
            value = b"\n".join([lines[0][found.end() :], *lines[1:]])
            if len(value) > limits.HEADER_BYTES:
                budget.note(LONG_HEADER)
            fields.append((found[1].decode("ascii").lower(), value[: limits.HEADER_BYTES]))
        lines = [line]
    return fields


def _split_parts(
    entity: Entity, raw: memoryview, start: int, end: int, budget: Budget, depth: int
) -> None:
    boundary = entity.parameters.get("boundary", "").rstrip()
    usual = "message/rfc822" if entity.content_type == "multipart/digest" else "text/plain"
    if not boundary or len(boundary) > limits.BOUNDARY:
        budget.note("The mail says it has parts, but not where they begin.")
        _add(entity, raw, start, end, budget, depth, usual, as_text=True)
        return
    begin = -1
    for line_start, line_end, last in _boundaries(raw, start, end, boundary):
        if begin >= 0 and not _add(entity, raw, begin, line_start, budget, depth, usual):
            return
        begin = -1 if last else line_end
        if last:
            break
    if begin >= 0 and begin < end:
        budget.note("The mail ends in the middle; its last part may be incomplete.")
        _add(entity, raw, begin, end, budget, depth, usual)
    elif not entity.children:
        budget.note("The mail says it has parts, but none could be found.")
        _add(entity, raw, start, end, budget, depth, usual, as_text=True)


def _boundaries(
    raw: memoryview, start: int, end: int, boundary: str
) -> Iterator[tuple[int, int, bool]]:
    """Yield (end of what is before, start of what is after, whether it closes) per boundary."""
    data = raw.obj
    assert isinstance(data, bytes)
    mark = re.escape(boundary.encode("utf-8", "replace"))
    line = re.compile(rb"(?<![^\r\n])--" + mark + rb"(--)?[ \t]*(?:\r\n|\n|\r|\Z)")
    for found in line.finditer(data, start, end):
        before = found.start()
        if before > start and data[before - 1] == 0x0A:
            before -= 1
        if before > start and data[before - 1] == 0x0D:
            before -= 1
        yield before, found.end(), found[1] is not None


def _add(
    entity: Entity,
    raw: memoryview,
    start: int,
    end: int,
    budget: Budget,
    depth: int,
    usual: str,
    *,
    as_text: bool = False,
) -> bool:
    """Add one child; False when the mail may have no more."""
    if budget.parts <= 0:
        budget.note(TOO_MANY_PARTS)
        return False
    budget.parts -= 1
    end = max(start, end)
    if as_text:
        entity.children.append(Entity(Headers([]), raw[start:end], usual))
    else:
        entity.children.append(_entity(raw, start, end, budget, depth + 1, usual))
    return True
