"""Phone lines and the phones of people in an apply file. What an entry leaves out stays."""

from typing import Any

from shopbell.accounts.models import Staff, Store
from shopbell.calendars.models import Calendar
from shopbell.calls.actions import save_line, save_phone
from shopbell.calls.models import Line
from shopbell.calls.queries import phone_connections, phone_of
from shopbell.conversations.models import Team
from shopbell.customers.normalise import phone_key
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.operations.provisioning.plan import Plan, difference
from shopbell.operations.provisioning.schema import AgentPhoneKeys, PhoneLineKeys

_NAMED = ("inbox", "calendar", "team")


def apply_phone_line(plan: Plan, store: Store, wanted: PhoneLineKeys) -> None:
    """Say how a number answers."""
    with store_scope(store.pk):
        lines = {row.slug: row for row in phone_connections()}
        if wanted.inbox not in lines:
            raise Invalid("", fields={"inbox": f"There is no phone inbox {wanted.inbox!r}."})
        connection = lines[wanted.inbox]
        found = Line.objects.filter(connection=connection).first()
        new = {
            name: value
            for name, value in wanted.model_dump(exclude_unset=True).items()
            if name not in _NAMED
        }
        if wanted.calendar is not None:
            new["calendar_id"] = _id_of(Calendar, "calendar", wanted.calendar)
        if wanted.team is not None:
            new["team_id"] = _id_of(Team, "team", wanted.team)
        now = {name: getattr(found or Line(), name) for name in new}
        details = tuple(
            difference(name.removesuffix("_id"), now[name], new[name])
            for name in new
            if now[name] != new[name]
        )
        plan.add(f"phone line {store.slug}/{wanted.inbox}", created=found is None, details=details)
        if found is None or details:
            save_line(connection=connection, **new)


def apply_agent_phone(plan: Plan, store: Store, wanted: AgentPhoneKeys) -> None:
    """Say at which number somebody is rung."""
    with store_scope(store.pk):
        rows = Staff.objects.select_related("user").filter(user__email=wanted.member.lower())
        staff = rows.first()
        if staff is None:
            raise Invalid("", fields={"member": f"{wanted.member} does not work here."})
        found = phone_of(staff.user)
        now = (found.number, found.rings) if found else ("", True)
        new = (phone_key(wanted.number), wanted.rings)
        details = (difference("number", now[0], new[0]),) if found and now != new else ()
        plan.add(f"phone of {wanted.member}", created=found is None, details=details)
        if found is None or details:
            save_phone(user=staff.user, number=wanted.number, rings=wanted.rings)


def _id_of(model: Any, what: str, name: str) -> Any:
    if not name:
        return None
    found = model.objects.filter(name=name).first()
    if found is None:
        raise Invalid("", fields={what: f"There is no {what} {name!r}."})
    return found.pk
