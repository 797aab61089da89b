"""Making sign-up forms and topics: who may, what is said, what stays when something is wrong."""

from typing import Any

import pytest
from django.test import Client

from shopbell.accounts.models import Role
from shopbell.consent.queries import topics
from shopbell.consent.single import single_opt_in_of
from shopbell.consent.soft import soft_opt_in_of
from shopbell.kit.db.scope import store_scope
from shopbell.signups.models import Signup, SignupForm
from shopbell.signups.words import LANGUAGES, phrases
from tests.signups.ground import Reader, add_form, link
from tests.support.people import client_of, people_of

pytestmark = pytest.mark.django_db
LIST = "/s/lark/signups/"


def values(**changes: Any) -> dict[str, Any]:
    told = {
        "name": "Foot of the page",
        "slug": "",
        "channel": "email",
        "languages": ["en"],
        "asks_by_mail": "on",
        "is_open": "on",
        "en.title": "News",
        "en.wording": "I want offers.",
    }
    return told | changes


def test_a_form_is_made_seen_changed_and_thrown_away() -> None:
    people = people_of("lark")
    owner = client_of(people.user("owner"))
    assert "No sign-up form yet" in owner.get(LIST).content.decode()
    begun = owner.get(f"{LIST}new/").content.decode()
    assert "I want offers and news from Lark by e-mail" in begun
    made: Any = owner.post(f"{LIST}new/", values())
    assert made["Location"] == f"{LIST}forms/foot-of-the-page/"
    page = owner.get(made["Location"]).content.decode()
    assert "/join/lark/foot-of-the-page?frame=1" in page
    assert "Wording 1." in page
    again = owner.post(made["Location"], values(slug="news", **{"en.title": "More"}))
    assert again.status_code == 302
    assert "Wording 2." in owner.get(f"{LIST}forms/news/").content.decode()
    assert Client().get("/join/lark/news").status_code == 200
    owner.post(f"{LIST}forms/news/drop/")
    assert Client().get("/join/lark/news").status_code == 404


def test_what_is_wrong_is_said_at_its_field_and_nothing_written_is_lost() -> None:
    people = people_of("lark")
    owner = client_of(people.user("owner"))
    add_form(people.store)
    for change, said in (
        ({"en.wording": ""}, "Say what people agree to."),
        ({"languages": ["en", "de"]}, "Give the form a title."),
        ({"languages": []}, "This field is required."),
        ({"slug": "Not Good"}, "Use small letters"),
        ({"slug": "news"}, "Another form has this address already."),
        ({"topics": ["unknown"]}, "unknown"),
    ):
        answer = owner.post(f"{LIST}new/", values(**change, **{"en.intro": "Kept <words>"}))
        assert answer.status_code == 422, change
        page = answer.content.decode()
        assert said in page
        assert "Kept &lt;words&gt;" in page
    with store_scope(people.store.pk):
        assert SignupForm.objects.count() == 1


def test_the_list_counts_who_asked_and_who_confirmed() -> None:
    people = people_of("lark")
    add_form(people.store)
    for number in range(3):
        Reader(people.store).signup(email=f"a{number}@shop.example")
    Reader(people.store).signup(website="spam")
    Client().post(link(people.store))
    page = client_of(people.user("owner")).get(LIST).content.decode()
    assert "3 asked in 30 days, 1 confirmed" in page


def test_topics_are_added_renamed_and_offered_no_more() -> None:
    people = people_of("lark")
    owner = client_of(people.user("owner"))
    owner.post(f"{LIST}topics/", {"en": "Tea & more", "de": "Tee"})
    owner.post(f"{LIST}topics/", {"en": "", "de": ""})
    with store_scope(people.store.pk):
        assert [(row.key, row.names) for row in topics()] == [
            ("tea-more", {"en": "Tea & more", "de": "Tee"})
        ]
    owner.post(f"{LIST}topics/tea-more/", {"tea-more-en": "Tea"})
    assert 'value="Tea"' in owner.get(LIST).content.decode()
    assert owner.post(f"{LIST}topics/none/", {}).status_code == 404
    owner.post(f"{LIST}topics/tea-more/", {"drop": "1"})
    with store_scope(people.store.pk):
        assert topics() == []


