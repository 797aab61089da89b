"""A journey as text: written, read again as the same, and its mistakes told by their lines."""

import json
from typing import Any

import pytest

from shopbell.journeys import drafting
from shopbell.journeys.models import Draft, Journey
from shopbell.journeys.presets import presets
from shopbell.journeys.sketch import steps_in, tidy
from shopbell.journeys.text_form import read_text, to_toml
from shopbell.kit.db.scope import store_scope
from shopbell.operations.provisioning.apply import apply_file
from tests.journeys.ground import Shop
from tests.support.people import add_people, client_of

LIST = "/s/lark/journeys/"
NESTED: dict[str, Any] = {
    "trigger": {"event": "consent.changed", "where": {"dated": True, "topic": "", "n": 3}},
    "exits": [{"event": "order.placed"}, "check.answered"],
    "steps": [
        {"do": "split", "ways": [
            {"name": "A", "share": 40, "steps": [
                {"do": "if", "all": [{"is": "orders", "compare": "exactly", "number": 5}],
                 "then": [{"do": "wait", "days": 1, "weekdays": [0, 6]}],
                 "else": [{"do": "split", "ways": [{"name": "x", "share": 50},
                                                   {"name": "y", "share": 50}]}]}]},
            {"name": "B", "share": 60}]},
        {"do": "conversation", "tags": ["a"],
         "text": 'Say "hello"\n\\ tab\t{ [ # „Straße“ \x7f 🎁'},
        {"do": "end", "because": "# no comment ] }"},
    ],
}  # fmt: skip


def test_what_is_written_is_read_as_the_same(shop: Shop) -> None:
    known = [(preset.name, preset.definition) for preset in presets()] + [("Ne\"st'ed", NESTED)]
    with store_scope(shop.store.pk):
        for name, definition in known:
            written = to_toml(key="some", title=name, definition=definition, replaces=4)
            found = read_text(written)
            assert found.definition == tidy(definition), written
            assert (found.title, found.key, found.told) == (name, "some", [])
            assert to_toml(key="some", title=name, definition=found.definition, replaces=4) == (
                written
            )
            # and so is JSON, with and without what stands around it
            assert read_text(json.dumps(definition, indent=1)).definition == tidy(definition)
            around = {"store": {"journey": [{"key": "k", "definition": definition}]}}
            assert read_text(json.dumps(around)).definition == tidy(definition)


BROKEN = '''# A comment with [ and {
[[store.journey]]
key = "thanks"

[store.journey.definition]
trigger = { event = "order.moon" }
steps = [
  { do = "wait", days = 2 }, # two { days
  { do = "if", segment = "nobody", then = [
    { do = "send",
      text = """none
""" },
  ] },
  { do = "split", ways = [
    { share = 50, steps = [
      { do = "tag" } ] },
    { share = 50 } ] },
]
'''.replace('{ do = "send",\n      text', '{ do = "send", text')


