"""The way in: passwords, one-time links, the second factor, the first set-up, the front page."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from shopbell.accounts.actions import (
    add_staff,
    create_login_link,
    create_store,
    first_login_link,
    setup_key,
)
from shopbell.accounts.models import LoginLink, Organisation, Role, Staff, Store, User
from shopbell.kit import clock
from shopbell.kit.db.scope import unscoped
from tests.support.people import PASSWORD, People, SignIn

pytestmark = pytest.mark.django_db

SETUP = {
    "store_name": "Lark & Larder",
    "slug": "",
    "organisation": "",
    "locale": "en",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "domain": "lark.example",
    "name": "Ann Owner",
    "email": "Ann@lark.example",
    "password": PASSWORD,
}


def path_of(link: str) -> str:
    return link.removeprefix(settings.BASE_URL)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_password_opens_the_only_store(lark: People) -> None:
    # given
    owner = lark.user("owner")
    owner.set_password(PASSWORD)
    owner.save()
    client = Client()

    # when
    page = client.get("/account/login/")
    answer = client.post("/account/login/", {"login": owner.email, "password": PASSWORD})

    # then
    assert b"Sign in" in page.content
    assert b"Sign up" not in page.content
    assert answer.status_code == 302
    assert answer.headers["location"] == "/"
    assert client.get("/").headers["location"] == "/s/lark/"


def test_a_wrong_password_says_so_and_not_which_part_was_wrong(lark: People) -> None:
    owner = lark.user("owner")
    owner.set_password(PASSWORD)
    owner.save()
    client = Client()
    wrong = client.post("/account/login/", {"login": owner.email, "password": "no no no no"})
    nobody = client.post("/account/login/", {"login": "nobody@x.example", "password": "no no no"})
    found = re.compile(r'role="alert">(.*?)</div></div>', re.DOTALL)
    assert not is_signed_in(client)
    first, second = found.findall(wrong.content.decode()), found.findall(nobody.content.decode())
    assert first == second
    assert first


def test_a_person_of_two_stores_chooses(lark: People, wren: People) -> None:
    user = lark.user("agent")
    add_staff(store=wren.store, email=user.email, role="light")
    client = Client()
    client.force_login(user)
    page = client.get("/").content.decode()
    assert 'href="/s/lark/"' in page
    assert 'href="/s/wren/"' in page


def test_a_person_without_a_store_is_told_what_to_do(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user(email="x@y.example"))
    assert b"Ask an owner to invite x@y.example" in client.get("/").content


def test_an_empty_installation_points_to_the_set_up(db: None) -> None:
    page = Client().get("/")
    assert page.status_code == 200
    assert b"shopbell login-link" in page.content
    assert setup_key().encode() not in page.content


def test_a_link_signs_in_once_and_only_by_the_button(lark: People) -> None:
    # given
    path = path_of(create_login_link(user=lark.user("agent")))
    scanner, person, late = Client(), Client(enforce_csrf_checks=False), Client()

    # when scanners look ten times
    looked = [scanner.get(path) for _ in range(10)]
    looked.append(scanner.head(path))

    # then it still works, once
    assert all(answer.status_code == 200 for answer in looked)
    assert looked[0].headers["Referrer-Policy"] == "same-origin"
    assert not is_signed_in(scanner)
    answer = person.post(path)
    assert is_signed_in(person)
    assert answer.headers["location"].startswith(reverse("account_set_password"))
    refused = late.post(path)
    assert refused.status_code == 404
    assert b"used up or too old" in refused.content
    assert not is_signed_in(late)


def test_a_link_ends_after_its_time(lark: People) -> None:
    path = path_of(create_login_link(user=lark.user("agent")))
    client = Client()
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert client.post(path).status_code == 404
    assert not is_signed_in(client)


def test_only_the_hash_of_a_link_is_kept(lark: People) -> None:
    secret = create_login_link(user=lark.user("agent")).rsplit("/", 1)[1]
    assert secret not in str(LoginLink.objects.values().get())


def test_a_link_needs_the_form_token(lark: People) -> None:
    path = path_of(create_login_link(user=lark.user("agent")))
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert LoginLink.objects.get().used_at is None


def test_after_a_link_a_password_is_chosen_and_this_session_goes_on(lark: People) -> None:
    # given
    client = Client()
    client.post(path_of(create_login_link(user=lark.user("owner"))))
    page = client.get(reverse("account_set_password"))
    assert page.status_code == 200

    # when
    answer = client.post(
        reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD}
    )

    # then
    assert answer.status_code == 302
    assert is_signed_in(client)
    assert client.get("/account/profile/").status_code == 200
    assert User.objects.get(pk=lark.user("owner").pk).check_password(PASSWORD)


def test_a_changed_password_ends_the_other_sessions(lark: People) -> None:
    # given two sessions of one person
    owner = lark.user("owner")
    owner.set_password(PASSWORD)
    owner.save()
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.post("/account/login/", {"login": owner.email, "password": PASSWORD})
        assert client.get("/account/profile/").status_code == 200

    # when
    here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": PASSWORD[::-1], "password2": PASSWORD[::-1]},
    )

    # then
    assert here.get("/account/profile/").status_code == 200
    assert elsewhere.get("/account/profile/").status_code == 302


def test_the_session_key_changes_at_sign_in(lark: People) -> None:
    client = Client()
    client.get(path := path_of(create_login_link(user=lark.user("agent"))))
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before or ""
    client.post(path)
    assert client.session.session_key != before


def test_a_removed_member_of_staff_is_out_at_the_next_request(
    lark: People, signed_in: SignIn
) -> None:
    client = signed_in(lark.user("admin"))
    assert client.get("/s/lark/settings/").status_code == 200
    with unscoped("test"):
        lark.staff["admin"].delete()
    assert client.get("/s/lark/settings/").status_code == 404


def test_the_second_factor_is_asked_after_password_and_after_link(lark: People) -> None:
    # given
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    owner = lark.user("owner")
    owner.set_password(PASSWORD)
    owner.save()
    TOTP.activate(owner, generate_totp_secret())

    # when, then
    by_password, by_link = Client(), Client()
    by_password.post("/account/login/", {"login": owner.email, "password": PASSWORD})
    by_link.post(path_of(create_login_link(user=owner)))
    for client in (by_password, by_link):
        assert not is_signed_in(client)
        page = client.get(reverse("mfa_authenticate"))
        assert page.status_code == 200
        assert b"nonce=" in page.content


def test_an_authenticator_app_can_be_set_up(lark: People) -> None:
    from allauth.mfa.totp.internal.auth import (
        format_hotp_value,
        hotp_value,
        yield_hotp_counters_from_time,
    )

    client = Client()
    client.post(path_of(create_login_link(user=lark.user("owner"))))
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    secret = page.context["form"].secret
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(secret, counter))
    answer = client.post(reverse("mfa_activate_totp"), {"code": code})
    assert answer.status_code == 302
    for name in ("mfa_index", "mfa_list_webauthn", "mfa_view_recovery_codes"):
        assert client.get(reverse(name), follow=True).status_code == 200


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_list_webauthn", "mfa_add_webauthn", "account_logout"]
)
def test_pages_of_the_own_account_open(name: str, lark: People) -> None:
    client = Client()
    client.post(path_of(create_login_link(user=lark.user("owner"))))
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert b'class="plain' in page.content


def test_the_set_up_makes_store_and_owner_and_closes(db: None) -> None:
    # given
    client = Client()
    address = path_of(first_login_link())
    assert address.startswith("/setup/?key=")
    assert client.get(address).status_code == 200

    # when
    answer = client.post("/setup/", SETUP | {"key": setup_key()})

    # then
    assert answer.status_code == 302, answer.content
    assert is_signed_in(client)
    store = Store.objects.get()
    assert (store.slug, store.organisation.name) == ("lark-larder", "Lark & Larder")
    with unscoped("test"):
        staff = Staff.objects.select_related("user").get()
    assert (staff.role, staff.user.email) == (Role.OWNER, "ann@lark.example")
    assert Client().get(address).headers["location"] == "/account/login/"
    assert Client().post("/setup/", SETUP | {"key": setup_key()}).status_code == 302
    assert Store.objects.count() == 1
    assert "/account/link/" in first_login_link()


@pytest.mark.parametrize("key", ["", "wrong", "0" * 32])
def test_the_set_up_needs_its_key(db: None, key: str) -> None:
    assert Client().get(f"/setup/?key={key}").status_code == 403
    assert Client().post("/setup/", SETUP | {"key": key}).status_code == 403
    assert not Store.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "password1234"),
        ("email", "not an address"),
        ("timezone", "Moon/Crater"),
        ("domain", "https://lark.example"),
        ("store_name", ""),
    ],
)
def test_mistakes_in_the_set_up_are_shown_and_nothing_is_made(
    db: None, field: str, value: str
) -> None:
    answer = Client().post("/setup/", SETUP | {"key": setup_key(), field: value})
    assert answer.status_code == 422
    assert b"errorlist" in answer.content
    assert not Store.objects.exists()
    assert not User.objects.exists()


def test_a_taken_short_name_is_told_in_the_set_up(db: None) -> None:
    create_store(organisation=Organisation.objects.create(name="O"), slug="lark", name="Lark")
    answer = Client().post("/setup/", SETUP | {"key": setup_key(), "slug": "lark"})
    assert answer.status_code in (409, 422)
    assert not User.objects.exists()


def test_choosing_a_password_can_wait(lark: People) -> None:
    # given somebody who came by a link
    client = Client()
    client.post(path_of(create_login_link(user=lark.user("owner"))))

    # then the page of the password lets them go on, and greets them by no toast
    page = client.get(reverse("account_set_password")).content.decode()
    assert re.search(r'<a[^>]* href="/"[^>]*>\s*Not now', page), page
    assert "Successfully signed in" not in page
    assert client.get("/").headers["location"] == "/s/lark/"


def test_the_set_up_lets_the_browser_guess_the_zone_until_somebody_chose(db: None) -> None:
    client = Client()
    assert "data-guess-timezone" in client.get(path_of(first_login_link())).content.decode()
    wrong = client.post("/setup/", SETUP | {"key": setup_key(), "email": "nobody"})
    assert wrong.status_code == 422
    assert "data-guess-timezone" not in wrong.content.decode()
