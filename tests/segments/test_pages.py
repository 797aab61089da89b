"""The pages of segments: list, editor, members, and who may do what."""

from typing import Any

import pytest
from django.test import Client

from shopbell.kit.db.scope import store_scope
from shopbell.segments.models import Member, Segment
from tests.segments.ground import Shop, keep_up, known, make_shop, members_of, segment
from tests.support.people import client_of, people_of

pytestmark = pytest.mark.django_db

BASE = "/s/lark/segments/"


@pytest.fixture
def shop() -> Shop:
    return make_shop()


@pytest.fixture
def owner(shop: Shop) -> Client:
    return person("owner")


def person(role: str) -> Client:
    from shopbell.accounts.models import User

    return client_of(User.objects.get(email=f"{role}@lark.example"))


def posted(*rows: dict[str, Any], mode: str = "all", **more: str) -> dict[str, str]:
    """Return the form of one block of conditions as a browser posts it."""
    form = {"blocks": "1", "g0.mode": mode, "g0.size": str(len(rows))}
    for number, row in enumerate(rows):
        here = f"g0.{number}"
        form |= {f"{here}.was": row["key"]}
        form |= {f"{here}.{name}": str(value) for name, value in row.items()}
    return form | more


def only() -> Segment:
    """Return the one segment a person made."""
    return Segment.objects.get(key="")


def test_the_list_teaches_while_it_is_empty_and_shows_the_stages(shop: Shop, owner: Client) -> None:
    said = owner.get(BASE).content.decode()
    assert "No segment of your own yet" in said
    assert "Make the first one" in said
    keep_up()
    said = owner.get(BASE).content.decode()
    assert "Lapsed" in said
    assert "Everybody who has at least 1 order and has not ordered in the last 180 days." in said


def test_a_segment_is_put_together_counted_and_saved(shop: Shop, owner: Client) -> None:
    with store_scope(shop.store.pk):
        shop.order(shop.customer("mia"), what=["Candle"])
        shop.customer("ben")
    known(shop)
    # a new one begins with a condition and counts
    assert "ordered in the last 30 days" in owner.get(BASE + "new/").content.decode()
    # another condition is chosen: it begins with its usual values, and says what is missing
    chosen = posted({"key": "bought", "was": "last_order", "days": 30})
    chosen["g0.0.was"] = "last_order"
    said = owner.post(BASE + "new/", chosen, headers={"HX-Request": "true"}).content.decode()
    assert "Product is missing." in said
    # a product is typed: the count and a sample follow, nothing is kept
    form = posted({"key": "bought", "what": "candle", "by": "title", "times": "", "days": "90"})
    said = owner.post(BASE + "new/", form, headers={"HX-Request": "true"}).content.decode()
    assert "Everybody who bought “candle” in the last 90 days." in said
    assert "<b>1</b> customer now" in said
    assert "Mia" in said
    with store_scope(shop.store.pk):
        assert not Segment.objects.filter(key="").exists()
    # it is saved
    answer = owner.post(BASE + "new/", form | {"do": "save", "name": "Candles"})
    with store_scope(shop.store.pk):
        row = only()
    assert answer.headers["location"] == f"{BASE}{row.pk}/"
    assert row.changed_as == "owner lark"
    assert "being counted" in owner.get(answer.headers["location"]).content.decode()
    keep_up()
    said = owner.get(answer.headers["location"]).content.decode()
    assert "Mia" in said
    assert "ben@mail.example" not in said


def test_rows_and_blocks_are_added_and_taken_away(shop: Shop, owner: Client) -> None:
    form = posted({"key": "email", "way": "not"}, {"key": "phone"}, mode="any")

    def press(what: str) -> str:
        return owner.post(BASE + "new/", form | {"do": what}).content.decode()

    assert press("more g0").count('class="segment-row"') == 3
    assert press("less g0.1").count('class="segment-row"') == 1
    assert press("block").count("<fieldset") == 2
    assert press("unblock g0").count("<fieldset") == 0
    for nonsense in ("less g7.1", "less", "more g0.0.0", "unblock gx", "../../etc"):
        assert press(nonsense).count("<fieldset") in (0, 1)


def test_what_is_wrong_is_marked_where_it_is_and_nothing_is_kept(shop: Shop, owner: Client) -> None:
    form = posted({"key": "last_order", "days": "soon"}, {"key": "bought"}, do="save", name="")
    answer = owner.post(BASE + "new/", form)
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "Give it a name." in said
    answer = owner.post(BASE + "new/", form | {"name": "X"})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "Days is a whole number." in said
    assert "Product is missing." in said
    assert "look at what is marked" in said
    with store_scope(shop.store.pk):
        assert not Segment.objects.filter(key="").exists()