def test_each_role_meets_the_door_it_should_and_strangers_find_nothing() -> None:
    people = people_of("lark")
    add_form(people.store)
    paths = ["new/", "forms/news/", "forms/news/drop/", "topics/", "topics/tea/"]
    for role in Role.values:
        client = client_of(people.user(role))
        writes = role in ("owner", "admin", "supervisor")
        assert (client.get(LIST).status_code == 200) is writes
        for path in paths:
            statuses = {client.post(f"{LIST}{path}", {}).status_code}
            assert (403 not in statuses) is writes, (role, path)
        if writes:
            add_form(people.store)
    other = client_of(people_of("wren").user("owner"))
    for path in ["", *paths]:
        assert other.get(f"{LIST}{path}").status_code == 404


def test_the_languages_say_everything_with_the_same_gaps() -> None:
    import re

    def gaps(language: str) -> dict[str, list[str]]:
        return {key: re.findall(r"{\w+}", text) for key, text in phrases(language).items()}

    for language in LANGUAGES:
        assert gaps(language) == gaps("en"), language


def test_an_owner_states_the_rules_of_permission_and_what_is_wrong_is_said() -> None:
    people = people_of("lark")
    owner, place = client_of(people.user("owner")), f"{LIST}rules/"
    assert client_of(people.user("supervisor")).get(place).status_code == 403
    assert "You have no topics yet" in owner.get(place).content.decode()
    add_form(people.store)
    told = {"soft": "1", "soft-on": "on", "soft-countries": ["DE", "AT"], "soft-topics": ["tea"]}
    said = owner.post(place, told).content.decode()
    assert "Since when does your checkout say so?" in said
    told |= {"soft-notice_since": "2026-01-05", "soft-months": ""}
    for change, wrong in (
        ({"soft-countries": ["XX"]}, "Choose among the countries"),
        ({"soft-countries": []}, "Choose at least one country"),
        ({"soft-topics": []}, "Choose the topics"),
        ({"soft-notice_since": "2099-01-01"}, "cannot hold before"),
        ({"soft-months": "99"}, "less than or equal to 60"),
    ):
        answer: Any = owner.post(place, told | change)
        assert answer.status_code == 422
        assert wrong in answer.content.decode(), change
    assert owner.post(place, told).status_code == 302
    people.store.refresh_from_db()
    rules = soft_opt_in_of(people.store)
    assert rules is not None
    assert (rules.countries, rules.topics, rules.months) == (("DE", "AT"), ("tea",), 24)
    assert f"Stated by {people.user('owner').email}" in owner.get(place).content.decode()
    assert owner.post(place, {"single": "1", "single-countries": "XX"}).status_code == 422
    assert owner.post(place, {"single": "1", "single-countries": ["ES", "IT"]}).status_code == 302
    owner.post(place, {"soft": "1"})
    people.store.refresh_from_db()
    assert soft_opt_in_of(people.store) is None
    assert single_opt_in_of(people.store) == ("ES", "IT")


def test_the_preview_shows_what_stands_in_the_editor_and_stores_nothing() -> None:
    people = people_of("lark")
    owner = client_of(people.user("owner"))
    add_form(people.store)
    written = values(**{"en.title": "Tea <news>", "topics": ["tea"], "de.title": "Teeneues"})
    shown = owner.post(f"{LIST}preview/", written)
    assert shown.status_code == 200
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    page = shown.content.decode()
    assert "Tea &lt;news&gt;" in page
    assert "inert" in page
    assert ">Tea<" in page
    assert ">Sale<" not in page
    # in another language, of another channel, with nothing written yet, after it
    more = written | {"languages": ["en", "de"], "shown_language": "de", "channel": "sms"}
    assert "Handynummer" in owner.post(f"{LIST}preview/", more).content.decode()
    assert owner.post(f"{LIST}preview/", {}).status_code == 200
    after = owner.post(f"{LIST}preview/", written | {"shown_page": "after"}).content.decode()
    assert "Please look into your mailbox" in after
    with store_scope(people.store.pk):
        assert SignupForm.objects.count() == 1
        assert not Signup.objects.exists()
    assert client_of(people.user("agent")).post(f"{LIST}preview/", written).status_code == 403
