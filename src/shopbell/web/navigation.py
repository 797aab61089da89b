"""Navigation of the merchant shell as data. The list itself is `shopbell.config.navigation`.

An item whose url name does not resolve is not shown, so a page that is not built is never promised.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in the shell.

    `url_name` is reversed with the store's slug as its one argument, then without arguments.
    `also_active` names further pages that belong to it; "rules:" means all of that package.
    `permission` hides the item from staff who lack it. `count` names one of the numbers that
    `Navigation.numbers` tells; `hot` shows it in red. `needs` names one that must not be 0, for
    places that not every store has a use for. `keys` is the shortcut, for example "g o".
    """

    label: str
    url_name: str
    icon: str
    permission: str = ""
    keys: str = ""
    also_active: tuple[str, ...] = ()
    count: str = ""
    hot: bool = False
    on_phone: bool = False
    needs: str = ""


@dataclass(frozen=True, slots=True)
class NavSection:
    """A titled group; `push` moves it to the foot of the sidebar."""

    label: str
    items: tuple[NavItem, ...]
    push: bool = False


@dataclass(frozen=True, slots=True)
class NavLink:
    """A `NavItem` resolved for one request."""

    label: str
    url: str
    icon: str
    active: bool
    keys: str = ""
    count: int | None = None
    hot: bool = False
    on_phone: bool = False


@dataclass(frozen=True, slots=True)
class LinkSection:
    """A `NavSection` with only the links this visitor may see."""

    label: str
    links: list[NavLink] = field(default_factory=list)
    push: bool = False


def no_limits(request: HttpRequest, permission: str) -> bool:
    """Answer "may this visitor ...?" where nobody has said how to tell: yes, pages check anyway."""
    return True


def no_numbers(request: HttpRequest, names: Collection[str]) -> Mapping[str, int]:
    """Tell no number, where nobody has said how to count."""
    return {}


@dataclass(frozen=True, slots=True)
class Navigation:
    """What the setting NAVIGATION (a dotted path) points at: the list, and who may see what.

    `numbers` is asked once on every page of a store, for all names the visitor's places use.
    """

    sections: tuple[NavSection, ...]
    may: Callable[[HttpRequest, str], bool] = no_limits
    numbers: Callable[[HttpRequest, Collection[str]], Mapping[str, int]] = no_numbers


def navigation() -> Navigation:
    """Return the configured navigation, or an empty one."""
    path = getattr(settings, "NAVIGATION", "")
    found = import_string(path) if path else Navigation(())
    assert isinstance(found, Navigation)
    return found


def url_of(name: str, slug: str) -> str | None:
    """Return the address of a url name in this store, or None if no such page exists."""
    return _url_of(name, slug, settings.ROOT_URLCONF)


@lru_cache(4_000)  # each page asks for twenty, always the same
def _url_of(name: str, slug: str, _routes: str) -> str | None:
    for arguments in ([slug] if slug else [], []):
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    return None


def links_for(request: HttpRequest, slug: str, plan: Navigation) -> list[LinkSection]:
    """Return the sections this visitor sees, with the current page marked."""
    match = getattr(request, "resolver_match", None)
    current = getattr(match, "view_name", "") or ""
    active = active_item([item for section in plan.sections for item in section.items], current)
    places = [
        (section, [item for item in section.items if _allowed(request, item, plan)])
        for section in plan.sections
    ]
    names = {name for _, items in places for item in items for name in (item.count, item.needs)}
    numbers = plan.numbers(request, names - {""}) if slug else {}
    found = []
    for section, items in places:
        links = [_link(item, slug, numbers, item is active) for item in items]
        if shown := [link for link in links if link is not None]:
            found.append(LinkSection(section.label, shown, section.push))
    return found


def _allowed(request: HttpRequest, item: NavItem, plan: Navigation) -> bool:
    return not item.permission or plan.may(request, item.permission)


def _link(item: NavItem, slug: str, numbers: Mapping[str, int], active: bool) -> NavLink | None:
    url = url_of(item.url_name, slug)
    if url is None or (item.needs and not numbers.get(item.needs)):
        return None
    return NavLink(
        label=item.label,
        url=url,
        icon=item.icon,
        active=active,
        keys=item.keys,
        count=numbers.get(item.count) if item.count else None,
        hot=item.hot,
        on_phone=item.on_phone,
    )


def active_item(items: list[NavItem], view_name: str) -> NavItem | None:
    """Return the item a view belongs to: by name, as listed, or as the one for its package."""
    if not view_name:
        return None
    for item in items:
        if item.url_name == view_name:
            return item
    for item in items:
        if view_name in item.also_active:
            return item
    package = view_name.rpartition(":")[0]
    for item in items:
        if package and f"{package}:" in item.also_active:
            return item
    relatives = [item for item in items if package and item.url_name.rpartition(":")[0] == package]
    if len(relatives) == 1:
        return relatives[0]
    return next((item for item in relatives if item.url_name == f"{package}:index"), None)
