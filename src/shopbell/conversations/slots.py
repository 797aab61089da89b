"""Places in the agent's page and its set-up where packages above the desk show something.

A package registers in its room `panels.py`, which is imported at start:

    @panel("card", template="remedies/panel.html", order=20)
    def remedies(request: StaffRequest, page: Page) -> Page | None: ...

`page` is what the conversation's page knows already (`case`, `card`, `threads`, `lines`,
`may_write` …): use it instead of asking the database again. None shows nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shopbell.accounts.views.request import StaffRequest

Page = dict[str, Any]
Load = Callable[[StaffRequest, Page], Page | None]
Group = Literal["in", "people", "answers", "order"]  # see GROUPS
Place = Literal["card", "order", "banner", "facts", "menu", "composer", "bulk"]


@dataclass(frozen=True, slots=True)
class Panel:
    """Something shown at a place: `load` gives the template what it needs, beside the page's own.

    Places: `card` right pane, `order` beside each order there (as `order`), `banner` above the
    lines, `facts` in the row of pills, `menu` in the menu of the conversation, `composer` in the
    row of tools below the text, `bulk` in the menu for all chosen conversations of the list.
    """

    place: Place
    template: str
    load: Load
    order: int


@dataclass(frozen=True, slots=True)
class SetupPage:
    """A page on which the inbox is set up, linked from `inbox:setup`."""

    title: str
    sentence: str
    url_name: str  # takes the store's slug
    icon: str
    permission: str = "desk:write"
    order: int = 50
    group: Group = "answers"


GROUPS: dict[Group, str] = {
    "in": "Where customers write",
    "people": "Who answers, and by when",
    "answers": "How you answer",
    "order": "Keeping order",
}


_LINES: dict[str, str] = {}
_PANELS: list[Panel] = []
_SETUP: list[SetupPage] = []
_STYLES: list[str] = []
_MODULES: list[str] = []


def panel(place: Place, *, template: str, order: int = 50) -> Callable[[Load], Load]:
    """Show what the decorated function loads at `place`; lower `order` comes first."""

    def register(load: Load) -> Load:
        _PANELS.append(Panel(place, template, load, order))
        _PANELS.sort(key=lambda each: each.order)
        return load

    return register


def panels_of(place: str) -> list[Panel]:
    """Return what is shown at a place, first to last."""
    return [each for each in _PANELS if each.place == place]


def add_setup_page(page: SetupPage) -> None:
    """List a page under "Set up the inbox"."""
    _SETUP.append(page)
    _SETUP.sort(key=lambda each: (each.order, each.title))


def setup_pages() -> list[SetupPage]:
    """Return the pages under "Set up the inbox", first to last."""
    return list(_SETUP)


def add_stylesheet(path: str) -> None:
    """Load a static file of CSS with the inbox, for the panels of a package."""
    _STYLES.append(path)


def stylesheets() -> list[str]:
    """Return the static files of CSS that panels need."""
    return list(_STYLES)


def add_module(path: str) -> None:
    """Load a static file of JavaScript (a module) with the inbox, for the panels of a package."""
    _MODULES.append(path)


def modules() -> list[str]:
    """Return the static files of JavaScript that panels need."""
    return list(_MODULES)


def add_line(key: str, template: str) -> None:
    """Draw entries whose data has `key` with a template of a package; it gets `line`."""
    _LINES[key] = template


def line_template(data: Mapping[str, Any]) -> str:
    """Return the template that draws an entry with this data; empty: the desk's own."""
    return next((template for key, template in _LINES.items() if key in data), "")
