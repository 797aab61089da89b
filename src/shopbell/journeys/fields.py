"""The form of a step, and of what starts and ends a journey: fields as drawn, values as typed.

What a form does not show stays as it is. What was typed is kept even where it cannot be used, so
that nobody has to type it again. A newcomer's mistake: refusing here; `mistakes` tells what is
wrong, at the step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from shopbell.journeys import conditions
from shopbell.journeys.occasions import AS_WRITTEN, DAY, OCCASIONS, occasion_of, when_of
from shopbell.journeys.sketch import Json
from shopbell.journeys.steps import DATE_REACHED
from shopbell.kit.text import storable
from shopbell.messaging.ports import TELLING
from shopbell.segments.tree import MODES

type Choices = Sequence[tuple[str, str]]
type Groups = Sequence[tuple[str, Choices]]

MOST_EXITS = 6
WEEKDAYS = tuple(
    (str(number), name)
    for number, name in enumerate(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    )
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from in a store."""

    texts: Groups = ()
    segments: Choices = ()
    segment_names: Mapping[str, str] = field(default_factory=dict)  # by id
    currency: str = "EUR"
    topics: Choices = ()
    media: Choices = ()
    purposes: Choices = ()
    receivers: Choices = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """One value that a form asks for. `usual` is what holds where nothing is said."""

    name: str
    label: str
    kind: str = "text"
    help: str = ""
    unit: str = ""
    usual: Any = ""


