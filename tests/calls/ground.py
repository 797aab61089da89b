"""A store with a phone line on a Monday at nine: Ada is there and has a phone, Mara has ordered."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from shopbell.accounts.models import Store, User
from shopbell.assignments.agents import set_available
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.notation import parse_hours
from shopbell.calls.actions import save_phone
from shopbell.calls.models import Call
from shopbell.connections.models import Connection
from shopbell.conversations.models import Conversation, Entry
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer
from shopbell.customers.ports import Person
from shopbell.kit.db.scope import store_scope
from shopbell.slas.models import Clock
from tests.connectors.channels.twilio_voice.fake import FakeTwilio, Heard, Phone
from tests.connectors.channels.twilio_voice.ground import connect_phone, settle_calls
from tests.conversations.ground import agent
from tests.support.days import coming_monday
from tests.support.shop import make_store

MONDAY = coming_monday(9)
MARA, ADA = "+4915112340001", "+493055500777"


class Office:
    """The store, its line, and what happens on it."""

    def __init__(self, travel: time_machine.Traveller, fake: FakeTwilio) -> None:
        self.travel, self.twilio = travel, fake
        self.store: Store = make_store(timezone="UTC")
        self.ada: User = agent(self.store)
        self.line: Connection = connect_phone(self.store, fake)
        with store_scope(self.store.pk):
            save_calendar(name="Office", zone="UTC", week=parse_hours("Mon-Fri 9-17"))
            person = Person(source="shop", email="mara@shop.example", phone=MARA, first_name="Mara")
            [found] = record_people(people=[person])
            assert found is not None
            self.mara: Customer = found
            save_phone(user=self.ada, number=ADA)
            set_available(user=self.ada, available=True)
        fake.phones[ADA] = Phone()

    def calls(self, caller: str = MARA, keys: str = "", **how: Any) -> Heard:
        """Somebody calls; returns what they heard."""
        heard = self.twilio.call_in(caller, keys, **how)
        self.settle()
        return heard

    def wait(self, **span: float) -> None:
        self.travel.shift(timedelta(**span))
        self.settle()

    def settle(self) -> None:
        settle_calls()

    def ada_leaves(self) -> None:
        with store_scope(self.store.pk):
            set_available(user=self.ada, available=False)

    def does(self, verb: Any, **values: Any) -> Any:
        with store_scope(self.store.pk):
            done = verb(**values)
        self.settle()
        return done

    def last_call(self) -> Call:
        with store_scope(self.store.pk):
            rows = Call.objects.select_related("customer", "conversation", "entry", "agent")
            return rows.order_by("-created_at", "-id")[0]

    def conversation(self) -> Conversation:
        with store_scope(self.store.pk):
            rows = Conversation.objects.select_related("customer", "owner")
            return rows.order_by("-number")[0]

    def lines(self) -> list[tuple[str, str]]:
        """Return kind and words of all entries, in order."""
        with store_scope(self.store.pk):
            rows = Entry.objects.order_by("created_at", "id")
            return [(row.kind, row.text) for row in rows]

    def promise(self) -> tuple[timedelta | None, str]:
        """Return when a call-back is due, after Monday nine, and what became of it."""
        with store_scope(self.store.pk):
            row = Clock.objects.filter(target="news").order_by("-started_at", "-id").first()
            if row is None:
                return None, ""
            return row.started_at + row.goal - MONDAY, row.outcome or "running"

    def count(self, model: Any) -> int:
        with store_scope(self.store.pk):
            return int(model.objects.count())


@pytest.fixture
def office(committed_db: None) -> Iterator[Office]:
    fake = FakeTwilio()
    try:
        with time_machine.travel(MONDAY, tick=False) as travel:
            yield Office(travel, fake)
    finally:
        fake.close()
