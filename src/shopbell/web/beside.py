"""Pages about one thing that packages above add beside its own: `{% beside "journey" key %}`.

A package says in its room `panels.py`: `add_page("journey", PageBeside("Results", …))`. The thing's
own page need not know who.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from shopbell.web.navigation import navigation


@dataclass(frozen=True, slots=True)
class PageBeside:
    """A further page about a thing. `url_name` takes the store's slug and the thing's key."""

    label: str
    icon: str
    url_name: str
    permission: str


_PAGES: dict[str, list[PageBeside]] = {}


def add_page(about: str, page: PageBeside) -> None:
    """Lead from the page of each thing of a kind to a further one."""
    pages = _PAGES.setdefault(about, [])
    if page not in pages:
        pages.append(page)


def pages_beside(request: HttpRequest, about: str, key: Any) -> list[tuple[PageBeside, str]]:
    """Return the further pages about a thing that this visitor may see, with their addresses."""
    slug = getattr(getattr(request, "store", None), "slug", "")
    may = navigation().may
    return [
        (page, reverse(page.url_name, args=[slug, key]))
        for page in _PAGES.get(about, ())
        if may(request, page.permission)
    ]
