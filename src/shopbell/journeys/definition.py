"""A journey as data: what starts it, what ends it, and its steps in order.

JSON comes in (from a preset, a file, the editor) and frozen objects go out; everything that cannot
be used is told with the place where it stands. A newcomer's mistake: changing the definition of a
version that people are in. A change is a new version.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from shopbell.consent.choosing import PURPOSE as TOPICS_OF
from shopbell.consent.choosing import TOPIC_KEY
from shopbell.consent.purposes import PURPOSES
from shopbell.customers.marking import NAME, TAG, is_value
from shopbell.journeys.steps import (
    DATE_REACHED,
    SEGMENT_EVENTS,
    SILENT,
    Converse,
    Definition,
    End,
    If,
    Send,
    SetAttribute,
    Split,
    Step,
    StopOffers,
    Tag,
    Wait,
    WaitFor,
    WaitRhythm,
    When,
)
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import TELLING
from shopbell.segments.tree import MODES
from shopbell.segments.tree import read as read_tree

MOST_STEPS = 60
LONGEST_MINUTES = 366 * 24 * 60
KNOWN = {"trigger", "per", "again_after_days", "restarts", "exits", "goal", "steps"}
PER = ("customer", "cart", "order", "product", "event")
STEP_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a journey. `wrong`: what cannot be used, by its place.

    `parts` is the whole journey where nothing is wrong, else only as much as makes sense.
    """

    parts: Definition
    wrong: Mapping[str, str]


def read_definition(data: Any) -> Definition:
    """Return the journey that `data` describes.

    Raises:
        Invalid: something in it cannot be used; `fields` names the places.
    """
    found = read_parts(data)
    if found.wrong:
        place, says = next(iter(found.wrong.items()))
        raise Invalid(f"{place}: {says}", fields=dict(found.wrong))
    return found.parts


def read_parts(data: Any) -> Reading:
    """Return what can be read of a journey that may not be finished."""
    if not isinstance(data, dict):
        data, wrong = {}, {"definition": "A journey is an object with a trigger and steps."}
        return Reading(_whole(data, _Steps(), wrong), wrong)
    reader = _Steps()
    with reader.noting():
        _only(data, "", KNOWN)
    return Reading(_whole(data, reader, reader.wrong), reader.wrong)


def _whole(data: Mapping[str, Any], reader: "_Steps", wrong: dict[str, str]) -> Definition:
    per, again = data.get("per", "customer"), data.get("again_after_days")
    with reader.noting():
        if per not in PER:
            raise _wrong("per", f"One of {', '.join(PER)}.")
    with reader.noting():
        if again is not None and not _is_count(again, 1, 3660):
            raise _wrong("again_after_days", "A number of days from 1 to 3660.")
    first, listed = "", data.get("steps")
    with reader.noting():
        if not isinstance(listed, list) or not listed:
            raise _wrong("steps", "At least one step.")
        first = reader.read_list(listed, "", "steps")
    trigger, goal, exits = When(""), None, list[When]()
    with reader.noting():
        trigger = _when(data.get("trigger"), "trigger")
    with reader.noting():
        goal = _when(data["goal"], "goal") if data.get("goal") else None
    with reader.noting():
        exits += _whens(data.get("exits", []), "exits")
    found = reader.steps.values()
    return Definition(
        trigger=trigger,
        per=str(per),
        again_after_days=again,
        restarts=bool(data.get("restarts", False)),
        exits=tuple(exits),
        goal=goal,
        first=first,
        steps=reader.steps,
        needs_zone=any(
            (isinstance(s, Wait) and (s.at or s.weekdays)) or (isinstance(s, WaitRhythm) and s.at)
            for s in found
        ),
        by_chance=any(isinstance(s, Split) for s in found),
        places=reader.places,
    )


