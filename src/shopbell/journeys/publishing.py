"""A draft becomes a version: what changes, in words; who is under way stays or moves.

A newcomer's mistake: moving everybody. A step is known by its id; who stands at one that is gone,
or that has become another kind of step, finishes in the version they are in.
"""

import difflib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import Count

from shopbell.accounts.models import User
from shopbell.journeys.actions import offer_topics, save_version, switch_on
from shopbell.journeys.definition import read_definition
from shopbell.journeys.engine import definitions_of
from shopbell.journeys.flow import Drawing, titles_of
from shopbell.journeys.mistakes import reading_of
from shopbell.journeys.models import (
    Draft,
    Enrolment,
    EnrolmentState,
    Journey,
    JourneyState,
    Origin,
    Version,
)
from shopbell.journeys.naming import Names
from shopbell.journeys.presets import presets
from shopbell.journeys.sketch import Json, lists_in, steps_in, tidy, ways_in
from shopbell.journeys.steps import Definition, WaitFor
from shopbell.journeys.words import end_in_words, how_often, started_by
from shopbell.kit import clock
from shopbell.kit.errors import Conflict
from shopbell.web.live import announce


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in words. `verb`: New, Taken out, Changed, Moved, or the part it is about."""

    verb: str
    says: str
    was: str = ""


def changes(before: Json, after: Json, names: Names) -> list[Change]:
    """Return what differs between two journeys."""
    old, new = tidy(before), tidy(after)
    return [*_of_parts(old, new, names), *_of_steps(old, new, names)]


def _of_parts(old: Json, new: Json, names: Names) -> list[Change]:
    found = []
    said = [_parts(data, names) for data in (old, new)]
    for part, is_now in said[1].items():
        if said[0][part] != is_now:
            found.append(Change(part, is_now or "nothing", said[0][part] or "nothing"))
    return found


def _parts(data: Json, names: Names) -> dict[str, str]:
    read = reading_of(data).parts
    return {
        "Starts when": started_by(read, names),
        "How often": how_often(read),
        "Waits anew": "when it happens again" if read.restarts else "",
        "Goal": end_in_words(read.goal, names) if read.goal else "",
        "Ends early when": "; ".join(end_in_words(end, names) for end in read.exits),
    }


def _of_steps(old: Json, new: Json, names: Names) -> list[Change]:
    was = {step["id"]: step for step in steps_in(old["steps"])}
    now = {step["id"]: step for step in steps_in(new["steps"])}
    were = titles_of(Drawing(old, reading_of(old), names).nodes())
    are = titles_of(Drawing(new, reading_of(new), names).nodes())
    found = [Change("New", are[key]) for key in now if key not in was]
    found += [Change("Taken out", were[key]) for key in was if key not in now]
    moved = _moved(old, new, was.keys() & now.keys())
    for key in now:
        if key in was and _alone(was[key]) != _alone(now[key]):
            other = were[key] if were[key] != are[key] else ""
            found.append(Change("Changed", are[key], other))
        if key in moved:
            found.append(Change("Moved", are[key]))
    return found


def _alone(step: Json) -> Json:
    """Return a step without what stands within it."""
    alone = {name: value for name, value in step.items() if name not in ("then", "else", "ways")}
    if step["do"] == "split":
        alone["ways"] = [(way.get("name"), way.get("share")) for way in step["ways"]]
    return alone


def _moved(old: Json, new: Json, common: set[str]) -> set[str]:
    homes = [_homes(data) for data in (old, new)]
    moved = {key for key in common if homes[0][key] != homes[1][key]}
    lines = []
    for data in (old, new):
        listed = lists_in(data["steps"])
        lines.append([s["id"] for steps in listed for s in steps if s["id"] in common - moved])
    blocks = difflib.SequenceMatcher(a=lines[0], b=lines[1], autojunk=False).get_matching_blocks()
    kept = {key for block in blocks for key in lines[0][block.a : block.a + block.size]}
    return moved | (common - moved - kept)


def _homes(data: Json) -> dict[str, str]:
    """Return within which way each step lies."""
    found = {step["id"]: "" for step in data["steps"]}
    for step in steps_in(data["steps"]):
        for name, inner in ways_in(step):
            found.update({each["id"]: f"{step['id']} {name}" for each in inner})
    return found


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Who is in a journey while another version of it is about to be published."""

    total: int = 0
    can_move: int = 0

    @property
    def cannot_move(self) -> int:
        """Who stands at a step that is gone or has become another one."""
        return self.total - self.can_move


