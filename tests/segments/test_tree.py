"""Trees come in and go out as plain values, say what is wrong where, and are said in words."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.segments import words
from shopbell.segments.models import Segment
from shopbell.segments.queries import asked_now, count_of
from shopbell.segments.sql import selected
from shopbell.segments.tree import conditions_in, read
from shopbell.segments.vocabulary import CONDITIONS
from tests.segments.ground import make_shop, segment

HOSTILE = (
    "'; DROP TABLE customers_customer; --", '" OR 1=1 --', "\\'; SELECT pg_sleep(9); --", "%s",
    "%(store)s", "{found}", "$1", "x\0y", "\ud800", "')) UNION SELECT id FROM accounts_user --",
    "%' OR '1'='1", "\\", "%%", "1; SET row_security = off",
)  # fmt: skip


def test_a_tree_is_the_same_after_it_was_kept() -> None:
    plain = {"all": [
        {"is": "bought", "what": "candle", "by": "title", "times": 1, "days": 90},
        {"any": [{"not": "email"}, {"none": [{"is": "country", "countries": ["DE", "AT"]}]}]},
    ]}  # fmt: skip
    tree = read(plain)
    assert tree.to_json() == plain
    assert read(tree.to_json()) == tree
    # what was left out is left out again
    for left_out in ({"is": "returned"}, {"is": "bought", "what": "x", "by": "sku"}):
        tree = read(left_out)
        assert read(tree.to_json()) == tree


@pytest.mark.parametrize(
    ("plain", "place", "said"),
    [
        (7, "", "no condition"),
        ({}, "", "“is” or “not”"),
        ({"all": 3}, "all", "a list"),
        ({"all": [{"is": "nonsense"}]}, "all.0", "no condition called “nonsense”"),
        ({"all": [{"is": "email", "not": "phone"}]}, "all.0", "“is” or “not”"),
        ({"all": [], "any": []}, "", "nothing beside it"),
        ({"all": [{"any": [{"is": "last_order", "days": "x"}]}]}, "all.0.any.0.days", "whole"),
        ({"all": [{"is": "last_order"}]}, "all.0.days", "missing"),
        ({"all": [{"is": "last_order", "days": 0}]}, "all.0.days", "between"),
        ({"all": [{"is": "last_order", "days": True}]}, "all.0.days", "whole"),
        ({"all": [{"is": "email", "sql": "1=1"}]}, "all.0.sql", "no value called"),
        ({"all": [{"is": "spent", "compare": "> 0 OR", "amount": 1}]}, "all.0.compare", "choose"),
        ({"all": [{"is": "segment", "segment": "x"}]}, "all.0.segment", "choose"),
        ({"all": [{"is": "country", "countries": ["D"] * 10 + ["E" * 80]}]}, "all.0.countries", ""),
        ({"all": [{"is": "email"}] * 61}, "", "At most 60"),
    ],
)
def test_a_mistake_is_named_by_its_place(plain: Any, place: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(plain)
    assert said in caught.value.fields[place]


def test_groups_do_not_go_deeper_than_five() -> None:
    plain: dict[str, Any] = {"is": "email"}
    for _ in range(5):
        plain = {"all": [plain]}
    with pytest.raises(Invalid, match="5 deep"):
        read(plain)


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({"all": []}, "Every customer."),
        (
            {"all": [{"is": "ordered", "times": 2, "days": 90}, {"not": "open_conversation"}]},
            "Everybody who bought twice or more in the last 90 days and has no open conversation.",
        ),
        (
            {"any": [{"not": "last_order", "days": 1}, {"is": "spent", "amount": 1000,
                "compare": "least"}, {"is": "country", "countries": ["DE", "AT", "CH"]}]},
            "Everybody who has not ordered in the last day or has spent at least €1,000.00 in all"
            " or lives in DE, AT or CH.",
        ),
        (
            {"all": [{"is": "email"}, {"any": [{"is": "phone"}, {"is": "returned"}]}]},
            "Everybody who has an e-mail address and (has a phone number or sent something back).",
        ),
        (
            {"none": [{"is": "consent", "purpose": "marketing", "channel": "email"}]},
            "Everybody who is not one who has allowed offers and news by e-mail.",
        ),
    ],
)  # fmt: skip
def test_a_tree_is_said_in_words(plain: Any, said: str) -> None:
    assert words.sentence(read(plain), currency="EUR") == said


def test_every_condition_is_said_both_ways() -> None:
    for key, kind in CONDITIONS.items():
        plain = {"is": key, **{p.name: _valid(p) for p in kind.params}}
        yes = words.say(read(plain), currency="EUR", names={})
        no = words.say(read(_turned(plain)), currency="EUR", names={})
        assert yes, key
        assert no, key
        assert yes != no, key


def _turned(plain: dict[str, Any]) -> dict[str, Any]:
    return {"not" if name == "is" else name: value for name, value in plain.items()}


def _valid(param: Any) -> Any:
    if param.kind == "choice":
        return param.choices()[0][0]
    if param.kind in ("number", "money"):
        return max(param.least, 7)
    return "00000000-0000-7000-8000-000000000001" if param.kind == "segment" else "candle"


_LEAVES = st.sampled_from([key for key in CONDITIONS if key != "segment"])
_EVIL = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40)).map(
    lambda text: text if text.strip(" ,\n\t") else "'"  # empty ones are refused, which is no news
)


@st.composite
def _condition(draw: Any) -> dict[str, Any]:
    kind = CONDITIONS[draw(_LEAVES)]
    values = {}
    for param in kind.params:
        if param.kind in ("text", "words"):
            values[param.name] = draw(_EVIL)
        else:
            values[param.name] = _valid(param)
    return {draw(st.sampled_from(["is", "not"])): kind.key, **values}


_TREES = st.recursive(
    _condition(),
    lambda inner: st.builds(
        lambda mode, of: {mode: of},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@pytest.mark.django_db
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plain=_TREES)
def test_no_value_ever_becomes_part_of_a_statement(plain: dict[str, Any]) -> None:
    """S-24: the text of a statement comes from the vocabulary; hostile values stay values."""
    try:
        tree = read(plain)
    except Invalid:
        return
    with store_scope(make_shop_once()):
        asked = asked_now()
        found = selected(tree, asked)
        for condition in conditions_in(tree):
            for value in condition.values.values():
                for text in value if isinstance(value, list) else [value]:
                    if isinstance(text, str) and text in HOSTILE:
                        assert text not in found.sql.replace("%s", "") or text == "%s"
        # the number of gaps is the number of values, and the database understands it
        assert found.sql.replace("%%", "").count("%s") == len(found.told)
        assert count_of(tree) == 0


def make_shop_once() -> int:
    """Return a store without customers; each example is rolled back with the test."""
    from shopbell.accounts.models import Store

    row = Store.objects.filter(slug="lark").first()
    return row.pk if row else make_shop().store.pk


@pytest.mark.django_db
@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_are_refused_before_any_statement(evil: str) -> None:
    for plain in (
        {"is": evil},
        {evil: "email"},
        {"is": "spent", "compare": evil, "amount": 1},
        {"is": "bought", "what": "x", "by": evil},
        {"is": "consent", "purpose": evil, "channel": "email"},
        {"is": "reachable", "channel": evil},
        {"is": "happened", "event": evil},
        {"is": "last_order", "days": evil},
        {"is": "segment", "segment": evil},
        {"is": "email", evil: 1},
    ):
        with pytest.raises(Invalid):
            read(plain)


@pytest.mark.django_db
def test_segments_cannot_refer_to_each_other_in_a_circle() -> None:
    shop = make_shop()
    with store_scope(shop.store.pk):
        first = segment("First", {"is": "email"})
        second = segment("Second", {"is": "segment", "segment": str(first.pk)})
        with pytest.raises(Invalid, match="circle"):
            segment("First", {"is": "segment", "segment": str(second.pk)}, segment=first)
        with pytest.raises(Invalid, match="circle"):
            segment("First", {"is": "segment", "segment": str(first.pk)}, segment=first)
        with pytest.raises(Invalid, match="gone"):
            segment("Third", {"is": "segment", "segment": "00000000-0000-7000-8000-000000000001"})
        with pytest.raises(Conflict, match="called “First” already"):
            segment("First", {"is": "email"})
        with pytest.raises(Invalid, match="name"):
            segment("  ", {"is": "email"})
        assert Segment.objects.count() == 2


@pytest.mark.django_db
def test_another_stores_segment_cannot_be_referred_to() -> None:
    lark, wren = make_shop("lark"), make_shop("wren")
    with store_scope(wren.store.pk):
        theirs = segment("Theirs", {"is": "email"})
    with store_scope(lark.store.pk), pytest.raises(Invalid, match="gone"):
        segment("Ours", {"is": "segment", "segment": str(theirs.pk)})
