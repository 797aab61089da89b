"""Each role at each page of a store: opened, refused, or not there at all for strangers."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from shopbell.accounts.models import Role, Staff
from shopbell.accounts.permissions import PERMISSIONS, ROLES, may, may_grant
from shopbell.web.access import access_of
from tests.support.people import People, SignIn

WHO_MAY_OPEN = {
    "accounts:settings": "owner admin supervisor",
    "accounts:settings_save": "owner admin",
    "accounts:colour_preview": "owner admin supervisor",
    "accounts:face": "owner admin supervisor agent light",
    "accounts:staff": "owner admin supervisor",
    "accounts:staff_invite": "owner admin",
    "accounts:staff_role": "owner admin",
    "accounts:staff_remove": "owner admin",
    "accounts:staff_link": "owner admin",
    "accounts:keys": "owner admin",
    "accounts:key_create": "owner admin",
    "accounts:key_revoke": "owner admin",
    "connections:index": "owner admin supervisor",
    "connections:choose": "owner admin",
    "connections:new": "owner admin",
    "connections:create": "owner admin",
    "connections:show": "owner admin supervisor",
    "connections:exchanges": "owner admin",
    "connections:save": "owner admin",
    "connections:try": "owner admin",
    "connections:again": "owner admin",
    "connections:switch": "owner admin",
    "connections:remove": "owner admin",
}
PAGES = ("accounts:settings", "accounts:staff", "accounts:keys", "connections:index",
         "connections:choose")  # fmt: skip
SOME_ID = uuid.UUID(int=1)


def store_views() -> Iterator[tuple[str, URLPattern]]:
    for resolver in get_resolver().url_patterns:
        for inner in getattr(resolver, "url_patterns", []):
            namespace = getattr(inner, "namespace", None) or getattr(resolver, "namespace", None)
            for pattern in getattr(inner, "url_patterns", [inner]):
                ours = namespace in ("accounts", "connections") and isinstance(pattern, URLPattern)
                if ours and "<slug:store>" in str(pattern.pattern):
                    yield f"{namespace}:{pattern.name}", pattern


def address(name: str, slug: str) -> str:
    pattern = dict(store_views())[name]
    arguments: dict[str, object] = {"store": slug}
    for key in pattern.pattern.converters:
        if key != "store":
            arguments[key] = "smtp" if key == "connector" else SOME_ID
    return reverse(name, kwargs=arguments)


def test_the_table_names_every_page() -> None:
    assert set(WHO_MAY_OPEN) == {name for name, _ in store_views()}


@pytest.mark.parametrize("name", WHO_MAY_OPEN)
def test_each_role_meets_the_door_it_should(name: str, lark: People, signed_in: SignIn) -> None:
    allowed = set(WHO_MAY_OPEN[name].split())
    for role in Role.values:
        client = signed_in(lark.user(role))
        statuses = {
            client.get(address(name, "lark")).status_code,
            client.post(address(name, "lark")).status_code,
        }
        if role in allowed:
            assert 403 not in statuses, (name, role)
        else:
            assert statuses == {403}, (name, role)


@pytest.mark.parametrize("name", WHO_MAY_OPEN)
def test_the_owner_of_another_store_finds_nothing(
    name: str, lark: People, wren: People, signed_in: SignIn
) -> None:
    client = signed_in(wren.user("owner"))
    there = client.get(address(name, "lark"))
    nowhere = client.get(address(name, "no-such-store"))
    assert there.status_code == nowhere.status_code == 404
    assert client.post(address(name, "lark")).status_code == 404
    assert b"Lark" not in there.content


@pytest.mark.parametrize("name", WHO_MAY_OPEN)
def test_a_visitor_is_asked_to_sign_in(name: str, lark: People) -> None:
    answer = Client().get(address(name, "lark"))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/account/login/?next=/s/lark/")


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_open(name: str, lark: People, signed_in: SignIn) -> None:
    answer = signed_in(lark.user("owner")).get(address(name, "lark"))
    assert answer.status_code == 200
    assert b"<h1>" in answer.content


def test_rows_of_another_store_are_not_there(lark: People, wren: People, signed_in: SignIn) -> None:
    client = signed_in(lark.user("owner"))
    theirs = wren.staff["agent"].pk
    for name in ("staff_role", "staff_remove", "staff_link"):
        answer = client.post(reverse(f"accounts:{name}", args=["lark", theirs]), {"role": "owner"})
        assert answer.status_code == 404


def test_every_view_checks_what_it_declares() -> None:
    for name, pattern in store_views():
        access = access_of(pattern.callback)
        assert access is not None
        roles = [role for role in Role.values if access.permission in ROLES[role]]
        assert roles == WHO_MAY_OPEN[name].split(), name


def test_nobody_grants_more_than_they_have() -> None:
    for mine in Role.values:
        for given in Role.values:
            staff = Staff(store_id=1, role=mine)
            if may_grant(staff, given):
                assert ROLES[given] <= ROLES[mine]


def test_owners_may_everything_and_light_agents_change_nothing() -> None:
    owner, light = Staff(store_id=1, role="owner"), Staff(store_id=1, role="light")
    assert all(may(owner, name) for name in PERMISSIONS)
    assert not any(may(light, name) for name in PERMISSIONS if name.endswith(":write"))
