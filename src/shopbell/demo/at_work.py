"""How the demo's people work together: hours, two promises, two teams."""

from datetime import date

from shopbell.accounts.models import Staff, Store
from shopbell.assignments.actions import save_team, set_inbox_routing
from shopbell.assignments.models import Mode
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.notation import parse_hours
from shopbell.calls.actions import save_phone
from shopbell.connections.models import Connection
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.slas.actions import save_policy

_NUMBERS = ("+493023125201", "+493023125202")  # at which they are rung; kept for fiction


def set_up_people(store: Store) -> None:
    """Set up what a merchant would set up under "Set up the inbox"."""
    with store_scope(store.pk):
        save_calendar(
            name="Office hours",
            zone=store.timezone,
            week=parse_hours("Mon-Fri 9-17"),
            country="DE",
            region="HB",
            days_off=[(date(clock.now().year, 12, 24), "Christmas Eve")],
        )
        save_policy(name="Chat", media=["chat"], first_minutes=2, next_minutes=5)
        save_policy(
            name="Mail and forms",
            media=["email", "form"],
            first_minutes=240,
            next_minutes=480,
            resolution_minutes=1440,
        )
        people = [row.user for row in Staff.objects.select_related("user")]
        save_team(name="Parcels and returns", members=people, mode=Mode.LEAST_LOADED)
        save_team(name="Products", members=people)
        for number, person in zip(_NUMBERS, people, strict=False):
            save_phone(user=person, number=number)
        for inbox in Connection.objects.filter(connector="widget"):
            set_inbox_routing(inbox=inbox, gives_to=None, mode=Mode.ROUND_ROBIN)
