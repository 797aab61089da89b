"""The context processor `shell`: what the merchant shell around a page shows.

`request.store`, `request.stores` and `request.staff` are set by the decorators of
`shopbell.accounts.permissions`. A page outside a store has none of them; everything here copes.
"""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from shopbell.kit import clock
from shopbell.web.navigation import LinkSection, NavLink, links_for, navigation, url_of

PHONE_LINKS = 4


@dataclass(slots=True)
class StoreChoice:
    """A line of the store switcher."""

    name: str
    slug: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class PersonMenu:
    """What the function named by SHELL_PERSON shows at the signed-in person's name, as HTML."""

    mark: SafeString | str = ""
    items: SafeString | str = ""


@dataclass(slots=True)
class Shell:
    """Everything `web/app.html` needs around a page's own content."""

    store: Any = None
    staff: Any = None
    store_name: str = ""
    person: str = ""
    stores: list[StoreChoice] = field(default_factory=list)
    sections: list[LinkSection] = field(default_factory=list)
    active: NavLink | None = None
    bottom: list[NavLink] = field(default_factory=list)
    live_url: str = ""
    drawn_at: int = 0  # ms since the epoch; what came later the live stream tells
    search_url: str = ""
    logout_url: str = ""
    profile_url: str = ""
    picture_url: str = ""  # of the signed-in person; empty shows initials
    bar: SafeString | str = ""
    menu: PersonMenu = field(default_factory=PersonMenu)
    scripts: list[str] = field(default_factory=list)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return `{"shell": ...}` whose value is only computed when a template asks for it."""
    return {"shell": _LazyShell(request)}


class _LazyShell:
    """Computes the shell on first use: customer pages and partials never pay for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._shell: Shell | None = None

    def __getattr__(self, name: str) -> Any:
        if self._shell is None:
            self._shell = build_shell(self._request)
        return getattr(self._shell, name)


def build_shell(request: HttpRequest) -> Shell:
    """Gather navigation, store and person for one request."""
    store = getattr(request, "store", None)
    staff = getattr(request, "staff", None)
    slug = str(getattr(store, "slug", "") or "")
    linked = links_for(request, slug, navigation())
    flat = [link for section in linked for link in section.links]
    return Shell(
        store=store,
        staff=staff,
        store_name=str(getattr(store, "name", "") or ""),
        person=person_name(staff, getattr(request, "user", None)),
        stores=_choices(request, slug),
        sections=linked,
        active=next((link for link in flat if link.active), None),
        bottom=[link for link in flat if link.on_phone][:PHONE_LINKS] or flat[:PHONE_LINKS],
        live_url=f"/live/{slug}" if slug else "",
        drawn_at=int(clock.now().timestamp() * 1000),
        search_url=_if_routed(f"/s/{slug}/search") if slug else "",
        logout_url=url_of("account_logout", "") or "",
        profile_url=url_of("accounts:profile", "") or "",
        picture_url=_picture_of(getattr(request, "user", None)),
        bar=_bar(request) if slug else "",
        menu=_person_menu(request) if slug and staff is not None else PersonMenu(),
        scripts=getattr(settings, "SHELL_SCRIPTS", []) if slug else [],
    )


def _picture_of(user: Any) -> str:
    """Return where the own picture is, another address for another picture."""
    face = getattr(user, "face", "")
    return f"{url_of('accounts:portrait', '')}?{face}" if face else ""


def _bar(request: HttpRequest) -> SafeString:
    """Return what the function named by SHELL_BAR puts above every page of a store, as HTML."""
    path = getattr(settings, "SHELL_BAR", "")
    return SafeString(import_string(path)(request)) if path else SafeString("")


def _person_menu(request: HttpRequest) -> PersonMenu:
    path = getattr(settings, "SHELL_PERSON", "")
    found = import_string(path)(request) if path else PersonMenu()
    assert isinstance(found, PersonMenu)
    return found


def person_name(staff: Any, user: Any) -> str:
    """Return what to call the signed-in person; empty for nobody."""
    for source in (staff, getattr(staff, "user", None), user):
        for attribute in ("name", "email"):
            value = getattr(source, attribute, "")
            if isinstance(value, str) and value:
                return value
    return ""


def _choices(request: HttpRequest, slug: str) -> list[StoreChoice]:
    stores = list(getattr(request, "stores", None) or [])
    return [
        StoreChoice(
            name=str(each.name),
            slug=str(each.slug),
            url=f"/s/{each.slug}/",
            current=str(each.slug) == slug,
        )
        for each in stores
    ]


def _if_routed(path: str) -> str:
    """Return the path if a page answers there, else nothing."""
    try:
        resolve(path)
    except Resolver404:
        return ""
    return path