def test_mistakes_are_told_by_their_lines(shop: Shop) -> None:
    with store_scope(shop.store.pk):
        found = read_text(BROKEN)
        assert found.definition is not None
        lines = {told.says.partition(":")[0]: told.line for told in found.told}
        assert lines == {
            "trigger": 6, "steps.2.segment": 9, "steps.2.then.1.text": 10,
            "steps.3.ways.1.1.tag": 15,
        }  # fmt: skip
        # a definition in tables, as in a file written by hand
        tables = '[definition]\nper = "moon"\n[[definition.steps]]\ndo = "wait"\n\n'
        tables += '[[definition.steps]]\ndo = "fly"\n[definition.trigger]\nevent = "order.placed"'
        told = [(each.line, each.says.partition(":")[0]) for each in read_text(tables).told]
        assert told == [(1, "per"), (3, "steps.1"), (6, "steps.2.do")]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("steps = [\n  { do = }\n]", 2, "Invalid value"),
        ('{"steps": [\n {"do" "wait"}]}', 2, "delimiter"),
        ('{"steps": [NaN]}', 0, "number"),
        ("", 0, "no journey"),
        ("title = 'x'", 0, "no journey"),
        ("steps = 3", 0, "A list of steps."),
        ("steps = [\n { do = 'wait', at = 10:00:00 } ]", 2, "at: a text in quotation marks"),
        ("steps = [\n { do = 'wait', days = 1.5 } ]", 2, "days: a text in quotation"),
        ("steps = [\n { do = 'end', id = 'a' },\n { do = 'end', id = 'a' } ]", 3, "two steps"),
        ("steps = [ { do = 'end' }, 'wait' ]", 0, "A step is a table"),
        ("[[journey]]\nsteps = []\n[[journey]]\nsteps = []", 0, "One at a time"),
        ("a = " + "[" * 3000, 0, "deep"),
        ("steps = []" + " " * 100_001, 0, "letters at most"),
        (f"steps = [ {'{ do = `end` }, '.replace('`', chr(34)) * 61} ]", 0, "At most 60"),
        ("__line = 3\nsteps = []", 0, "Put in a step"),
    ],
)
def test_what_is_no_journey_is_refused(shop: Shop, text: str, line: int, says: str) -> None:
    with store_scope(shop.store.pk):
        found = read_text(text)
    assert says in found.told[0].says
    assert found.told[0].line == line or line == 0


def test_the_text_is_changed_on_its_page_and_becomes_the_draft(shop: Shop) -> None:
    owner = client_of(add_people(shop.store).user("owner"))
    page = f"{LIST}welcome/text/"
    seen = owner.get(page)
    assert "[[store.journey]]" in seen.content.decode()
    text = seen.context["written"]
    # a mistake is told with its line, and nothing is kept
    broken = text.replace('text = "welcome_order"', 'text = "nothing"')
    answer = owner.post(page, {"text": broken, "do": "take"})
    assert answer.status_code == 422
    assert "Line 11" in answer.content.decode()
    with store_scope(shop.store.pk):
        assert not Draft.objects.exists()
    # unless it is wanted so
    assert owner.post(page, {"text": broken, "do": "anyway"}).status_code == 302
    assert "This text is gone." in owner.get(f"{LIST}welcome/edit/").content.decode()
    assert owner.post(page, {"text": text, "do": "check"}).status_code == 200
    assert owner.post(page, {"text": text, "do": "take"}).status_code == 302
    assert "to mend" not in owner.get(f"{LIST}welcome/edit/").content.decode()
    # and a pasted one begins a new journey
    pasted = owner.post(f"{LIST}new/text/", {"text": text.replace('welcome"', 'hi"'), "do": "take"})
    assert pasted["Location"] == f"{LIST}hi/edit/"
    assert owner.post(f"{LIST}new/text/", {"text": "steps", "do": "take"}).status_code == 422
    with store_scope(shop.store.pk):
        assert not Journey.objects.exists()


def test_a_text_of_the_editor_is_taken_by_apply(shop: Shop, tmp_path: Any) -> None:
    """What the page shows changes nothing when it is applied, and may be changed from there."""
    owner = client_of(add_people(shop.store).user("owner"))
    with store_scope(shop.store.pk):
        key = drafting.start_draft(name="Nested", definition=NESTED, by=None).key
    assert owner.post(f"{LIST}{key}/publish/", {"seen": "0"}).status_code == 302
    text = owner.get(f"{LIST}{key}/text/").context["written"]
    assert "replaces = 1" in text
    path = tmp_path / "shop.toml"
    head = '[[store]]\nslug = "lark"\nname = "Lark"\n\n'
    path.write_text(head + text)
    assert apply_file(path).changes == 0
    path.write_text(head + text.replace("days = 1,", "days = 2,"))
    apply_file(path)
    with store_scope(shop.store.pk):
        current = Journey.objects.get(key=key).current
        assert current is not None
        assert (current.number, current.origin) == (2, "file")
        assert {"days": 2}.items() <= list(steps_in(tidy(current.definition)["steps"]))[2].items()