def test_a_taken_name_is_said_and_the_form_is_kept(shop: Shop, owner: Client) -> None:
    with store_scope(shop.store.pk):
        segment("Mine", {"is": "email"})
    form = posted({"key": "phone"}, do="save", name="Mine")
    answer = owner.post(BASE + "new/", form)
    assert answer.status_code == 422
    assert "Another segment is called" in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()


def test_a_segment_is_changed_as_it_was_shown(shop: Shop, owner: Client) -> None:
    with store_scope(shop.store.pk):
        row = segment("Mine", {"all": [
            {"not": "country", "countries": ["DE", "AT"]},
            {"any": [{"is": "email"}, {"is": "phone"}]},
        ]})  # fmt: skip
    said = owner.get(f"{BASE}{row.pk}/edit/").content.decode()
    assert said.count("<fieldset") == 2
    assert 'value="DE, AT"' in said
    form = posted({"key": "email"}, do="save", name="Mine too")
    assert owner.post(f"{BASE}{row.pk}/edit/", form).status_code == 302
    with store_scope(shop.store.pk):
        row.refresh_from_db()
        assert (row.name, row.version) == ("Mine too", 2)
        assert row.definition == {"all": [{"all": [{"is": "email"}]}]}


def test_conditions_deeper_than_the_editor_are_said_in_words(shop: Shop, owner: Client) -> None:
    with store_scope(shop.store.pk):
        inner = {"any": [{"is": "email"}, {"all": [{"is": "phone"}]}]}
        row = segment("Deep", {"all": [inner]})
    said = owner.get(f"{BASE}{row.pk}/edit/").content.decode()
    assert "nested deeper" in said
    assert "has an e-mail address or has a phone number" in said


def test_members_are_paged_newest_first(shop: Shop, owner: Client) -> None:
    with store_scope(shop.store.pk):
        for number in range(60):
            shop.customer(f"c{number}")
    known(shop)
    with store_scope(shop.store.pk):
        row = segment("All", {"is": "email"})
    keep_up()
    first = owner.get(f"{BASE}{row.pk}/")
    assert first.content.decode().count('<tr id="m-') == 50
    older = first.context["page"].older
    assert owner.get(f"{BASE}{row.pk}/?at={older}").content.decode().count('<tr id="m-') == 10
    assert owner.get(f"{BASE}{row.pk}/?at=nonsense").status_code == 422


def test_one_in_use_stays_and_says_who_uses_it(shop: Shop, owner: Client) -> None:
    with store_scope(shop.store.pk):
        row = segment("Base", {"is": "email"})
        segment("Around", {"is": "segment", "segment": str(row.pk)})
    assert "Used by the segment “Around”." in owner.get(f"{BASE}{row.pk}/").content.decode()
    answer = owner.post(f"{BASE}{row.pk}/delete/", follow=True)
    assert "is used by the segment “Around”" in answer.content.decode()
    with store_scope(shop.store.pk):
        assert Segment.objects.filter(pk=row.pk).exists()


def test_who_may_do_what(shop: Shop) -> None:
    with store_scope(shop.store.pk):
        row = segment("Mine", {"is": "email"})
    doors = {"": "read", f"{row.pk}/": "read", "new/": "write", f"{row.pk}/edit/": "write"}
    for role in ("owner", "admin", "supervisor"):
        client = person(role)
        assert {client.get(BASE + door).status_code for door in doors} == {200}
    for role in ("agent", "light"):
        client = person(role)
        assert {client.get(BASE + door).status_code for door in doors} == {403}
        assert client.post(f"{BASE}{row.pk}/delete/").status_code == 403
    # strangers find nothing, and looking changes nothing
    people_of("wren")
    from shopbell.accounts.models import User

    stranger = client_of(User.objects.get(email="owner@wren.example"))
    assert {stranger.get(BASE + door).status_code for door in doors} == {404}
    assert person("owner").get(f"{BASE}{row.pk}/delete/").status_code == 405
    theirs = stranger.get(f"/s/wren/segments/{row.pk}/")
    assert theirs.status_code == 404
    with store_scope(shop.store.pk):
        assert Segment.objects.filter(pk=row.pk).exists()
        assert not Member.objects.exists()
    assert members_of(shop, row) == set()


def test_hostile_names_are_shown_as_text(shop: Shop, owner: Client) -> None:
    evil = "<script>alert(1)</script>"
    form = posted({"key": "bought", "what": evil, "by": "title"}, do="save", name=evil)
    answer = owner.post(BASE + "new/", form, follow=True)
    said = answer.content.decode()
    assert evil not in said
    assert "&lt;script&gt;" in said
    assert evil not in owner.get(BASE).content.decode()
