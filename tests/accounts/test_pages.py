"""The store's settings, its team and its API keys, as people use the pages."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from shopbell.accounts.actions import add_staff, create_api_key, save_portrait
from shopbell.accounts.models import ApiKey, Staff, Store, User
from shopbell.accounts.queries import valid_key
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.support.people import People, SignIn
from tests.widget.test_wishes import png

pytestmark = pytest.mark.django_db

SETTINGS = {
    "name": "Lark & Larder",
    "locale": "de",
    "timezone": "Europe/Berlin",
    "currency": "CHF",
    "domain": "lark.example",
    "url": "https://lark.example",
    "logo_url": "",
    "brand_colour": "#aa3300",
    "postal_address": "Bird Lane 1",
    "help_url": "",
    "help_email": "help@lark.example",
    "phone": "",
    "hours": "",
    "quiet_from": "20:30",
    "quiet_until": "09:00",
    "track_opens": "on",
}


def staff_count(store: Store) -> int:
    with store_scope(store.pk):
        return Staff.objects.count()


def test_settings_are_saved_and_nothing_else(lark: People, signed_in: SignIn) -> None:
    # given a store with a policy the page does not know, and a visitor who posts more than asked
    Store.objects.update(policies={"in_doubt_minutes": 3})
    key = lark.store.link_key
    more = {"slug": "stolen", "is_demo": "on", "link_key": "x", "sends_paused": "on"}

    # when
    answer = signed_in(lark.user("admin")).post("/s/lark/settings/save", SETTINGS | more)

    # then
    assert answer.status_code == 302, answer.content
    store = Store.objects.get()
    assert (store.name, store.currency, store.brand_colour) == ("Lark & Larder", "CHF", "#aa3300")
    assert store.policies == {
        "in_doubt_minutes": 3, "quiet_from": "20:30", "quiet_until": "09:00", "track_opens": True,
        "track_clicks": False,
    }  # fmt: skip
    assert (store.slug, store.link_key, store.is_demo, store.sends_paused) == (
        "lark", key, False, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [("timezone", "Moon"), ("brand_colour", "red;}"), ("help_email", "x"), ("url", "javascript:1")],
)
def test_wrong_settings_are_shown_and_not_saved(
    lark: People, signed_in: SignIn, field: str, value: str
) -> None:
    answer = signed_in(lark.user("owner")).post("/s/lark/settings/save", SETTINGS | {field: value})
    assert answer.status_code == 422
    assert Store.objects.get().name == "Lark"


def test_a_supervisor_sees_settings_without_a_button(lark: People, signed_in: SignIn) -> None:
    page = signed_in(lark.user("supervisor")).get("/s/lark/settings/").content.decode()
    assert "disabled" in page
    assert ">Save<" not in page


def test_owners_without_a_second_factor_are_reminded(lark: People, signed_in: SignIn) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    client = signed_in(lark.user("owner"))
    assert b"second factor" in client.get("/s/lark/settings/").content
    TOTP.activate(lark.user("owner"), generate_totp_secret())
    assert b"second factor" not in client.get("/s/lark/settings/").content


def test_a_colour_is_previewed_and_a_broken_one_is_not(lark: People, signed_in: SignIn) -> None:
    client = signed_in(lark.user("owner"))
    assert b"<svg" in client.get("/s/lark/settings/colour?brand_colour=%23336699").content
    broken = client.get('/s/lark/settings/colour?brand_colour="><script>').content
    assert b"<svg" not in broken
    assert b"<script" not in broken


def test_somebody_new_is_invited_with_a_link_shown_once(lark: People, signed_in: SignIn) -> None:
    # given
    client = signed_in(lark.user("admin"))

    # when
    page = client.post(
        "/s/lark/staff/invite", {"email": "new@lark.example", "name": "Nia", "role": "agent"}
    ).content.decode()

    # then
    found = re.search(r"/account/link/[\w-]+", page)
    assert found
    assert found[0] not in client.get("/s/lark/staff/").content.decode()
    newcomer = Client()
    newcomer.post(found[0])
    assert newcomer.get("/s/lark/staff/").status_code == 403
    assert newcomer.get("/", follow=False).headers["location"] == "/s/lark/"


def test_somebody_with_an_account_gets_no_link(
    lark: People, wren: People, signed_in: SignIn
) -> None:
    """A link would open the account in the other store too."""
    page = signed_in(lark.user("owner")).post(
        "/s/lark/staff/invite", {"email": "OWNER@wren.example", "role": "light"}
    )
    assert page.status_code == 200
    assert b"/account/link/" not in page.content
    assert b"has an account already" in page.content
    assert staff_count(lark.store) == 6


def test_nobody_invites_above_their_own_role_or_twice(lark: People, signed_in: SignIn) -> None:
    client = signed_in(lark.user("admin"))
    above = client.post("/s/lark/staff/invite", {"email": "a@b.example", "role": "owner"})
    twice = client.post("/s/lark/staff/invite", {"email": "agent@lark.example", "role": "light"})
    assert above.status_code == twice.status_code == 422
    assert b"works for this store already" in twice.content
    assert staff_count(lark.store) == 5


def test_roles_are_changed_within_the_own_reach(lark: People, signed_in: SignIn) -> None:
    # given
    admin, owner = signed_in(lark.user("admin")), signed_in(lark.user("owner"))
    agent, boss = lark.staff["agent"], lark.staff["owner"]

    # when, then
    assert admin.post(f"/s/lark/staff/{agent.pk}/role", {"role": "supervisor"}).status_code == 302
    assert admin.post(f"/s/lark/staff/{agent.pk}/role", {"role": "owner"}).status_code == 403
    assert admin.post(f"/s/lark/staff/{boss.pk}/role", {"role": "light"}).status_code == 403
    assert admin.post(f"/s/lark/staff/{boss.pk}/remove").status_code == 403
    assert admin.post(f"/s/lark/staff/{agent.pk}/role", {"role": "king"}).status_code == 422
    assert owner.post(f"/s/lark/staff/{agent.pk}/role", {"role": "owner"}).status_code == 302
    with store_scope(lark.store.pk):
        assert Staff.objects.get(pk=agent.pk).role == "owner"


def test_the_last_owner_stays(lark: People, signed_in: SignIn) -> None:
    client, own = signed_in(lark.user("owner")), lark.staff["owner"].pk
    removed = client.post(f"/s/lark/staff/{own}/remove")
    demoted = client.post(f"/s/lark/staff/{own}/role", {"role": "agent"})
    assert removed.status_code == demoted.status_code == 409
    assert b"last owner" in removed.content
    assert staff_count(lark.store) == 5


def test_somebody_is_removed_and_keeps_nothing(lark: People, signed_in: SignIn) -> None:
    gone = signed_in(lark.user("agent"))
    answer = signed_in(lark.user("owner")).post(
        f"/s/lark/staff/{lark.staff['agent'].pk}/remove", follow=True
    )
    assert b"does not work here any more" in answer.content
    assert gone.get("/s/lark/staff/").status_code == 404
    assert User.objects.filter(email="agent@lark.example").exists()


def test_a_new_link_is_for_people_of_this_store_only(
    lark: People, wren: People, signed_in: SignIn
) -> None:
    # given
    client, agent = signed_in(lark.user("owner")), lark.staff["agent"]

    # when, then
    first = client.post(f"/s/lark/staff/{agent.pk}/link")
    assert b"/account/link/" in first.content
    add_staff(store=wren.store, email=agent.user.email, role="light")
    second = client.post(f"/s/lark/staff/{agent.pk}/link")
    assert second.status_code == 403
    above = signed_in(lark.user("admin")).post(f"/s/lark/staff/{lark.staff['owner'].pk}/link")
    assert above.status_code == 403
    assert b"/account/link/" not in second.content + above.content


def test_a_key_is_shown_once_and_works_until_it_is_revoked(lark: People, signed_in: SignIn) -> None:
    # given
    client = signed_in(lark.user("owner"))

    # when
    page = client.post(
        "/s/lark/keys/create", {"name": "import", "scopes": ["orders:read"], "days": "30"}
    ).content.decode()

    # then
    raw = re.search(r"sb_[\w-]{40,}", page)
    assert raw
    key = valid_key(raw[0])
    assert key is not None
    assert (key.scopes, key.created_by_id) == (["orders:read"], lark.user("owner").pk)
    listed = client.get("/s/lark/keys/").content.decode()
    assert raw[0] not in listed
    assert raw[0][:8] in listed
    with clock.at(clock.now() + timedelta(days=31)):
        assert valid_key(raw[0]) is None
    assert client.post(f"/s/lark/keys/{key.pk}/revoke").status_code == 302
    assert valid_key(raw[0]) is None
    assert b"Revoked" in client.get("/s/lark/keys/").content


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"scopes": ["root"]}, {"name": ""}, {"name": "taken"}, {"days": "9999"}],
)
def test_a_wrong_key_form_makes_nothing(
    lark: People, signed_in: SignIn, wrong: dict[str, object]
) -> None:
    with store_scope(lark.store.pk):
        create_api_key(name="taken", scopes=["*"])
    form = {"name": "x", "scopes": ["*"], "days": "30"} | wrong
    assert signed_in(lark.user("owner")).post("/s/lark/keys/create", form).status_code == 422
    with store_scope(lark.store.pk):
        assert ApiKey.objects.count() == 1


def test_a_key_of_another_store_cannot_be_revoked(
    lark: People, wren: People, signed_in: SignIn
) -> None:
    with store_scope(wren.store.pk):
        key, raw = create_api_key(name="theirs", scopes=["*"])
    assert signed_in(lark.user("owner")).post(f"/s/lark/keys/{key.pk}/revoke").status_code == 404
    assert valid_key(raw) is not None


def test_the_profile_changes_the_name_only(lark: People, signed_in: SignIn) -> None:
    user = lark.user("light")
    client = signed_in(user)
    assert user.email.encode() in client.get("/account/profile/").content
    answer = client.post(
        "/account/profile/", {"name": "Lee", "email": "x@y.example", "is_active": ""}
    )
    assert answer.status_code == 302
    changed = User.objects.get(pk=user.pk)
    assert (changed.name, changed.email, changed.is_active) == ("Lee", user.email, True)


def test_what_people_typed_is_never_markup(lark: People, signed_in: SignIn) -> None:
    User.objects.update(name='<img src=x onerror="1">')
    Store.objects.update(name="<script>1</script>")
    client = signed_in(lark.user("owner"))
    for path in ("/s/lark/settings/", "/s/lark/staff/", "/s/lark/keys/", "/account/profile/"):
        page = client.get(path).content.decode()
        assert "<img src=x" not in page
        assert "<script>1" not in page


def test_colleagues_are_shown_with_their_picture_in_their_own_store_only(
    lark: People, signed_in: SignIn
) -> None:
    # given
    agent = lark.user("agent")
    mark = save_portrait(user=agent, content=png()).mark
    # when
    page = signed_in(lark.user("owner")).get("/s/lark/staff/").content.decode()
    picture = signed_in(lark.user("light")).get(f"/s/lark/staff/faces/{mark}.png")
    # then
    assert f'src="/s/lark/staff/faces/{mark}.png"' in page
    assert (picture.status_code, picture["content-type"]) == (200, "image/png")
    assert signed_in(agent).get("/s/lark/staff/faces/unknown.png").status_code == 404
    # and the way to the own picture is in the menu of every page
    assert 'href="/account/profile/"' in page