class _Steps:
    """Reads nested lists of steps into one, each knowing the next. Mistakes are gathered."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}
        self.places: dict[str, str] = {}
        self.wrong: dict[str, str] = {}
        self._taken: set[str] = set()

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note a mistake and go on behind it."""
        try:
            yield
        except Invalid as error:
            self.wrong.update(error.fields)

    def read_list(self, listed: Any, after: str, place: str) -> str:
        """Return the id of the first step of a list; what follows its end is `after`."""
        if not isinstance(listed, list):
            raise _wrong(place, "A list of steps.")
        known: list[tuple[int, str]] = []
        for number, data in enumerate(listed, 1):
            with self.noting():
                known.append((number, self._id_of(data, f"{place}.{number}")))
        for at, (number, key) in enumerate(known, 1):
            behind = known[at][1] if at < len(known) else after
            with self.noting():
                here = f"{place}.{number}"
                self.steps[key] = self._read(listed[number - 1], key, behind, here)
        return known[0][1] if known else after

    def _id_of(self, data: Any, place: str) -> str:
        if not isinstance(data, dict):
            raise _wrong(place, "A step is an object with `do`.")
        key = data.get("id") or id_at(place)
        if not isinstance(key, str) or not STEP_ID.fullmatch(key):
            raise _wrong(f"{place}.id", "Small letters, digits, - and _, at most 40.")
        if key in self._taken:
            raise _wrong(f"{place}.id", f"There are two steps {key!r}.")
        if len(self._taken) >= MOST_STEPS:
            raise _wrong("steps", f"At most {MOST_STEPS} steps.")
        self._taken.add(key)
        self.places[key] = place
        return key

    def _read(self, data: Mapping[str, Any], key: str, following: str, place: str) -> Step:
        readers = {
            "wait": self._wait,
            "wait_rhythm": self._wait_rhythm,
            "send": self._send,
            "wait_for": self._wait_for,
            "if": self._if,
            "split": self._split,
            "tag": self._tag,
            "set_attribute": self._set_attribute,
            "conversation": self._converse,
            "stop_offers": self._stop_offers,
            "end": self._end,
        }
        do = data.get("do")
        if do not in readers:
            raise _wrong(f"{place}.do", f"One of {', '.join(readers)}.")
        return readers[do](data, key, following, place)

    def _wait_rhythm(
        self, data: Mapping[str, Any], key: str, following: str, place: str
    ) -> WaitRhythm:
        _only(data, place, {"least_days", "most_days", "at"})
        least, most = data.get("least_days", 7), data.get("most_days", 180)
        for name, value in (("least_days", least), ("most_days", most)):
            if not _is_count(value, 1, 365):
                raise _wrong(f"{place}.{name}", "A number of days from 1 to 365.")
        if least > most:
            raise _wrong(f"{place}.least_days", "Not more than `most_days`.")
        return WaitRhythm(key, following, least, most, _time_of_day(data, place))

    def _wait(self, data: Mapping[str, Any], key: str, following: str, place: str) -> Wait:
        _only(data, place, {"minutes", "hours", "days", "at", "weekdays"})
        at = _time_of_day(data, place)
        days = data.get("weekdays", [])
        if not isinstance(days, list) or any(not _is_count(day, 0, 6) for day in days):
            raise _wrong(f"{place}.weekdays", "Numbers from 0 (Monday) to 6.")
        minutes = _minutes(data, place, least=0 if at or days else 1)
        return Wait(key, following, minutes, at, tuple(sorted(set(days))))

    def _send(self, data: Mapping[str, Any], key: str, following: str, place: str) -> Send:
        _only(data, place, {"text", "media", "purpose", "fresh_hours", "waits", "topic"})
        text, media = data.get("text"), data.get("media", ["email"])
        if not isinstance(text, str) or not re.fullmatch(r"[a-z0-9_]{1,60}", text):
            raise _wrong(f"{place}.text", "The name of a text.")
        if not isinstance(media, list) or not media or any(m not in TELLING for m in media):
            raise _wrong(f"{place}.media", f"One or more of {', '.join(TELLING)}.")
        purpose = data.get("purpose", "marketing")
        if purpose not in PURPOSES:
            raise _wrong(f"{place}.purpose", f"One of {', '.join(PURPOSES)}.")
        fresh = data.get("fresh_hours", 24)
        if not _is_count(fresh, 1, 24 * 60):
            raise _wrong(f"{place}.fresh_hours", "Hours from 1 to 1440.")
        waits = data.get("waits", {})
        if not isinstance(waits, dict) or any(not _is_count(v, 1, 10080) for v in waits.values()):
            raise _wrong(f"{place}.waits", "Minutes for each channel.")
        topic = data.get("topic", "")
        if not isinstance(topic, str) or (topic and not TOPIC_KEY.fullmatch(topic)):
            raise _wrong(f"{place}.topic", "The key of a topic.")
        if topic and purpose != TOPICS_OF:
            raise _wrong(f"{place}.topic", "Only offers and news have topics.")
        return Send(key, following, text, tuple(media), purpose, fresh, waits, topic)

    def _wait_for(self, data: Mapping[str, Any], key: str, following: str, place: str) -> WaitFor:
        then, otherwise = self._read_ways(data, following, place)
        _only(data, place, {"event", "where", "minutes", "hours", "days", "then", "else"})
        when = _when({k: data[k] for k in ("event", "where") if k in data}, place)
        return WaitFor(key, following, when, _minutes(data, place, least=1), then, otherwise)

    def _read_ways(self, data: Mapping[str, Any], following: str, place: str) -> tuple[str, str]:
        """Read both ways of a step, before anything about the step itself can be wrong."""
        then = self.read_list(data.get("then", []), following, f"{place}.then")
        return then, self.read_list(data.get("else", []), following, f"{place}.else")

    def _if(self, data: Mapping[str, Any], key: str, following: str, place: str) -> If:
        then, otherwise = self._read_ways(data, following, place)
        _only(data, place, {"segment", *MODES, "then", "else"})
        named, modes = data.get("segment", ""), [mode for mode in MODES if mode in data]
        if not isinstance(named, str) or not re.fullmatch(r"[A-Za-z0-9_-]{0,40}", named):
            raise _wrong(f"{place}.segment", "The key or the id of a segment.")
        if bool(named) + len(modes) != 1:
            raise _wrong(place, f"What is asked: a `segment`, or one of {', '.join(MODES)}.")
        tree = None
        if modes:
            try:
                tree = read_tree({modes[0]: data[modes[0]]})
            except Invalid as error:
                inside, says = next(iter(error.fields.items()), ("", str(error)))
                raise _wrong(f"{place}.{inside}".rstrip("."), says) from None
        return If(key, following, named, tree, then, otherwise)

    def _split(self, data: Mapping[str, Any], key: str, following: str, place: str) -> Split:
        ways = data.get("ways")
        if not isinstance(ways, list) or not 2 <= len(ways) <= 6:
            raise _wrong(f"{place}.ways", "Two to six ways.")
        found = []
        for number, way in enumerate(ways, 1):
            here = f"{place}.ways.{number}"
            with self.noting():
                told = way if isinstance(way, dict) else {}
                first = self.read_list(told.get("steps", []), following, here)
                if not _is_count(told.get("share"), 1, 100):
                    raise _wrong(here, "A way has a name, a share from 1 to 100, and steps.")
                found.append((str(told.get("name") or number)[:40], int(told["share"]), first))
        _only(data, place, {"ways"})
        if len(found) == len(ways) and sum(share for _, share, _ in found) != 100:
            raise _wrong(f"{place}.ways", "The shares must add up to 100.")
        return Split(key, following, tuple(found))

    def _tag(self, data: Mapping[str, Any], key: str, following: str, place: str) -> Tag:
        _only(data, place, {"tag", "remove"})
        tag, remove = data.get("tag"), data.get("remove", False)
        if not isinstance(tag, str) or not TAG.fullmatch(tag):
            raise _wrong(f"{place}.tag", "1 to 40 letters, digits, spaces and .:-")
        if not isinstance(remove, bool):
            raise _wrong(f"{place}.remove", "true or false.")
        return Tag(key, following, tag, remove)

    def _set_attribute(
        self, data: Mapping[str, Any], key: str, following: str, place: str
    ) -> SetAttribute:
        _only(data, place, {"name", "value"})
        name, value = data.get("name"), data.get("value")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise _wrong(f"{place}.name", "Small letters, digits and _, at most 40.")
        if not is_value(value):
            raise _wrong(f"{place}.value", "A text up to 200, a whole number, true or false.")
        return SetAttribute(key, following, name, cast("str | int | bool", value))

    def _converse(self, data: Mapping[str, Any], key: str, following: str, place: str) -> Converse:
        _only(data, place, {"text", "subject", "tags"})
        text, subject, tags = data.get("text"), data.get("subject", ""), data.get("tags", [])
        if not isinstance(text, str) or not 0 < len(text.strip()) <= 4000:
            raise _wrong(f"{place}.text", "What is to be done, in up to 4,000 letters.")
        if not isinstance(subject, str) or len(subject) > 200:
            raise _wrong(f"{place}.subject", "Up to 200 letters.")
        if not isinstance(tags, list) or any(
            not isinstance(tag, str) or not TAG.fullmatch(tag) for tag in tags
        ):
            raise _wrong(f"{place}.tags", "A list of tags.")
        return Converse(key, following, text.strip(), subject, tuple(tags))

    def _stop_offers(
        self, data: Mapping[str, Any], key: str, following: str, place: str
    ) -> StopOffers:
        _only(data, place, {"because"})
        because = data.get("because")
        if not isinstance(because, str) or not 0 < len(because.strip()) <= 200:
            raise _wrong(f"{place}.because", "Why, in up to 200 letters.")
        return StopOffers(key, following, because.strip())

    def _end(self, data: Mapping[str, Any], key: str, following: str, place: str) -> End:
        _only(data, place, {"because"})
        return End(key, "", str(data.get("because", ""))[:200])


