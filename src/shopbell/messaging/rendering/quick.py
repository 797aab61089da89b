"""Makes a parsed template several times faster: its nodes become closures with the paths resolved.

Only what templates are mostly made of is treated (text, output, `if`, `unless`, `for`, `assign`);
every other node stays the library's and works side by side. Meaning never changes: the whole
conformance corpus runs through here.
"""

from collections.abc import Callable
from typing import Any

from liquid import Environment, Markup, escape
from liquid.ast import BlockNode, ConditionalBlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path, logical, primitive
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.for_tag import ForLoop, ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.exceptions import BreakLoop, ContinueLoop, FilterArgumentError, LiquidTypeError
from liquid.output import NullIO
from liquid.stringify import to_liquid_string
from liquid.template import BoundTemplate
from liquid.undefined import Undefined

from shopbell.messaging.rendering.filters import CONTEXTUAL

Value = Callable[[Any], Any]
Step = Callable[[Any, Any], int]

_SPECIAL = frozenset({"size", "first", "last"})
_LITERALS = (
    primitive.TrueLiteral,
    primitive.FalseLiteral,
    primitive.IntegerLiteral,
    primitive.FloatLiteral,
    primitive.StringLiteral,
)


class QuickNode:
    """Stands where a node of the library stood."""

    __slots__ = ("blank", "render", "token")

    def __init__(self, node: Node, render: Step) -> None:
        self.token = node.token
        self.blank = node.blank
        self.render = render


def quicken(template: BoundTemplate) -> BoundTemplate:
    """Replace the nodes of a template in place. Analyse it before, not after."""
    template.nodes = _quick_nodes(template.env, template.nodes)
    return template


def _quick_nodes(env: Environment, nodes: Any) -> Any:
    return [_quick_node(env, node) for node in nodes]


def _quick_node(env: Environment, node: Any) -> Any:
    maker = _MAKERS.get(type(node))
    if maker is None and hasattr(node, "watched"):
        maker = _output
    if maker is not None:
        return QuickNode(node, maker(env, node))
    _quicken_inside(env, node)
    return node


def _quicken_inside(env: Environment, node: Any) -> None:
    """Treat the blocks of a node that itself stays as it is."""
    if isinstance(node, BlockNode):
        node.nodes = _quick_nodes(env, node.nodes)
        return
    for name in ("block", "blocks", "default"):
        part = getattr(node, name, None)
        for one in part if isinstance(part, list) else [part]:
            if isinstance(one, Node):
                _quicken_inside(env, one)


def render_output(node: Any, context: Any, buffer: Any) -> int:
    """Render an output node that stands in a block nobody treated."""
    return _output(context.env, node)(context, buffer)


# Expressions -------------------------------------------------------------------------------------


def _value(env: Environment, expression: Any) -> Value:
    kind = type(expression)
    if kind is Path:
        return _path(env, expression)
    if isinstance(expression, _LITERALS):
        value = expression.value
        if isinstance(expression, primitive.StringLiteral) and env.autoescape:
            value = Markup(value)
        return lambda _: value
    if kind is FilteredExpression:
        return _filtered(env, expression)
    if kind is logical.BooleanExpression:
        inner = _value(env, expression.expression)
        return lambda context: _truthy(inner(context))
    pair = _PAIRS.get(kind)
    if pair is None:
        evaluate: Value = expression.evaluate
        return evaluate
    return pair(_value(env, expression.left), _value(env, expression.right), expression)


def _path(env: Environment, path: Any) -> Value:
    segments = path.path
    if not all(isinstance(segment, str) for segment in segments):
        slow: Value = path.evaluate
        return slow
    root, rest = segments[0], tuple(segments[1:])
    absent = env.undefined(root, hint=f"{path} is undefined", token=path.token)
    evaluate = path.evaluate

    def value(context: Any) -> Any:
        for names in context.scope._maps:
            if root in names:
                found = names[root]
                break
        else:
            return absent
        for key in rest:
            if type(found) is not dict:
                return evaluate(context)
            if key in found:
                found = found[key]
            elif key in _SPECIAL:
                return evaluate(context)
            else:
                return absent
        return found

    return value


def _truthy(value: Any) -> bool:
    return value is not None and value is not False and type(value) is not Undefined


def _both(left: Value, right: Value, _: Any) -> Value:
    return lambda context: _truthy(left(context)) and _truthy(right(context))


def _either(left: Value, right: Value, _: Any) -> Value:
    return lambda context: _truthy(left(context)) or _truthy(right(context))


def _equal(left: Value, right: Value, expression: Any) -> Value:
    same = logical._eq
    if isinstance(expression.right, primitive.Blank):
        blank = expression.right

        def is_blank(context: Any) -> bool:
            value = left(context)
            if type(value) is int:
                return False
            return type(value) is Undefined or same(value, blank)

        return is_blank

    def value(context: Any) -> bool:
        one, other = left(context), right(context)
        if type(one) is int and type(other) is int:
            return one == other
        return bool(same(one, other))

    return value


def _unequal(left: Value, right: Value, expression: Any) -> Value:
    same = _equal(left, right, expression)
    return lambda context: not same(context)


def _less(left: Value, right: Value, expression: Any) -> Value:
    token = expression.token

    def value(context: Any) -> bool:
        one, other = left(context), right(context)
        if type(one) is int and type(other) is int:
            return one < other
        return bool(logical._lt(token, one, other))

    return value


