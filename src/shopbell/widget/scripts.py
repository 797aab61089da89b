"""The browser's side as it is served: the loader of a store, and the parts behind one version.

The version is the hash of all parts, so they may be kept forever; only the loader is asked for
again. A newcomer's mistake: putting anything about a visitor into the loader. It is cached by
whoever likes to.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.kit.ids import digest
from shopbell.web.brand import tones
from shopbell.widget.wishes import LANGUAGES, asks_for_page, rules_for_page

MODULES = ("line.js", "panel.js", "style.js")
_FALLBACK = "#a86a0b"
_OFFSET = 16


@dataclass(frozen=True, slots=True)
class Script:
    """A text with its hash, also compressed."""

    text: bytes
    packed: bytes
    hash: str


def _script(text: str) -> Script:
    raw = text.encode()
    return Script(raw, gzip.compress(raw, 9, mtime=0), digest(text)[:20])


@cache
def parts() -> dict[str, Script]:
    """Return all parts by their file name."""
    folder = files(__package__).joinpath("parts")
    found = {name: _script(folder.joinpath(name).read_text("utf-8")) for name in MODULES}
    words = folder.joinpath("words")
    for language in LANGUAGES:
        name = f"{language}.json"
        found[name] = _script(words.joinpath(name).read_text("utf-8"))
    return found


@cache
def version() -> str:
    """Return the one hash of all parts."""
    return digest("".join(part.hash for part in parts().values()))[:12]


@cache
def _loader() -> str:
    return files(__package__).joinpath("parts", "loader.js").read_text("utf-8")


def loader_of(store: Store, inbox: Connection) -> Script:
    """Return the script of a store's page."""
    return _script(script_text(shop_of(store, inbox.settings)))


def script_text(shop: Mapping[str, Any]) -> str:
    """Return the script with what it should know of the shop; safe inside a page, too."""
    told = json.dumps(shop).replace("<", "\\u003c")
    return f"const shop = {told};\n{_loader()}"


def shop_of(store: Store, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the script knows of the shop, by the settings of its chat."""
    colours = tones(chosen.get("colour") or store.brand_colour) or tones(_FALLBACK)
    assert colours is not None
    theme = chosen.get("theme", "page")
    return {
        "store": store.slug,
        "parts": version(),
        "title": chosen.get("title") or store.name,
        "greeting": chosen.get("greeting", ""),
        "position": chosen.get("position", "right"),
        "theme": theme if theme in ("light", "dark") else "",
        "text": chosen.get("button_text", ""),
        "side": chosen.get("side_offset", _OFFSET),
        "bottom": chosen.get("bottom_offset", _OFFSET),
        "team": bool(chosen.get("show_team", True)),
        "asks": asks_for_page(chosen.get("ask_before", [])),
        "rules": rules_for_page(chosen.get("speak_first", [])),
        "ask": bool(chosen.get("ask_email", True)),
        "tone": colours.light,
        "toneDark": colours.dark,
    }
