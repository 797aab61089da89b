"""The hardened Liquid: what a merchant's template may do, and what it may not.

Runs in the child process only (the loop and size limits here stop what is honest or clumsy; the
child's memory and time limits stop the rest). A newcomer's mistake: handing in anything but plain
JSON. Attributes of Python objects are not reachable, but there is no reason to offer any.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from liquid import Environment
from liquid.builtin.expressions import Path, logical
from liquid.builtin.expressions.primitive import Blank
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.context import RenderContext
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.template import BoundTemplate
from liquid.token import Token
from liquid.undefined import is_undefined
from liquid.utils import ReadOnlyChainMap

from shopbell.messaging.rendering.filters import ALLOWED, CONTEXTUAL, ours
from shopbell.messaging.rendering.quick import quicken, render_output

LOOP_LIMIT = 10_000
TEXT_LIMIT = 200_000
HTML_LIMIT = 1_000_000
SUBJECT_LIMIT = 998
FORBIDDEN_TAGS = ("include", "render")
_RANGE_LIMIT = 1_000
_LIST_LIMIT = 10_000
_STRING_LIMIT = 1_000_000
_BITS_LIMIT = 2_048
_ANSWERS_FOR_NOTHING = {"default", "size"}
_ARGUMENT_MAY_BE_EMPTY = {"money", "date", "default"}


_equal = logical._eq


def _equal_or_blank(left: object, right: object) -> bool:
    """Let nothing and false be `blank`, as in Shopify's Liquid (`{% if order.note != blank %}`)."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Blank) and (other is None or other is False or is_undefined(other)):
            return True
    return bool(_equal(left, right))


logical._eq = _equal_or_blank


class TooLarge(Exception):
    """The template makes more than a message may hold."""


