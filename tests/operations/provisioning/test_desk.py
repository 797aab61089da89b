"""Calendars, teams and promises from a file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shopbell.accounts.models import Store
from shopbell.assignments.models import Routing
from shopbell.calendars.models import Calendar
from shopbell.conversations.models import Team
from shopbell.kit.db.scope import store_scope
from shopbell.operations.provisioning.apply import apply_file, main
from shopbell.operations.provisioning.reading import Mistakes
from shopbell.slas.models import Policy

pytestmark = pytest.mark.django_db
type Write = Callable[..., Path]

DESK = """
[[store.calendar]]
name = "Office"
hours = "Mon-Fri 9-12:30, Mon-Fri 13:30-17"
country = "DE"
region = "BE"
days_off = [{ day = 2026-12-24, name = "Christmas Eve" }]

[[store.team]]
name = "Repairs"
members = ["owner@lark.example"]
hands_out = "least_loaded"
calendar = "Office"
inboxes = ["orders"]

[[store.sla]]
name = "Urgent repairs"
first = "30 min"
resolution = "8 h"
priorities = ["urgent"]
teams = ["Repairs"]
calendar = "Office"
"""


def with_desk(write: Write, *changes: tuple[str, str]) -> Path:
    path = write()
    text = DESK
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(path.read_text() + text)
    return path


def test_the_desk_is_declared_and_found_again(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_desk(write)
    apply_file(path)
    with store_scope(Store.objects.get().pk):
        calendar = Calendar.objects.get()
        team = Team.objects.get()
        policy = Policy.objects.get()
        assert (calendar.zone, calendar.is_default) == ("Europe/Berlin", True)
        assert calendar.days_off == [["2026-12-24", "Christmas Eve"]]
        assert Routing.objects.get(team=team).mode == "least_loaded"
        assert Routing.objects.get(inbox__slug="orders").gives_to == team
        assert (policy.first_minutes, policy.next_minutes) == (30, None)
        assert (policy.priorities, policy.teams) == ([3], [team.pk])
    assert main(path) == 0
    assert "Nothing to change." in capsys.readouterr().out
    changed = with_desk(write, ('"30 min"', '"45 min"'), ("Mon-Fri 9-12:30", "Mon-Fri 8-12:30"))
    assert main(changed) == 0
    said = capsys.readouterr().out
    assert "first_minutes: 30 → 45" in said
    assert "change     calendar lark/Office" in said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('"Mon-Fri 9-12:30, Mon-Fri 13:30-17"', '"nine to five"'), "is not understood"),
        (('region = "BE"', 'region = "ZZ"'), "Known are"),
        (('["owner@lark.example"]', '["nobody@lark.example"]'), "does not work here"),
        (('["orders"]', '["letters"]'), "There is no inbox"),
        (('"30 min"', '"soon"'), "is not understood"),
        (('teams = ["Repairs"]', 'teams = ["Sales"]'), "There is no team"),
    ],
)
def test_mistakes_are_told_with_their_place(
    write: Write, change: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(Mistakes) as caught:
        apply_file(with_desk(write, change))
    assert any(sentence in str(mistake) for mistake in caught.value.mistakes)
    assert not Store.objects.exists()
