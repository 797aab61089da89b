"""Segments and journeys from a file, to be reviewed and kept in git."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from shopbell.accounts.models import Staff, Store
from shopbell.journeys.drafting import change_draft
from shopbell.journeys.models import Journey
from shopbell.journeys.publishing import publish_draft
from shopbell.kit.db.scope import store_scope
from shopbell.operations.provisioning.apply import apply_file
from shopbell.operations.provisioning.reading import Mistakes
from shopbell.segments.models import Segment

pytestmark = pytest.mark.django_db
type Write = Callable[..., Path]

OUTREACH = """
[[store.segment]]
name = "Germans"
conditions = { all = [{ is = "country", countries = "DE" }] }

[[store.journey]]
key = "welcome"
state = "on"

[[store.journey]]
key = "thanks"
title = "Thanks"
state = "on"

[store.journey.definition]
trigger = { event = "order.placed" }
per = "order"
steps = [
  { do = "wait", days = 2 },
  { do = "send", text = "welcome_order", media = ["email"] },
]
"""


def with_outreach(write: Write, *changes: tuple[str, str]) -> Path:
    path = write()
    text = OUTREACH
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(path.read_text() + text)
    return path


def test_a_file_makes_them_and_a_second_run_changes_nothing(write: Write) -> None:
    # when
    path = with_outreach(write)
    apply_file(path)
    again = apply_file(path)

    # then
    assert again.changes == 0
    store = Store.objects.get(slug="lark")
    with store_scope(store.pk):
        assert dict(Journey.objects.values_list("key", "state")) == {
            "welcome": "live", "thanks": "live",
        }  # fmt: skip
        assert Segment.objects.filter(name="Germans").exists()

    # and a journey of one's own has its page beside those that came with Shopbell
    with store_scope(store.pk):
        owner = Staff.objects.select_related("user").filter(role="owner")[0].user
    client = Client()
    client.force_login(owner)
    page = client.get("/s/lark/journeys/").content.decode()
    assert "Thanks" in page
    assert "Made by you." in page
    assert client.get("/s/lark/journeys/thanks/").status_code == 200


def test_another_definition_is_a_new_version_and_off_lets_people_finish(write: Write) -> None:
    # given
    apply_file(with_outreach(write))

    # when
    changed = with_outreach(
        write, ("days = 2", "days = 3"), ('title = "Thanks"\nstate = "on"', 'state = "off"')
    )
    plan = apply_file(changed)

    # then
    assert any("another definition" in str(step) for step in plan.steps)
    with store_scope(Store.objects.get(slug="lark").pk):
        row = Journey.objects.get(key="thanks")
        assert (row.state, row.versions.count()) == ("off", 2)
        assert row.name == "Thanks"


def test_a_journey_that_was_edited_since_is_not_written_over(write: Write) -> None:
    # given a journey of the file, edited and published on its page
    apply_file(with_outreach(write))
    store = Store.objects.get(slug="lark")
    with store_scope(store.pk):
        change_draft(key="thanks", by=None, change=lambda draft: draft.definition["steps"].pop(0))
        publish_draft(key="thanks", seen=1, over_file=True, move=False, on=False, by=None)

    # then the next apply stops and says which version there is
    with pytest.raises(Mistakes) as wrong:
        apply_file(with_outreach(write))
    assert "replaces = 2" in str(wrong.value)
    with store_scope(store.pk):
        assert Journey.objects.get(key="thanks").versions.count() == 2

    # and goes on when the file names it; later applies change nothing
    names_it = with_outreach(write, ('title = "Thanks"\n', 'title = "Thanks"\nreplaces = 2\n'))
    assert apply_file(names_it).changes == 1
    assert apply_file(names_it).changes == 0
    with store_scope(store.pk):
        row = Journey.objects.get(key="thanks")
        assert row.current is not None
        assert (row.current.number, row.current.origin) == (3, "file")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"country", countries', '"countree", countries', "countree"),
        ('"send", text', '"shout", text', "steps.2.do"),
        ('key = "welcome"', 'key = "wellcome"', "no such journey"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_kept(
    write: Write, old: str, new: str, said: str
) -> None:
    # when
    with pytest.raises(Mistakes) as wrong:
        apply_file(with_outreach(write, (old, new)))

    # then
    assert said in str(wrong.value)
    assert not Store.objects.filter(slug="lark").exists()
