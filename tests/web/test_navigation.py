"""The merchant shell: only pages that exist, only for those who may."""

from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path, resolve

from shopbell.config.navigation import NAVIGATION as REAL
from shopbell.web.context import build_shell, shell
from shopbell.web.icons import ICONS
from shopbell.web.navigation import Navigation, NavItem, NavSection, active_item


def _page(_request: HttpRequest, store: str = "") -> HttpResponse:
    return HttpResponse(store)


urlpatterns = [
    path("s/<slug:store>/", _page, name="here"),
    path("s/<slug:store>/secret", _page, name="secret"),
    path("s/<slug:store>/search", _page, name="search"),
    path("everywhere", _page, name="everywhere"),
]

PLAN = Navigation(
    may=lambda _request, permission: permission != "secret:read",
    numbers=lambda _request, names: dict.fromkeys(names, 12),
    sections=(
        NavSection(
            "",
            (
                NavItem("Here", "here", "home", keys="g h", on_phone=True, count="twelve"),
                NavItem("Secret", "secret", "lock", permission="secret:read"),
                NavItem("Not built", "not-built", "bell"),
                NavItem("Everywhere", "everywhere", "help"),
            ),
        ),
        NavSection("Empty", (NavItem("Not built", "not-built", "bell"),)),
    ),
)

_settings = override_settings(
    ROOT_URLCONF="tests.web.test_navigation", NAVIGATION="tests.web.test_navigation.PLAN"
)


def _request(address: str, **parts: Any) -> HttpRequest:
    request = RequestFactory().get(address)
    request.resolver_match = resolve(address)
    for name, value in parts.items():
        setattr(request, name, value)
    return request


@_settings
def test_only_pages_that_exist_and_are_allowed_are_shown() -> None:
    # given
    request = _request("/s/clay/", store=SimpleNamespace(slug="clay", name="Clay & Linen"))

    # when
    built = build_shell(request)

    # then
    labels = [link.label for section in built.sections for link in section.links]
    assert labels == ["Here", "Everywhere"]
    assert [section.label for section in built.sections] == [""]
    assert built.active is not None
    assert built.active.label == "Here"
    assert built.active.url == "/s/clay/"
    assert built.active.count == 12


@_settings
def test_outside_a_store_the_shell_still_stands() -> None:
    built = build_shell(_request("/everywhere"))

    assert [link.label for section in built.sections for link in section.links] == ["Everywhere"]
    assert built.store is None
    assert built.live_url == ""
    assert built.search_url == ""


@_settings
def test_live_updates_and_search_belong_to_the_store() -> None:
    built = build_shell(
        _request("/s/clay/", store=SimpleNamespace(slug="clay", name="Clay & Linen"))
    )

    assert built.live_url == "/live/clay"
    assert built.search_url == "/s/clay/search"


@_settings
def test_the_shell_costs_nothing_until_a_template_asks() -> None:
    asked: list[str] = []

    class Watched:
        slug = "clay"

        @property
        def name(self) -> str:
            asked.append("name")
            return "Clay"

    context = shell(_request("/s/clay/", store=Watched()))
    assert asked == []
    assert context["shell"].store_name == "Clay"


@_settings
def test_the_person_is_called_by_name_or_address() -> None:
    user = SimpleNamespace(name="", email="ines@example.org")
    built = build_shell(_request("/everywhere", staff=SimpleNamespace(user=user), user=user))

    assert built.person == "ines@example.org"


def test_the_real_list_uses_known_icons_and_unique_keys() -> None:
    items = [item for section in REAL.sections for item in section.items]
    keys = [item.keys for item in items if item.keys]

    assert all(item.icon in ICONS for item in items)
    assert len(keys) == len(set(keys))
    assert {"g h", "g o", "g c", "g m", "g n"} <= set(keys)


def test_a_page_inside_a_package_marks_the_packages_list() -> None:
    # given
    items = [
        NavItem("Messages", "messaging:index", "messages"),
        NavItem("Templates", "messaging:templates", "templates"),
        NavItem("Orders", "orders:all", "orders", also_active=("web:odd",)),
        NavItem("Team", "accounts:staff", "person"),
        NavItem("Settings", "accounts:settings", "settings"),
    ]

    # then
    def label(view: str) -> str:
        item = active_item(items, view)
        return item.label if item else ""

    assert label("messaging:templates") == "Templates"
    assert label("messaging:show") == "Messages"
    assert label("orders:show") == "Orders"
    assert label("web:odd") == "Orders"
    assert label("accounts:profile") == ""
    assert label("") == ""


def test_a_place_may_own_all_pages_of_another_package() -> None:
    # given
    inbox = NavItem("Inbox", "inbox:index", "inbox", also_active=("rules:",))
    # then
    assert active_item([inbox], "rules:new") is inbox
    assert active_item([inbox], "orders:show") is None
