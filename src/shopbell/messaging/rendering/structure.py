"""Looks over MJML before the compiler does, because the compiler names neither line nor element."""

import re

from shopbell.kit.errors import Invalid
from shopbell.messaging.rendering.blocks import BLOCKS
from shopbell.messaging.rendering.protect import line_at

_ELEMENTS = frozenset(
    "accordion accordion-element accordion-text accordion-title button carousel carousel-image "  # noqa: SIM905
    "column divider group hero image navbar navbar-link raw section social social-element spacer "
    "table text wrapper".split()
)
_FORBIDDEN = {
    "mjml": "the frame of the mail is added by itself",
    "mj-body": "the frame of the mail is added by itself",
    "mj-head": "the head of the mail is added by itself",
    "mj-style": "the head of the mail is added by itself",
    "mj-attributes": "the head of the mail is added by itself",
    "mj-include": "files cannot be included",
    "script": "mail programs do not run scripts",
    "iframe": "mail programs do not show frames",
    "object": "mail programs do not show objects",
    "form": "mail programs do not send forms",
    "base": "it would change every link",
    "link": "nothing is loaded from elsewhere",
    "html": "the frame of the mail is added by itself",
    "body": "the frame of the mail is added by itself",
}
_VOID = frozenset("area br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
_EMBEDDED_LIQUID = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_DEEPEST = 100
_HOLDS_TEXT = frozenset(
    "mj-text mj-button mj-table mj-raw mj-accordion-text mj-accordion-title mj-navbar-link "  # noqa: SIM905
    "mj-social-element".split()
)
_HIDDEN_CONTROL = re.compile(r"<!--.*?-->", re.DOTALL)


def _blanked(markup: str) -> str:
    return _EMBEDDED_LIQUID.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), markup)


def check(markup: str) -> None:
    """Raise `Invalid` for elements that are unknown or not allowed."""
    blanked = _blanked(markup)
    for match in _TAG.finditer(blanked):
        name = match[2].lower()
        reason = ""
        if name in _FORBIDDEN:
            reason = f"<{name}> is not allowed here: {_FORBIDDEN[name]}"
        elif name.startswith("mj-") and name[3:] not in _ELEMENTS:
            reason = f"<{name}> is not an element of MJML"
        elif name.startswith("sb-") and name[3:] not in BLOCKS:
            known = ", ".join(f"sb-{block}" for block in sorted(BLOCKS))
            reason = f"<{name}> is not one of our blocks ({known})"
        elif re.search(r"\son\w+\s*=", match[3]):
            reason = f"<{name}> must not carry a script"
        if reason:
            raise Invalid(f"Line {line_at(blanked, match.start())}: {reason}.")


def _check_text(text: str, line: int, stack: list[tuple[str, int]]) -> None:
    words = _HIDDEN_CONTROL.sub("", text).strip()
    if words and not any(name in _HOLDS_TEXT for name, _ in stack):
        line -= text.count("\n")
        raise Invalid(f"Near line {max(line, 1)}: text must stand inside <mj-text>.")


def check_balance(markup: str) -> None:
    """Raise `Invalid` unless every element is closed, in order. Takes markup with Liquid hidden."""
    stack: list[tuple[str, int]] = []
    last = 0
    for match in _TAG.finditer(markup):
        name, line = match[2].lower(), line_at(markup, match.start())
        _check_text(markup[last : match.start()], line, stack)
        last = match.end()
        if match[4] or name in _VOID:
            continue
        if not match[1]:
            stack.append((name, line))
            if len(stack) > _DEEPEST:
                raise Invalid(f"Line {line}: elements are nested too deeply.")
            continue
        if not stack:
            raise Invalid(f"Line {line}: </{name}> closes nothing.")
        opened, since = stack.pop()
        if opened != name:
            raise Invalid(
                f"Line {line}: </{name}> stands before </{opened}> (opened in line {since})."
            )
    _check_text(markup[last:], line_at(markup, len(markup)), stack)
    if stack:
        opened, since = stack[-1]
        raise Invalid(f"Line {since}: <{opened}> is opened but never closed.")