def under_way(row: Journey | None, definition: Definition) -> UnderWay:
    """Return how many are in a journey, and how many of them could go on in a new version."""
    if row is None:
        return UnderWay()
    rows = Enrolment.objects.filter(journey=row, state=EnrolmentState.ACTIVE).order_by()
    counted = list(rows.values_list("version_id", "step").annotate(n=Count("id")))
    stays = _staying({version for version, _, _ in counted}, definition)
    total = sum(count for _, _, count in counted)
    return UnderWay(total, sum(n for version, step, n in counted if step in stays[version]))


def _staying(versions: set[uuid.UUID], new: Definition) -> Mapping[uuid.UUID, set[str]]:
    """Return by version the steps that are still the same kind of step in a new one."""
    found = {}
    for key, old in definitions_of(versions).items():
        common = [(step, new.steps[step.id]) for step in old.steps.values() if step.id in new.steps]
        found[key] = {a.id for a, b in common if type(a) is type(b) and _awaits(a) == _awaits(b)}
    return found


def _awaits(step: object) -> str:
    return step.when.event if isinstance(step, WaitFor) else ""


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it: the version, and how many moved to it."""

    row: Journey
    version: Version
    moved: int


@transaction.atomic
def publish_draft(
    *, key: str, seen: int, over_file: bool, move: bool, on: bool, by: User | None
) -> Published:
    """Make the draft the version that people come into from now on.

    `seen` is the number of the version it was compared with, 0 for none. `move`: who is under way
    goes on in it where their step is still there; else everybody finishes in theirs.

    Raises:
        Invalid: the draft has mistakes.
        Conflict: nothing differs, another version was published meanwhile, or the one that runs
            comes from a file and `over_file` is not said.
    """
    draft = Draft.objects.select_for_update().filter(key=key).first()
    if draft is None:
        raise Conflict("There is no draft.", kept="Nothing was changed.")
    row, _ = Journey.objects.get_or_create(key=key, defaults={"name": draft.name})
    row = Journey.objects.select_for_update(of=("self",)).get(pk=row.pk)
    current = row.current
    if (current.number if current else 0) != seen:
        raise Conflict(
            "Another version was published meanwhile.", remedy="Look at what changes now."
        )
    if is_from_file(row) and not over_file:
        raise Conflict("This journey comes from a file.", remedy="Say that you know.")
    version = _next_version(row, draft, by)
    moved = _move_people(row, version) if move else 0
    draft.delete()
    if on and row.state == JourneyState.OFF:
        switch_on(key=key, by=by)
    elif row.state != JourneyState.OFF:
        offer_topics(read_definition(version.definition))
    announce(row.store_id, "journeys")
    return Published(row, version, moved)


def _next_version(row: Journey, draft: Draft, by: User | None) -> Version:
    definition = draft.definition
    same = row.current is not None and tidy(row.current.definition) == definition
    if same and row.name == draft.name:
        raise Conflict("Nothing differs from what runs.", kept="Nothing was changed.")
    if row.name != draft.name:
        row.name = draft.name
        row.save(update_fields=["name"])
    if same and row.current is not None:
        return row.current
    return save_version(journey=row, definition=definition, by=by, origin=Origin.EDITOR)


def is_from_file(row: Journey | None) -> bool:
    """Return whether what runs was written by `shopbell apply`."""
    if row is None or row.current is None:
        return False
    is_own = all(preset.key != row.key for preset in presets())
    # Before origins were noted, only files brought journeys of one's own.
    return row.current.origin == Origin.FILE or (is_own and row.current.origin == Origin.SHIPPED)


# In the order of their ids, as the engine locks them, so that neither waits for the other for ever.
_MOVE = """
    WITH held AS (
        SELECT id FROM journeys_enrolment
        WHERE journey_id = %(journey)s AND version_id = %(old)s AND state = 'active'
            AND step = ANY(%(steps)s) ORDER BY id FOR UPDATE),
    moved AS (
        UPDATE journeys_enrolment t SET version_id = %(new)s FROM held
        WHERE t.id = held.id RETURNING t.id, t.store_id, t.journey_id, t.step)
    INSERT INTO journeys_passage
        (id, store_id, journey_id, enrolment_id, step, text, message_key, at)
    SELECT gen_random_uuid(), store_id, journey_id, id, step, %(text)s, '', %(now)s FROM moved"""


def _move_people(row: Journey, version: Version) -> int:
    rows = Enrolment.objects.filter(journey=row, state=EnrolmentState.ACTIVE).order_by()
    versions = set(rows.exclude(version=version).values_list("version_id", flat=True).distinct())
    stays, moved = _staying(versions, read_definition(version.definition)), 0
    with database.cursor() as cursor:
        for old in versions:
            told: dict[str, Any] = {
                "journey": row.pk, "old": old, "new": version.pk, "steps": sorted(stays[old]),
                "text": f"Goes on in version {version.number} of the journey",
                "now": clock.now(),
            }  # fmt: skip
            cursor.execute(_MOVE, told)
            moved += cursor.rowcount
    return moved