class Buffer:
    """Where a message grows; refuses to grow past `limit` characters."""

    __slots__ = ("limit", "parts", "size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.parts: list[str] = []

    def write(self, text: str, /) -> int:
        """Add text, or raise `TooLarge`."""
        length = len(text)
        self.size += length
        if self.size > self.limit:
            raise TooLarge
        self.parts.append(text)
        return length

    def getvalue(self) -> str:
        """Return all of it."""
        return "".join(self.parts)


class Context(RenderContext):
    """One rendering: counts all loop turns, remembers printed variables that had no value."""

    __slots__ = ("currency", "limit", "locale", "missing", "now", "turns", "zone")

    def __init__(self, template: BoundTemplate, **options: Any) -> None:
        super().__init__(template, **options)
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)
        self.missing: dict[str, None] = {}
        self.turns = 0
        self.limit = TEXT_LIMIT
        self.locale, self.currency, self.zone, self.now = "en", "EUR", "UTC", ""

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Count every turn of every loop of the message, not only nested ones."""
        self.turns += length
        if self.turns > LOOP_LIMIT:
            raise TooLarge

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """Return a filter; those that need locale or currency get this rendering handed in."""
        if name in CONTEXTUAL:
            return partial(self.env.filters[name], self)
        try:
            return self.env.filters[name]
        except KeyError:
            return super().filter(name, token)

    def get_buffer(self, buf: Any = None) -> Any:
        """Return a buffer for `capture` and blocks, within what is left of the message."""
        used = buf.size if isinstance(buf, Buffer) else 0
        return Buffer(self.limit - used)

    def note_if_empty(self, path: Path, value: object) -> None:
        """Remember `path` if it printed nothing, unless the template itself set it so."""
        if value == "" and str(path.path[0]) in self.locals:
            return
        self.missing[str(path)] = None


def _is_empty(value: object) -> bool:
    return not value and not isinstance(value, bool | int | float | list | dict)


def guard_size(value: Any) -> None:
    """Raise `TooLarge` for a value no message needs."""
    if isinstance(value, str):
        if len(value) <= _STRING_LIMIT:
            return
        too_large = True
    elif isinstance(value, range):
        too_large = value.stop - value.start > _RANGE_LIMIT
    elif isinstance(value, list | tuple):
        too_large = len(value) > _LIST_LIMIT
    elif isinstance(value, int):
        too_large = value.bit_length() > _BITS_LIMIT
    else:
        too_large = False
    if too_large:
        raise TooLarge


def _watched(expression: Any) -> tuple[Path | None, tuple[Path, ...]]:
    """Return the variables an output cannot do without: what it prints, and what it appends."""
    filters = getattr(expression, "filters", None) or []
    if any(one.name in _ANSWERS_FOR_NOTHING for one in filters):
        return None, ()
    left = getattr(expression, "left", None)
    arguments = (
        child
        for one in filters
        if one.name not in _ARGUMENT_MAY_BE_EMPTY
        for child in one.children()
        if isinstance(child, Path)
    )
    return (left if isinstance(left, Path) else None), tuple(arguments)


class WatchingOutputNode(OutputNode):
    """`{{ … }}`. `quick.py` renders it, and notes what had no value."""

    __slots__ = ("arguments", "path")
    watched = True
    is_empty = staticmethod(_is_empty)
    guard_size = staticmethod(guard_size)

    def __init__(self, token: Token, expression: Expression) -> None:
        super().__init__(token, expression)
        self.path, self.arguments = _watched(expression)

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        """Print, and note what had no value."""
        return render_output(self, context, buffer)


class WatchingEchoNode(EchoNode):
    """`{% echo … %}`"""

    watched = True
    is_empty = staticmethod(_is_empty)
    guard_size = staticmethod(guard_size)

    def __init__(self, token: Token, expression: Expression) -> None:
        super().__init__(token, expression)
        self.path, self.arguments = _watched(expression)

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        """Print, and note what had no value."""
        return render_output(self, context, buffer)


class WatchingOutput(Output):
    """Makes watching nodes for `{{ … }}`."""

    node_class = WatchingOutputNode


class WatchingEcho(EchoTag):
    """Makes watching nodes for `{% echo … %}`."""

    node_class = WatchingEchoNode


def _guarded(filter_: Callable[..., object]) -> Callable[..., object]:
    def call(*values: object, **named: object) -> object:
        for value in values:
            if type(value) is not str:
                guard_size(value)
        result = filter_(*values, **named)
        guard_size(result)
        return result

    return call


class Template(BoundTemplate):
    """A parsed template whose renderings are of our `Context`."""

    context_class = Context


class ShopEnvironment(Environment):
    """Liquid without tags that read files and with the allowed filters only."""

    block_nesting_limit: ClassVar[int] = 30
    context_depth_limit: ClassVar[int] = 30
    loop_iteration_limit: ClassVar[int | None] = LOOP_LIMIT
    local_namespace_limit: ClassVar[int | None] = 2_000_000
    template_class = Template

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register what is allowed."""
        super().setup_tags_and_filters(extra=False)
        for name in FORBIDDEN_TAGS:
            del self.tags[name]
        self.add_tag(WatchingOutput)
        self.add_tag(WatchingEcho)
        known = {**self.filters, **ours()}
        self.filters = {}
        for name in sorted(ALLOWED):
            filter_ = known[name]
            if getattr(filter_, "with_environment", False):
                filter_ = partial(filter_, environment=self)
            self.filters[name] = filter_ if name in CONTEXTUAL else _guarded(filter_)


TEXT = ShopEnvironment(autoescape=False)
HTML = ShopEnvironment(autoescape=True)


def parse(source: str, *, html: bool = False) -> BoundTemplate:
    """Parse a template. Raise `LiquidError` when it is not Liquid or uses an unknown filter."""
    template = (HTML if html else TEXT).from_string(source)
    for name, spans in template.analyze(include_partials=False).filters.items():
        if name not in ALLOWED:
            token = Token("", name, spans[0].index, source)
            raise LiquidError(f"unknown filter '{name}'", token=token)
    return quicken(template)


def render(
    template: BoundTemplate,
    data: Mapping[str, object],
    *,
    limit: int,
    locale: str = "en",
    currency: str = "EUR",
    zone: str = "UTC",
    now: str = "",
    missing: dict[str, None] | None = None,
) -> str:
    """Render a parsed template; names of printed variables without a value go to `missing`."""
    context = Context(template, globals=data)
    context.locale, context.currency, context.zone, context.now = locale, currency, zone, now
    context.limit = limit
    buffer: Any = Buffer(limit)
    template.render_with_context(context, buffer)
    if missing is not None:
        missing.update(context.missing)
    return str(buffer.getvalue())


def one_line(text: str) -> str:
    """Return a subject without line breaks and controls, so that it cannot add a header."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())


_MANY_BLANK_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n){2,}")


def tidy(text: str) -> str:
    """Return plain text without NUL, without runs of blank lines, without space around it."""
    text = text.replace("\r\n", "\n").replace("\0", "")
    return _MANY_BLANK_LINES.sub("\n\n", text).strip()
