"""Mistakes in templates, said in plain words with the line they are on."""

import re

from liquid.exceptions import (
    BlockNestingError,
    DisabledTagError,
    FilterArgumentError,
    LiquidError,
    LiquidTypeError,
    LocalNamespaceLimitError,
    UnknownFilterError,
)

_LONGEST = 200


def line_of(error: LiquidError) -> int | None:
    """Return the line a mistake is on, counted from 1."""
    try:
        found = error.context()
    except ValueError:
        return None
    return found[0] if found else None


def _reason(error: LiquidError) -> str:
    message = str(error.message or "")[:_LONGEST]
    if match := re.search(r"unknown filter '([^']*)'", message):
        return f"there is no filter named “{match[1]}”"
    if match := re.search(r"unexpected tag '([^']*)'", message):
        return f"the tag “{match[1]}” is not known or not allowed here"
    if match := re.search(r"expected (?:a )?tag '?(end\w+)'?|'(end\w+)'", message):
        return f"something is left open: “{{% {match[1] or match[2]} %}}” is missing"
    if "end of" in message or "EOF" in message.upper():
        return "a tag or block is left open at the end"
    if isinstance(error, BlockNestingError):
        return "blocks are nested too deeply"
    if isinstance(error, LocalNamespaceLimitError):
        return "too much is kept in variables"
    if isinstance(error, DisabledTagError | UnknownFilterError):
        return message
    if isinstance(error, FilterArgumentError | LiquidTypeError):
        return f"a filter got something it cannot use ({message})"
    return message or "it cannot be read"


_BLOCK_TAG = re.compile(
    r"\{%-?\s*(end)?(if|for|unless|case|capture|tablerow|ifchanged|comment|raw|doc)\b"
)


def _line_left_open(source: str) -> int | None:
    """Return the line of the first block that is never closed."""
    stack: list[tuple[str, int]] = []
    for match in _BLOCK_TAG.finditer(source):
        if not match[1]:
            stack.append((match[2], source.count("\n", 0, match.start()) + 1))
        elif stack and stack[-1][0] == match[2]:
            stack.pop()
    return stack[-1][1] if stack else None


def in_plain_words(error: LiquidError, source: str = "") -> str:
    """Return one sentence: what is wrong and where."""
    reason = _reason(error).rstrip(".")
    line = line_of(error) or _line_left_open(source)
    return f"Line {line}: {reason}." if line else f"{reason[:1].upper()}{reason[1:]}."
