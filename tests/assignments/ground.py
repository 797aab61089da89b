"""A store with several agents and a chat, on a Monday morning at nine."""

from dataclasses import dataclass, field
from datetime import timedelta

import time_machine

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Store, User
from shopbell.assignments.actions import save_team, set_inbox_routing
from shopbell.assignments.agents import set_available, set_capacity
from shopbell.assignments.pumps import run_assignments
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.notation import parse_hours
from shopbell.connections.models import Connection
from shopbell.conversations.models import Conversation, Team
from shopbell.kit.db.scope import store_scope
from tests.conversations.ground import add_widget, write
from tests.support.days import coming_monday
from tests.support.shop import make_store, settle

MONDAY = coming_monday(9)


@dataclass
class Floor:
    """People at work."""

    travel: time_machine.Traveller | None = None
    store: Store = field(default_factory=make_store)
    people: dict[str, User] = field(default_factory=dict)
    team: Team | None = None

    def __post_init__(self) -> None:
        self.chat: Connection = add_widget(self.store)

    def agent(self, name: str, capacity: int = 10, *, here: bool = True, **media: int) -> User:
        """Let somebody work here."""
        made = add_staff(
            store=self.store, email=f"{name.lower()}@lark.example", name=name, role="agent"
        )
        self.people[name] = made.user
        with store_scope(self.store.pk):
            set_capacity(user=made.user, capacity=capacity, capacities=media)
            set_available(user=made.user, available=here)
        return made.user

    def hours(self, text: str = "Mon-Fri 9-17") -> None:
        """Say when people work."""
        with store_scope(self.store.pk):
            save_calendar(name="Office", zone="UTC", week=parse_hours(text))

    def everybody(self, mode: str) -> None:
        """Hand out what comes in by chat to everybody."""
        with store_scope(self.store.pk):
            set_inbox_routing(inbox=self.chat, gives_to=None, mode=mode)
        settle()

    def gather(self, name: str, mode: str, *members: str, grace: int = 15) -> Team:
        """Make a team that gets what comes in by chat."""
        with store_scope(self.store.pk):
            people = [self.people[each] for each in members]
            team = save_team(name=name, members=people, mode=mode, grace_minutes=grace)
            set_inbox_routing(inbox=self.chat, gives_to=team)
        settle()
        return team

    def ask(self, *names: str) -> list[Conversation]:
        """Let customers write, one second after another."""
        found = []
        for name in names:
            if self.travel is not None:
                self.travel.shift(timedelta(seconds=1))
            with store_scope(self.store.pk):
                entry = write(self.chat, f"I am {name}", email=f"{name}@shop.example")
                found.append(Conversation.objects.get(pk=entry.conversation_id))
        settle()
        return found

    def wait(self, here: tuple[str, ...] = (), **span: float) -> None:
        """Let time pass a minute at a time, with the pages of `here` open."""
        assert self.travel is not None
        left = timedelta(**span)
        while left > timedelta(0):
            self.travel.shift(min(left, timedelta(minutes=1)))
            left -= timedelta(minutes=1)
            from shopbell.assignments.agents import note_here

            with store_scope(self.store.pk):
                for name in here:
                    note_here(user=self.people[name])
            run_assignments()
        settle()

    def owners(self) -> list[str]:
        """Return who has the conversations, by their number."""
        with store_scope(self.store.pk):
            rows = Conversation.objects.select_related("owner").order_by("number")
            return [row.owner.name if row.owner else "-" for row in rows]

    def said(self, number: int) -> list[str]:
        """Return the activities of a conversation."""
        with store_scope(self.store.pk):
            row = Conversation.objects.get(number=number)
            return list(row.entries.filter(kind="activity").values_list("text", flat=True))
