"""Which Liquid may stand in the words of a campaign, and how words become safe markup.

Liquid prints its own quoted strings as they are, even where values are escaped. So a newcomer's
mistake is to let any tag through because "the renderer escapes": `{{ "<script>" }}` would not be.
What is not allowed here is refused by `problem_of`, and printed as words by `escaped`.
"""

import re
from html import escape

_PIECE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_TAG = re.compile(r"\{%-?\s*(\w+)")
_TAGS = frozenset(
    {"if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase"}
)
_IN_ADDRESS = re.compile(
    r"\{\{-?\s*[a-z_]+(?:\.[a-z_]+)+\s*(?:\|\s*(?:url_encode|downcase|upcase|strip)\s*)*-?\}\}"
)
_OURS = re.compile(r"\{\{-?\s*(links\.[a-z_]+|store\.url|store\.help_url)\s*-?\}\}")
_WEB = re.compile(r"https?://[^\s<>\"'\\{}`/?#@]+(?:[/?#][^\s<>\"'\\`{}]*)?", re.IGNORECASE)
_HOST = re.compile(r"https?://[^\s/?#@{}]+[/?#]", re.IGNORECASE)
_OTHER = re.compile(r"mailto:[\w.+-]+@[\w.-]+|tel:\+?[\d-]{3,20}", re.IGNORECASE)
_PRINTED = r"\{\{[^{}]*\}\}"
_LINK = re.compile(
    r"\[(?P<label>[^\[\]\n]{1,200})\]"
    rf"\((?P<named>(?:[^\s<>\"'\\{{}}()`]|{_PRINTED})+)\)"
    rf"|(?P<bare>https?://(?:[^\s<>\"'\\{{}}`()]|{_PRINTED})*(?:[^\s<>\"'\\{{}}`().,;:!?]|{_PRINTED}))"
)
_BLANK = re.compile(r"\n[ \t]*\n\s*")
_NEARLY = re.compile(r"\{(?=[{%]|\Z)|%(?=\})|\}(?=\})")


def is_allowed(piece: str) -> bool:
    """Return whether one piece of Liquid may stand in words: it prints nothing but values."""
    inner = piece[2:-2]
    quoted = "".join(one or other for one, other in _QUOTED.findall(inner))
    if any(mark in quoted for mark in "<>\"'\\`"):
        return False
    bare = _QUOTED.sub("", inner)
    if any(mark in bare for mark in "{}\"'\\`"):
        return False
    if piece.startswith("{%"):
        found = _TAG.match(piece)
        return found is not None and found[1] in _TAGS
    return not any(mark in bare for mark in "<>")


def problem_of(text: str) -> str:
    """Return what is wrong with the Liquid of some words, in a sentence; "" if nothing is."""
    for piece in _PIECE.split(text)[1::2]:
        if not is_allowed(piece):
            return f"{_short(piece)} cannot be used here. Take a name from “What fills itself in”."
    # Reading it loads Liquid, which a process that serves no editor does not need.
    from liquid.exceptions import LiquidError

    from shopbell.messaging.rendering import engine
    from shopbell.messaging.rendering.reasons import in_plain_words

    try:
        engine.parse(text)
    except LiquidError as error:
        return in_plain_words(error, text)
    except RecursionError:
        return "The conditions are nested too deeply."
    return ""


def _short(piece: str) -> str:
    folded = " ".join(piece.split())
    return folded if len(folded) <= 40 else folded[:39] + "…"


def escaped(text: str) -> str:
    """Return words for an element or a quoted value; Liquid that is allowed stays."""
    return "".join(
        piece if number % 2 and is_allowed(piece) else _literal(piece)
        for number, piece in enumerate(_PIECE.split(text))
    )


def _literal(text: str) -> str:
    """Escape words; two braces in a row must not become Liquid again behind our back.

    The equals sign too: the compiler refuses what looks like a script, even in quoted words.
    """
    apart = _NEARLY.sub(lambda found: f"{found[0]} ", text)
    return escape(apart).replace("=", "&#61;")


def address(text: str) -> str:
    """Return a link for a quoted value, or "" if it is none that may be followed.

    Only the web, mail and telephone; Liquid may fill in what comes behind the host.
    """
    typed = text.strip()
    if ours := _OURS.fullmatch(typed):
        printed = ours[1] if ours[1].startswith("links.") else f"{ours[1]} | web_link"
        return f"{{{{ {printed} }}}}"
    if _OTHER.fullmatch(typed):
        return escape(typed)
    parts = _PIECE.split(typed)
    plain = "".join(parts[::2])
    if len(parts) > 1 and not _HOST.match(parts[0]):
        return ""
    if not plain.isprintable() or not _WEB.fullmatch(plain):
        return ""
    if not all(_IN_ADDRESS.fullmatch(piece) for piece in parts[1::2]):
        return ""
    return "".join(piece if number % 2 else escape(piece) for number, piece in enumerate(parts))


def paragraphs(text: str) -> list[str]:
    """Return what somebody typed in paragraphs: a blank line begins the next one."""
    return [part.strip() for part in _BLANK.split(text.strip()) if part.strip()]


def linked(text: str) -> str:
    """Return one paragraph as markup: `[words](address)` and addresses become links."""
    made, last = [], 0
    for found in _LINK.finditer(text):
        target = address(found["named"] or found["bare"])
        if target:
            made.append(_broken(text[last : found.start()]))
            made.append(f'<a href="{target}">{escaped(found["label"] or found["bare"])}</a>')
            last = found.end()
    return "".join([*made, _broken(text[last:])])


def _broken(text: str) -> str:
    made = []
    for number, piece in enumerate(_PIECE.split(text)):
        ours = _OURS.fullmatch(piece) if number % 2 else None
        if ours:
            made.append(f'<a href="{address(piece)}">{{{{ {ours[1]} | truncate: 48 }}}}</a>')
        elif number % 2 and is_allowed(piece):
            made.append(piece)
        else:
            made.append(_literal(piece).replace("\n", "<br/>"))
    return "".join(made)


def unlinked(text: str) -> str:
    """Return words for a plain part: `[words](address)` becomes “words: address”."""
    return _LINK.sub(
        lambda found: f"{found['label']}: {found['named']}" if found["named"] else found[0], text
    )


def links_in(text: str) -> list[str]:
    """Return the addresses that stand in words."""
    return [found["named"] or found["bare"] for found in _LINK.finditer(text)]
