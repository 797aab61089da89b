"""The set-up guide of a connector: the README.md of its folder, rendered for the page.

The introduction and the first section are shown, what follows is folded: set-up comes first.

Connectors from outside bring theirs the same way. HTML in the file is shown as text.
"""

import re
from functools import cache
from importlib.resources import files

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from shopbell.connections.ports import Connector

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
# Who follows the guide on the page needs no file: it is folded.
_FILE = re.compile(
    r"(?:<p>The same as text[^\n]*</p>\s*)?<pre><code class=\"language-toml\">(.*?)</code></pre>",
    re.DOTALL,
)
_FOLDED_FILE = (
    r"<details><summary>The same as text, for shopbell apply</summary>"
    r"<pre><code>\1</code></pre></details>"
)


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
    made = _FILE.sub(_FOLDED_FILE, _MARKDOWN.render("\n".join(lines)))
    html = nh3.clean(made, link_rel="noopener noreferrer")
    return mark_safe(_folded(html))  # noqa: S308  (cleaned above)


def _folded(html: str) -> str:
    """Fold every section but the first."""
    start, *sections = re.split(r"(?=<h2>)", html)
    shown, folded = sections[:1], sections[1:]
    parts = [
        re.sub(r"<h2>(.*?)</h2>", r"<details><summary>\1</summary>", part, count=1, flags=re.DOTALL)
        + "</details>"
        for part in folded
    ]
    return "".join([start, *shown, *parts])
