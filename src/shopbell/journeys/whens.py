"""Events as a journey writes them: what starts it, what ends it, what a step waits for.

A newcomer's mistake: taking days and silence for events. They only start a journey.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shopbell.customers.marking import NAME
from shopbell.journeys.checks import is_count, only, refusal, time_of_day
from shopbell.journeys.steps import DATE_REACHED, SEGMENT_EVENTS, SILENT, When


def read_when(data: Any, place: str) -> When:
    """Return the event that stands at a place."""
    if isinstance(data, str):
        data = {"event": data}
    if not isinstance(data, dict) or not isinstance(data.get("event"), str):
        raise refusal(place, "An event, with `where` if only some are meant.")
    only(data, place, {"event", "where"})
    where = data.get("where", {})
    if not isinstance(where, dict):
        raise refusal(f"{place}.where", "Values by name.")
    if data["event"] in SEGMENT_EVENTS and not isinstance(where.get("segment"), str):
        raise refusal(f"{place}.where.segment", "The key or the id of a segment.")
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
        raise refusal(place, "Silence only starts a journey.")
    only(where, f"{place}.where", {"days", "mails"})
    days, mails = where.get("days", 180), where.get("mails", 10)
    for name, value in (("days", days), ("mails", mails)):
        if not is_count(value, 1, 1000):
            raise refusal(f"{place}.where.{name}", "A number from 1 to 1000.")
    return {"days": days, "mails": mails}


def _check_limit(value: Any, place: str) -> None:
    """Refuse a limit that is none: `{ least = 10 }` and `{ most = 20 }` are."""
    if isinstance(value, dict):
        known = value.keys() <= {"least", "most"} and value
        if not known or any(not isinstance(each, int) for each in value.values()):
            raise refusal(place, "A value, or a number it is at `least` or at `most`.")


def _day(where: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """Return which day starts a journey, with what was left out."""
    if place != "trigger":
        raise refusal(place, "A day only starts a journey.")
    only(where, f"{place}.where", {"attribute", "yearly", "days_before", "at"})
    name, yearly = where.get("attribute"), where.get("yearly", False)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise refusal(f"{place}.where.attribute", "The name of an attribute that holds a day.")
    if not isinstance(yearly, bool):
        raise refusal(f"{place}.where.yearly", "true or false.")
    told = where.get("days_before", 0)
    days = told if isinstance(told, list) else [told]
    if not 1 <= len(days) <= 6 or any(not is_count(each, 0, 365) for each in days):
        raise refusal(f"{place}.where.days_before", "Days from 0 to 365, or up to six of them.")
    at = time_of_day(where, f"{place}.where") or "09:00"
    return {"attribute": name, "yearly": yearly, "days_before": sorted(set(days)), "at": at}


def read_whens(data: Any, place: str) -> Iterator[When]:
    """Yield the events of a list."""
    if not isinstance(data, list):
        raise refusal(place, "A list of events.")
    for number, item in enumerate(data, 1):
        yield read_when(item, f"{place}.{number}")
