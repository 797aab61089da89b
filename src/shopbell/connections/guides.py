"""The set-up guide of a connector: the README.md of its folder, rendered for the page.

Connectors from outside bring theirs the same way. HTML in the file is shown as text.
"""

from functools import cache
from importlib.resources import files

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from shopbell.connections.ports import Connector

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def guide_of(connector: Connector) -> SafeString:
    """Return the guide as HTML, empty if the connector has none."""
    return _rendered(type(connector).__module__)


@cache
def _rendered(module: str) -> SafeString:
    package = module.rpartition(".")[0] or module
    try:
        text = files(package).joinpath("README.md").read_text(encoding="utf-8")
    except (OSError, ModuleNotFoundError, TypeError):
        return mark_safe("")
    lines = text.splitlines()
    if lines and lines[0].startswith("# "):  # the page has its own title
        lines = lines[1:]
    html = nh3.clean(_MARKDOWN.render("\n".join(lines)), link_rel="noopener noreferrer")
    return mark_safe(html)  # noqa: S308  (cleaned above)