_LONG = (
    Spec("days", "Days", "number"),
    Spec("hours", "Hours", "number"),
    Spec("minutes", "Minutes", "number"),
)
_AT = Spec("at", "Then until", "time", "A time of day where the customer lives; may be empty.")
SPECS: Mapping[str, tuple[Spec, ...]] = {
    "wait": (*_LONG, _AT, Spec("weekdays", "Only on", "days", "None ticked: on any day.")),
    "wait_rhythm": (
        Spec("least_days", "At least", "number", unit="days", usual=7),
        Spec("most_days", "At most", "number", unit="days", usual=180,
             help="Whose own time between two orders lies outside leaves the journey here."),
        _AT,
    ),
    "send": (
        Spec("text", "Text", "text_kind", "The texts themselves stand under Templates."),
        Spec("media", "By", "media", "The first one that may be used for this customer. "
             "What it refuses, or has not delivered in its minutes, goes by the next.",
             usual=["email"]),
        Spec("purpose", "It is", "purpose", usual="marketing"),
        Spec("topic", "About", "topic", "Customers can stop one topic and keep the others."),
        Spec("fresh_hours", "Of use for", "number", unit="hours", usual=24,
             help="What would leave later than that is not sent."),
    ),
    "wait_for": (Spec("when", "What it waits for", "occasion"), *_LONG),
    "if": (Spec("segment", "Is the customer in", "segment"),),
    "split": (Spec("ways", "Ways", "ways", "The shares add up to 100. A way without steps "
                   "compares with doing nothing."),),
    "tag": (
        Spec("tag", "Tag", help="Segments can ask for it."),
        Spec("remove", "Take the tag off instead of adding it", "yes"),
    ),
    "set_attribute": (
        Spec("name", "Name", help="Small letters, digits and _, such as plan."),
        Spec("value", "Value", "value"),
    ),
    "conversation": (
        Spec("subject", "Subject", help="May be empty."),
        Spec("text", "What is to be done", "long"),
        Spec("tags", "Tags", "words", "With commas between them; may be empty."),
    ),
    "stop_offers": (
        Spec("because", "Why", help="Stands with the block of the address. Lifted when they sign "
             "up again, or by you on the customer's page."),
    ),
    "webhook": (
        Spec("to", "Which", "receiver", "Programs stand under Connections. One that does not "
             "answer holds up nobody: it is told later."),
        Spec("name", "What the step is called there", help="May be empty."),
    ),
    "end": (Spec("because", "Why it ends here", help="Shown on the customer's way."),),
}  # fmt: skip
_PER = (
    ("customer", "person"), ("cart", "cart"), ("order", "order"),
    ("product", "person and product"), ("event", "time it happens"),
)  # fmt: skip
START = (
    Spec("trigger", "It starts when", "occasion"),
    Spec("per", "Once for each", "per", usual="customer"),
    Spec("again_after_days", "The same person again after", "number", unit="days",
         help="Empty: never. Only for journeys that run once for each person."),
    Spec("restarts", "Whoever waits at the first step waits anew when it happens again", "yes"),
)  # fmt: skip
ENDS = (
    Spec("goal", "It has reached its goal when", "occasion", "Counted as a success."),
    Spec("exits", "It also ends when", "occasions"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as a page draws it."""

    spec: Spec
    value: Any
    wrong: Sequence[str] = ()
    choices: Any = ()
    rows: Sequence[Any] = field(default_factory=tuple)

    @property
    def place(self) -> str:
        """The name of the field in the form, and its id."""
        return f"f.{self.spec.name}"


@dataclass(frozen=True, slots=True)
class OccasionRow:
    """A choice of an event with what it asks for."""

    place: str
    label: str
    choices: Choices
    key: str
    asked: str
    empty: str
    day: Json | None = None  # of a choice that may be a day: its values as they are shown


def shown_fields(
    specs: Sequence[Spec], data: Json, offer: Offer, wrong: Mapping[str, str], fresh: str = ""
) -> list[Shown]:
    """Return the fields of a form with what stands in them and what is wrong with it."""
    return [
        _shown_conditions(spec, data, offer, wrong, fresh)
        if spec.kind == "segment" and conditions.has_own(data)
        else _shown(spec, data, offer, _wrong_at(spec, wrong))
        for spec in specs
    ]


def _shown_conditions(
    spec: Spec, data: Json, offer: Offer, wrong: Mapping[str, str], fresh: str
) -> Shown:
    """Return the conditions of a step's own; `choices` is their editor, none for deeper ones."""
    inner = {place: said for place, said in wrong.items() if place.partition(".")[0] in MODES}
    editor = conditions.editor_for(
        data, segments=offer.segment_names, currency=offer.currency, wrong=inner, fresh=fresh
    )
    told = list(inner.values())
    return Shown(replace(spec, kind="conditions"), "", told, editor)


def _wrong_at(spec: Spec, wrong: Mapping[str, str]) -> list[str]:
    names = {"when": ("event", "where"), "media": ("media", "waits")}.get(spec.name, (spec.name,))
    return [said for place, said in wrong.items() if place.partition(".")[0] in names]


def _shown(spec: Spec, data: Json, offer: Offer, wrong: Sequence[str]) -> Shown:
    value = data.get(spec.name, spec.usual)
    match spec.kind:
        case "occasion":
            told = data if spec.name == "when" else data.get(spec.name)
            starts = spec.name == "trigger"
            row = _occasion(f"f.{spec.name}", spec.label, told, starts, spec.name == "goal")
            return Shown(spec, value, wrong, offer.segments, (row,))
        case "occasions":
            rows = [*value, None][:MOST_EXITS] if isinstance(value, list) else [None]
            shown = [
                _occasion(f"f.exits.{n}", f"It also ends when ({n})", told, False, True)
                for n, told in enumerate(rows, 1)
            ]
            return Shown(spec, value, wrong, offer.segments, shown)
        case "text_kind":
            known = any(key == value for _, texts in offer.texts for key, _ in texts)
            gone = [] if known or not value else [("Not there any more", [(value, value)])]
            return Shown(spec, value, wrong, [*gone, *offer.texts])
        case "media":
            first = value if isinstance(value, list) else ["email"]
            waits = data.get("waits")
            waits = waits if isinstance(waits, dict) else {}
            rows = [
                (f"f.media.{n}", "First by" if n == 1 else "else by", medium, waits.get(medium, ""))
                for n, medium in enumerate([*first, "", "", ""][: len(TELLING)], 1)
            ]
            return Shown(spec, value, wrong, offer.media, rows)
        case "segment":
            return Shown(spec, value, wrong, _with(value, [("", "choose one"), *offer.segments]))
        case "days":
            days = value if isinstance(value, list) else []
            rows = [(number, name, int(number) in days) for number, name in WEEKDAYS]
            return Shown(spec, value, wrong, (), rows)
        case "ways":
            rows = [
                (f"f.ways.{n}", n, way.get("name", ""), way.get("share", ""))
                for n, way in enumerate(data.get("ways", []), 1)
            ]
            return Shown(spec, value, wrong, (), rows)
        case "words":
            return Shown(spec, ", ".join(map(str, value)) if value else "", wrong)
        case "value":
            form = "yes" if value is True else "no" if value is False else ""
            form = form or ("number" if isinstance(value, int) else "text")
            choices = (("text", "text"), ("number", "number"), ("yes", "yes"), ("no", "no"))
            said = "" if isinstance(value, bool) else value
            return Shown(spec, said, wrong, choices, (form,))
    offered = _choices(spec.kind, offer)
    return Shown(spec, value, wrong, _with(value, offered) if offered else ())


def _with(value: Any, choices: Choices) -> Choices:
    """Return choices with the value that stands there, so that it is not lost by looking."""
    is_known = value == "" or any(key == value for key, _ in choices)
    return choices if is_known else [*choices, (str(value), f"{value} (not known here)")]


def _choices(kind: str, offer: Offer) -> Choices:
    match kind:
        case "topic":
            return [("", "nothing in particular"), *offer.topics]
        case "purpose":
            return offer.purposes
        case "receiver":
            return [("", "choose one"), *offer.receivers]
        case "per":
            return _PER
    return ()


def _occasion(place: str, label: str, told: Any, starts: bool, may_lack: bool) -> OccasionRow:
    if isinstance(told, dict) and "event" not in told:
        told = None
    key, asked = occasion_of(told)
    choices = [
        (each.key, each.label) for each in OCCASIONS if (each.starts if starts else each.ends)
    ]
    if key == AS_WRITTEN:
        choices.insert(0, (AS_WRITTEN, "what its text says"))
    day = _day_shown(told if key == DAY else None) if starts else None
    empty = "nothing" if may_lack else "choose one"
    return OccasionRow(place, label, choices, key, asked, empty, day)


def _day_shown(told: Any) -> Json:
    where = told.get("where") if isinstance(told, dict) else None
    where = where if isinstance(where, dict) else {}
    before = where.get("days_before", "")
    shown = ", ".join(map(str, before)) if isinstance(before, list) else before
    return {"attribute": where.get("attribute", ""), "yearly": where.get("yearly") is True,
            "days_before": shown, "at": where.get("at", "")}  # fmt: skip


def _day_typed(place: str, posted: QueryDict) -> Json:
    told = {
        name: storable(posted.get(f"{place}.{name}", "").strip())[:60]
        for name in ("attribute", "days_before", "at")
    }
    days = [_number(each.strip()) for each in told["days_before"].split(",") if each.strip()]
    where: Json = {"attribute": told["attribute"]} if told["attribute"] else {}
    if posted.get(f"{place}.yearly") == "yes":
        where["yearly"] = True
    if days:
        where["days_before"] = days if len(days) > 1 else days[0]
    if told["at"]:
        where["at"] = told["at"]
    return where


# ---- what was typed -----------------------------------------------------------------------------


def take_typed(specs: Sequence[Spec], data: Json, posted: QueryDict) -> None:
    """Write what a form says into a step; what the form has no field for stays."""
    for spec in specs:
        _take(spec, data, posted)


def _take(spec: Spec, data: Json, posted: QueryDict) -> None:
    told = storable(posted.get(f"f.{spec.name}", "").strip())[:4000]
    match spec.kind:
        case "number":
            _put(data, spec, _number(told))
        case "yes":
            _put(data, spec, told == "yes" or "")
        case "days":
            days = {int(day) for day in posted.getlist("f.weekdays") if day in dict(WEEKDAYS)}
            _put(data, spec, sorted(days))
        case "media":
            _take_media(spec, data, posted)
        case "words":
            _put(data, spec, [word.strip() for word in told.split(",") if word.strip()][:20])
        case "value":
            _take_value(data, posted.get("f.value.form", "text"), told)
        case "segment":
            if conditions.has_own(data):
                conditions.take_typed_conditions(data, posted)
            else:
                _put(data, spec, told[:40])
        case "ways":
            _take_ways(data, posted)
        case "occasion":
            _take_occasion(spec, data, posted)
        case "occasions":
            rows = data.get("exits") if isinstance(data.get("exits"), list) else []
            before = [*(rows or []), None][:MOST_EXITS]
            found = [_typed(posted, f"f.exits.{n}", row) for n, row in enumerate(before, 1)]
            _put(data, spec, [when for when in found if when])
        case _:
            _put(data, spec, told)


def _put(data: Json, spec: Spec, value: Any) -> None:
    """Note a value; what is empty, or usual and was not written before, is not written."""
    if value in ("", []) or (value == spec.usual and spec.name not in data):
        data.pop(spec.name, None)
    else:
        data[spec.name] = value


def _number(told: str) -> int | str:
    return int(told) if told.isascii() and told.isdigit() and len(told) < 9 else told[:40]


def _take_value(data: Json, form: str, told: str) -> None:
    if form in ("yes", "no"):
        data["value"] = form == "yes"
    else:
        data["value"] = _number(told) if form == "number" else told


def _take_media(spec: Spec, data: Json, posted: QueryDict) -> None:
    """Write the channels, and how long each may take before the next is tried."""
    found: dict[str, int | str] = {}
    for number in range(1, len(TELLING) + 1):
        medium = posted.get(f"f.media.{number}", "")
        if medium in TELLING:
            told = storable(posted.get(f"f.media.{number}.wait", "").strip())
            found.setdefault(medium, _number(told) if told else "")
    _put(data, spec, list(found))
    waits = {medium: minutes for medium, minutes in [*found.items()][:-1] if minutes != ""}
    if waits:
        data["waits"] = waits
    else:
        data.pop("waits", None)


def _take_ways(data: Json, posted: QueryDict) -> None:
    for number, way in enumerate(data["ways"], 1):
        way["name"] = storable(posted.get(f"f.ways.{number}.name", "").strip())[:40]
        way["share"] = _number(posted.get(f"f.ways.{number}.share", "").strip())


def _take_occasion(spec: Spec, data: Json, posted: QueryDict) -> None:
    if spec.name != "when":
        when = _typed(posted, f"f.{spec.name}", data.get(spec.name))
        _put(data, spec, when or "")
        return
    before = {name: data[name] for name in ("event", "where") if name in data}
    when = _typed(posted, "f.when", before)
    data.pop("event", None)
    data.pop("where", None)
    data.update(when or {})


def _typed(posted: QueryDict, place: str, before: Any) -> Any:
    key = posted.get(place, "")
    if key == DAY:
        return {"event": DATE_REACHED, "where": _day_typed(place, posted)}
    name = "segment" if key.startswith("segment") else "did"
    return when_of(key, storable(posted.get(f"{place}.{name}", "").strip())[:80], before)