def id_at(place: str) -> str:
    """Return what a step is called that has no id of its own."""
    return place.replace("steps.", "").replace(".", "-")


def _when(data: Any, place: str) -> When:
    if isinstance(data, str):
        data = {"event": data}
    if not isinstance(data, dict) or not isinstance(data.get("event"), str):
        raise _wrong(place, "An event, with `where` if only some are meant.")
    _only(data, place, {"event", "where"})
    where = data.get("where", {})
    if not isinstance(where, dict):
        raise _wrong(f"{place}.where", "Values by name.")
    if data["event"] in SEGMENT_EVENTS and not isinstance(where.get("segment"), str):
        raise _wrong(f"{place}.where.segment", "The key or the id of a segment.")
    for name, value in where.items():
        _check_limit(value, f"{place}.where.{name}")
    if data["event"] == DATE_REACHED:
        return When(DATE_REACHED, _day(where, place))
    if data["event"] == SILENT:
        return When(SILENT, _silence(where, place))
    return When(data["event"], where)


def _silence(where: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """Return after how many mails without a reaction a journey starts."""
    if place != "trigger":
        raise _wrong(place, "Silence only starts a journey.")
    _only(where, f"{place}.where", {"days", "mails"})
    days, mails = where.get("days", 180), where.get("mails", 10)
    for name, value in (("days", days), ("mails", mails)):
        if not _is_count(value, 1, 1000):
            raise _wrong(f"{place}.where.{name}", "A number from 1 to 1000.")
    return {"days": days, "mails": mails}


def _check_limit(value: Any, place: str) -> None:
    """Refuse a limit that is none: `{ least = 10 }` and `{ most = 20 }` are."""
    if isinstance(value, dict):
        known = value.keys() <= {"least", "most"} and value
        if not known or any(not isinstance(each, int) for each in value.values()):
            raise _wrong(place, "A value, or a number it is at `least` or at `most`.")


def _day(where: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """Return which day starts a journey, with what was left out."""
    if place != "trigger":
        raise _wrong(place, "A day only starts a journey.")
    _only(where, f"{place}.where", {"attribute", "yearly", "days_before", "at"})
    name, yearly = where.get("attribute"), where.get("yearly", False)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise _wrong(f"{place}.where.attribute", "The name of an attribute that holds a day.")
    if not isinstance(yearly, bool):
        raise _wrong(f"{place}.where.yearly", "true or false.")
    told = where.get("days_before", 0)
    days = told if isinstance(told, list) else [told]
    if not 1 <= len(days) <= 6 or any(not _is_count(each, 0, 365) for each in days):
        raise _wrong(f"{place}.where.days_before", "Days from 0 to 365, or up to six of them.")
    at = _time_of_day(where, f"{place}.where") or "09:00"
    return {"attribute": name, "yearly": yearly, "days_before": sorted(set(days)), "at": at}


def _whens(data: Any, place: str) -> Iterator[When]:
    if not isinstance(data, list):
        raise _wrong(place, "A list of events.")
    for number, item in enumerate(data, 1):
        yield _when(item, f"{place}.{number}")


def _minutes(data: Mapping[str, Any], place: str, *, least: int) -> int:
    units = {"minutes": 1, "hours": 60, "days": 24 * 60}
    given = {name: data[name] for name in units if name in data}
    for name, value in given.items():
        if not _is_count(value, 0, LONGEST_MINUTES):
            raise _wrong(f"{place}.{name}", "A whole number.")
    total = sum(units[name] * int(value) for name, value in given.items())
    if not least <= total <= LONGEST_MINUTES:
        raise _wrong(place, "How long: minutes, hours, days; at most a year.")
    return total


def _time_of_day(data: Mapping[str, Any], place: str) -> str:
    at = data.get("at", "")
    if at and not (isinstance(at, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at)):
        raise _wrong(f"{place}.at", 'A time of day such as "10:00".')
    return str(at)


def _is_count(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _only(data: Mapping[str, Any], place: str, known: set[str]) -> None:
    unknown: Sequence[str] = sorted(set(data) - known - {"do", "id"})
    if unknown:
        name = f"{place}.{unknown[0]}" if place else unknown[0]
        raise _wrong(name, f"Not known here. Known: {', '.join(sorted(known))}.")


def _wrong(place: str, says: str) -> Invalid:
    return Invalid(f"{place}: {says}", fields={place: says})
