"""Calendars, teams and promises of an apply file, each known by its name.

An entry says all of its object: what it leaves out is empty. Feeds are read by the worker.
"""

from typing import Any

from shopbell.accounts.models import Staff, Store
from shopbell.assignments.actions import save_team, set_inbox_routing
from shopbell.assignments.models import Mode, Routing
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.models import Calendar
from shopbell.calendars.notation import parse_hours, week_text
from shopbell.connections.models import Connection
from shopbell.conversations.models import Priority, Team
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.operations.provisioning.plan import Plan, difference
from shopbell.operations.provisioning.schema import CalendarKeys, SlaKeys, TeamKeys
from shopbell.slas.actions import save_policy
from shopbell.slas.models import Policy
from shopbell.slas.spans import parse_span


def apply_calendar(plan: Plan, store: Store, wanted: CalendarKeys) -> None:
    """Say when people work."""
    with store_scope(store.pk):
        found = Calendar.objects.filter(name=wanted.name).first()
        values: dict[str, Any] = {
            "zone": wanted.timezone or (found.zone if found else store.timezone),
            "week": parse_hours(wanted.hours),
            "country": wanted.country,
            "region": wanted.region,
            "days_off": [(each.day, each.name) for each in wanted.days_off],
            "feed_url": wanted.feed,
        }
        details = _calendar_details(found, values, wanted.default) if found else ()
        plan.add(f"calendar {store.slug}/{wanted.name}", created=found is None, details=details)
        if found is None or details:
            save_calendar(name=wanted.name, is_default=wanted.default, calendar=found, **values)


def apply_team(plan: Plan, store: Store, wanted: TeamKeys) -> None:
    """Say who works together, what they get, and how it is handed out."""
    with store_scope(store.pk):
        found = Team.objects.filter(name=wanted.name).first()
        routing = Routing.objects.filter(team=found).first() if found else None
        calendar = _calendar(wanted.calendar)
        people = _people(wanted.members)
        inboxes = _inboxes(wanted.inboxes)
        given_by = _given_by(found)
        now = {
            "members": sorted(user.email for user in found.members.all()) if found else [],
            "hands_out": routing.mode if routing else Mode.OFF,
            "grace_minutes": routing.grace_minutes if routing else 15,
            "calendar": str(routing.calendar or "") if routing else "",
            "inboxes": given_by,
        }
        new = {
            "members": sorted(user.email for user in people),
            "hands_out": wanted.hands_out,
            "grace_minutes": wanted.grace_minutes,
            "calendar": wanted.calendar,
            "inboxes": sorted({*given_by, *wanted.inboxes}),
        }
        details = _changed(now, new) if found else ()
        plan.add(f"team {store.slug}/{wanted.name}", created=found is None, details=details)
        if found is not None and not details:
            return
        saved = save_team(
            name=wanted.name,
            members=people,
            mode=wanted.hands_out,
            grace_minutes=wanted.grace_minutes,
            calendar=calendar,
            team=found,
        )
        for inbox in inboxes:
            set_inbox_routing(inbox=inbox, gives_to=saved)


def apply_sla(plan: Plan, store: Store, wanted: SlaKeys) -> None:
    """Promise something."""
    with store_scope(store.pk):
        found = Policy.objects.select_related("calendar").filter(name=wanted.name).first()
        teams = {row.name: row.pk for row in Team.objects.all()}
        unknown = [name for name in wanted.teams if name not in teams]
        if unknown:
            raise Invalid("", fields={"teams": f"There is no team {unknown[0]!r}."})
        new: dict[str, Any] = {
            "first_minutes": _minutes("first", wanted.first),
            "next_minutes": _minutes("next", wanted.next),
            "resolution_minutes": _minutes("resolution", wanted.resolution),
            "media": wanted.channels,
            "priorities": [int(Priority[name.upper()]) for name in wanted.priorities],
            "teams": [teams[name] for name in wanted.teams],
            "tags": sorted({tag.lower() for tag in wanted.tags}),
            "calendar": _calendar(wanted.calendar),
        }
        now = {name: getattr(found, name) for name in new} if found else {}
        details = _changed(now, new) if found else ()
        plan.add(f"promise {store.slug}/{wanted.name}", created=found is None, details=details)
        if found is None or details:
            save_policy(name=wanted.name, policy=found, **new)


def _calendar_details(found: Calendar, values: dict[str, Any], default: bool) -> tuple[str, ...]:
    now = {
        "timezone": found.zone,
        "hours": week_text(tuple(tuple((a, b) for a, b in day) for day in found.week)),
        "country": found.country,
        "region": found.region,
        "days_off": [day for day, _ in found.days_off],
        "feed": found.feed_url,
        "default": found.is_default,
    }
    new = {
        "timezone": values["zone"],
        "hours": week_text(values["week"]),
        "country": values["country"],
        "region": values["region"],
        "days_off": sorted(day.isoformat() for day, _ in values["days_off"]),
        "feed": values["feed_url"],
        "default": default or found.is_default,
    }
    return _changed(now, new)


def _changed(now: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    return tuple(difference(name, now[name], new[name]) for name in new if now[name] != new[name])


def _calendar(name: str) -> Calendar | None:
    if not name:
        return None
    found = Calendar.objects.filter(name=name).first()
    if found is None:
        raise Invalid("", fields={"calendar": f"There is no calendar {name!r}."})
    return found


def _people(addresses: list[str]) -> list[Any]:
    wanted = {address.lower() for address in addresses}
    rows = Staff.objects.select_related("user").filter(user__email__in=wanted)
    people = {row.user.email: row.user for row in rows}
    if missing := sorted(wanted - people.keys()):
        raise Invalid("", fields={"members": f"{missing[0]} does not work here."})
    return list(people.values())


def _inboxes(slugs: list[str]) -> list[Connection]:
    rows = {row.slug: row for row in Connection.objects.filter(family="channel", slug__in=slugs)}
    if missing := [slug for slug in slugs if slug not in rows]:
        raise Invalid("", fields={"inboxes": f"There is no inbox {missing[0]!r}."})
    return list(rows.values())


def _given_by(team: Team | None) -> list[str]:
    if team is None:
        return []
    rows = Routing.objects.filter(gives_to=team, inbox__isnull=False)
    return sorted(rows.values_list("inbox__slug", flat=True))


def _minutes(key: str, text: str) -> int | None:
    try:
        return parse_span(text) if text else None
    except Invalid as error:
        raise Invalid("", fields={key: error.message}) from None
