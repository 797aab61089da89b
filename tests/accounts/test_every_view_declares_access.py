"""Every address says who may open it. One that does not fails here, whoever adds it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from shopbell.accounts.permissions import PERMISSIONS
from shopbell.web.access import access_of

DECLARED_ELSEWHERE = {
    "allauth.account.views": "each checks for itself; closed sign-up is tested",
    "allauth.mfa.base.views": "each asks for a signed-in person or an open sign-in",
    "allauth.mfa.totp.views": "each asks for a signed-in person who has just confirmed",
    "allauth.mfa.recovery_codes.views": "each asks for a signed-in person who has just confirmed",
    "allauth.mfa.webauthn.views": "each asks for a signed-in person or an open sign-in",
}
WITHOUT_SIGN_UP = ("signup", "password/reset", "login/code", "confirm-email", "account/email")


def views(
    patterns: list[URLPattern | URLResolver] | None = None, prefix: str = ""
) -> Iterator[tuple[str, Callable[..., Any]]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, address)
        else:
            yield address, pattern.callback


def module_of(view: Callable[..., Any]) -> str:
    return str(getattr(view, "view_class", view).__module__)


def test_every_view_declares_who_may_open_it() -> None:
    undeclared = [
        address
        for address, view in views()
        if access_of(view) is None and module_of(view) not in DECLARED_ELSEWHERE
    ]
    assert undeclared == []


def test_every_exception_is_in_use() -> None:
    used = {module_of(view) for _, view in views() if access_of(view) is None}
    assert used == set(DECLARED_ELSEWHERE)


def test_declared_permissions_exist_and_public_pages_have_a_reason() -> None:
    for address, view in views():
        access = access_of(view)
        if access is None:
            continue
        if access.kind == "staff":
            assert access.permission in PERMISSIONS, address
        if access.kind == "public":
            assert len(access.reason) > 10, address


def test_pages_of_a_store_are_for_its_staff_only() -> None:
    for address, view in views():
        if "<slug:store>" in address and address.startswith("s/"):
            access = access_of(view)
            assert access is not None, address
            assert access.kind == "staff", address


def test_nobody_can_sign_up_or_have_a_password_mailed() -> None:
    # Where the staff makes the forms by which customers ask for news.
    forms = "s/<slug:store>/signups/"
    addresses = [address for address, _ in views() if not address.startswith(forms)]
    for part in WITHOUT_SIGN_UP:
        assert not [address for address in addresses if part in address]