def _greater(left: Value, right: Value, expression: Any) -> Value:
    return _less(right, left, expression)


_PAIRS: dict[Any, Callable[[Value, Value, Any], Value]] = {
    logical.LogicalAndExpression: _both,
    logical.LogicalOrExpression: _either,
    logical.EqExpression: _equal,
    logical.NeExpression: _unequal,
    logical.LtExpression: _less,
    logical.GtExpression: _greater,
}


def _filtered(env: Environment, expression: Any) -> Value:
    left = _value(env, expression.left)
    steps = [_filter(env, one) for one in expression.filters or ()]
    if not steps:
        return left

    def value(context: Any) -> Any:
        result = left(context)
        for step in steps:
            result = step(result, context)
        return result

    return value


def _filter(env: Environment, one: Any) -> Callable[[Any, Any], Any]:
    function = env.filters.get(one.name)
    if function is None or any(getattr(argument, "name", None) for argument in one.args):
        evaluate: Callable[[Any, Any], Any] = one.evaluate
        return evaluate
    call: Callable[..., Any] = function
    arguments = [_value(env, argument.value) for argument in one.args]
    contextual, name, token = one.name in CONTEXTUAL, one.name, one.token

    def step(left: Any, context: Any) -> Any:
        values = [argument(context) for argument in arguments]
        try:
            return call(context, left, *values) if contextual else call(left, *values)
        except TypeError as error:
            raise LiquidTypeError(f"{name}: {error}", token=token) from error
        except (LiquidTypeError, FilterArgumentError) as error:
            error.token = token
            raise

    return step


# Nodes -------------------------------------------------------------------------------------------


def _content(env: Environment, node: Any) -> Step:
    del env
    text = node.text
    return lambda context, buffer: buffer.write(text)


def _output(env: Environment, node: Any) -> Step:
    expression = node.expression
    if type(expression) is not FilteredExpression:
        slow: Step = node.render_to_output
        return slow
    left = _value(env, expression.left)
    steps = [_filter(env, one) for one in expression.filters or ()]
    path, html = node.path, env.autoescape
    arguments = [(one, _value(env, one)) for one in node.arguments]
    is_empty, guard_size = node.is_empty, node.guard_size

    def render(context: Any, buffer: Any) -> int:
        value = left(context)
        if not value and path is not None and is_empty(value):
            context.note_if_empty(path, value)
        for name, argument in arguments:
            found = argument(context)
            if is_empty(found):
                context.note_if_empty(name, found)
        for step in steps:
            value = step(value, context)
        kind = type(value)
        if kind is str:
            return int(buffer.write(escape(value) if html else value))
        if kind is int:
            return int(buffer.write(str(value)))
        if kind is range or kind is list:
            guard_size(value)
        return int(buffer.write(to_liquid_string(value, html)))

    return render


def _block(env: Environment, block: Any) -> Step:
    block.nodes = _quick_nodes(env, block.nodes)
    steps = [node.render for node in block.nodes]
    if env.suppress_blank_control_flow_blocks and block.blank:

        def silent(context: Any, _: Any) -> int:
            nowhere = NullIO()
            for step in steps:
                step(context, nowhere)
            return 0

        return silent
    if len(steps) == 1:
        only: Step = steps[0]
        return only

    def render(context: Any, buffer: Any) -> int:
        written = 0
        for step in steps:
            written += step(context, buffer)
        return written

    return render


def _branches(env: Environment, node: Any, first: Value) -> Step:
    branches = [(first, _block(env, node.consequence))]
    for other in node.alternatives:
        assert isinstance(other, ConditionalBlockNode)
        branches.append((_value(env, other.expression), _block(env, other.block)))
    default = _block(env, node.default) if node.default else None

    def render(context: Any, buffer: Any) -> int:
        for condition, block in branches:
            if condition(context):
                return block(context, buffer)
        return default(context, buffer) if default is not None else 0

    return render


def _if(env: Environment, node: Any) -> Step:
    return _branches(env, node, _value(env, node.condition))


def _unless(env: Environment, node: Any) -> Step:
    condition = _value(env, node.condition)
    return _branches(env, node, lambda context: not condition(context))


def _for(env: Environment, node: Any) -> Step:
    expression, name = node.expression, node.expression.identifier
    block = _block(env, node.block)
    default = _block(env, node.default) if node.default else None
    title = f"{name}-{expression.iterable}"

    def render(context: Any, buffer: Any) -> int:
        items, length = expression.evaluate(context)
        if not length:
            return default(context, buffer) if default is not None else 0
        loop = ForLoop(name=title, it=items, length=length, parentloop=context.parentloop())
        names = {"forloop": loop, name: None}
        written = 0
        with context.loop(names, loop):
            for item in loop:
                names[name] = item
                try:
                    written += block(context, buffer)
                except ContinueLoop:
                    continue
                except BreakLoop:
                    break
        return written

    return render


def _assign(env: Environment, node: Any) -> Step:
    name, value = node.name, _value(env, node.expression)

    def render(context: Any, _: Any) -> int:
        context.assign(name, value(context))
        return 0

    return render


_MAKERS: dict[Any, Callable[[Environment, Any], Step]] = {
    ContentNode: _content,
    IfNode: _if,
    UnlessNode: _unless,
    ForNode: _for,
    AssignNode: _assign,
}
