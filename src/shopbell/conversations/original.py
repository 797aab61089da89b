"""A customer's HTML mail made harmless, anew each time it is shown, so a mended cleaner mends old
mail too. Shown only by `web.framing.untrusted_document`. A newcomer's mistake: trusting the
cleaner alone. The frame runs nothing, and its policy loads nothing from anywhere but pictures that
we have painted anew (see `pictures`), if somebody wants them.
"""

import base64
import re
from collections.abc import Callable, Iterable

import nh3

from shopbell.conversations.actions.scans import content_of
from shopbell.conversations.models import Attachment
from shopbell.conversations.pictures.finding import Found, is_elsewhere, without_strangers
from shopbell.kit.errors import Conflict, NotFound
from shopbell.kit.mail.reading.texts import most_open

MOST_HTML = 1_000_000
MOST_OPEN = 1_000  # elements within elements; a parser takes more than linear time for more
MOST_INLINE = 3_000_000
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

_TAGS = set(nh3.ALLOWED_TAGS) - {"map", "area"} | {"font", "u"}
_ATTRIBUTES = {
    **{name: set(values) for name, values in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"style", "align", "valign", "dir", "lang", "title", "bgcolor", "width", "height"},
    "font": {"color", "face", "size"},
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "table": {"cellpadding", "cellspacing", "border"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_STYLES = {
    "color", "background-color", "font-family", "font-size", "font-style", "font-weight",
    "line-height", "text-align", "text-decoration", "vertical-align", "white-space", "width",
    "max-width", "height", "padding", "padding-left", "padding-right", "padding-top",
    "padding-bottom", "margin", "margin-left", "margin-right", "margin-top", "margin-bottom",
    "border", "border-left", "border-right", "border-top", "border-bottom", "border-collapse",
    "border-radius", "display",
}  # fmt: skip
_LINKS = {"href", "cite"}
_HEAD = (
    '<!doctype html><html><head><meta charset="utf-8">'
    "<style>body{{margin:12px;font:14px/1.45 system-ui,sans-serif;color:#20261f;background:#fff;"
    "overflow-wrap:anywhere}}img{{max-width:100%;height:auto}}table{{max-width:100%}}"
    "blockquote{{margin:0 0 0 8px;padding-left:12px;border-left:2px solid #d9d2c7}}</style>"
    "</head><body>{}</body></html>"
)


# A link without a place of its own would lead into these pages: "/s/…", "#x", and "https:x" too.
_LEADS_AWAY = re.compile(r"\s*(?:(?:https?:)?//[^/\\\s]|mailto:|tel:)", re.I)
_TAGS_OUT = re.compile(r"<[^<>]*>")
_AS_WORDS = "<p><em>This mail is nested too deep to be drawn. Its words:</em></p><p>{}</p>"


def harmless(
    html: str, files: Iterable[Attachment] = (), *, ours: Callable[[str], str] | None = None
) -> str:
    """Return a document of the mail: no script, no form, pictures only from its own files.

    With `ours`, which gives a picture from elsewhere an address of ours, those are shown too.
    """
    return _HEAD.format(_cleaned(html, _pictures(files), ours).html)


def from_elsewhere(html: str) -> Found:
    """Return what pictures from elsewhere a mail has."""
    return _cleaned(html, {}, None)


def _cleaned(html: str, own: dict[str, str], ours: Callable[[str], str] | None) -> Found:
    def known(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src" and not is_elsewhere(value):
            return own.get(value.removeprefix("cid:").strip("<>"), "")
        if name in _LINKS and not _LEADS_AWAY.match(value):
            return None
        return value

    page = html[:MOST_HTML]
    if most_open(page) > MOST_OPEN:
        return Found(_AS_WORDS.format(nh3.clean_text(_TAGS_OUT.sub(" ", page))))
    body = nh3.clean(
        page,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=known,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )
    return without_strangers(body, ours)


def _pictures(files: Iterable[Attachment]) -> dict[str, str]:
    found: dict[str, str] = {}
    room = MOST_INLINE
    for file in files:
        if not file.content_id or file.content_type not in PICTURES or file.size > room:
            continue
        try:
            content = content_of(file)
        except (NotFound, Conflict):
            continue
        room -= file.size
        data = base64.b64encode(content).decode()
        found[file.content_id.strip("<>")] = f"data:{file.content_type};base64,{data}"
    return found
