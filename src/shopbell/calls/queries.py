"""Reads of lines, calls, agents' phones, and who a number belongs to."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from shopbell.accounts.models import User
from shopbell.assignments.models import Agent
from shopbell.assignments.queries import is_here
from shopbell.calendars.arithmetic import Schedule, add_working_time
from shopbell.calendars.queries import default_calendar, schedule_of
from shopbell.calls.models import AgentPhone, Call, Line, State, Told
from shopbell.connections.models import Connection, ConnectionState
from shopbell.conversations.models import Conversation, TeamMember, Thread
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.customers.normalise import phone_key
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.messaging.ports import BY_NUMBER, CHANNELS, Medium
from shopbell.orders.models import Order

MOST_RUNG = 10  # at once, which is what providers take
_BUSY_FOR = timedelta(hours=2)  # a call that is never told to have ended does not count for longer
QUARTER = timedelta(minutes=15)


def phone_connections() -> list[Connection]:
    """Return the connected numbers of the store in scope that are in use."""
    keys = [plug.key for plug in CHANNELS if plug.capabilities.medium == Medium.PHONE]
    rows = Connection.objects.filter(family="channel", connector__in=keys)
    away = (ConnectionState.OFF, ConnectionState.REMOVED)
    return list(rows.exclude(state__in=away).order_by("created_at", "id"))


def is_sandbox(connection: Connection | None) -> bool:
    """Whether a line is one to try things on: phones ring on a page."""
    return connection is not None and CHANNELS.get(connection.connector).capabilities.sandbox


def line_of(connection_id: uuid.UUID) -> Line:
    """Return how a number answers; as it is at first when nobody has changed it."""
    rows = Line.objects.select_related("calendar", "team")
    return rows.filter(connection=connection_id).first() or Line(connection_id=connection_id)


def schedule_for(line: Line) -> Schedule:
    """Return the opening hours of a line: its own calendar, else the store's."""
    return schedule_of(line.calendar or default_calendar())


def call_back_time(line: Line, now: datetime) -> datetime:
    """Return by when a missed call is called back: so much working time later, a full quarter."""
    amount = timedelta(minutes=line.call_back_minutes)
    due = add_working_time(schedule_for(line), now, amount) or now + amount
    late = (due - due.replace(minute=0, second=0, microsecond=0)) % QUARTER
    return due + (QUARTER - late) if late else due


def people_to_ring(line: Line) -> list[AgentPhone]:
    """Return the phones of those who are available, in the line's team, and not in a call."""
    phones = AgentPhone.objects.filter(rings=True).select_related("user")
    if line.team_id is not None:
        members = TeamMember.objects.filter(team=line.team_id).values_list("user_id", flat=True)
        phones = phones.filter(user__in=list(members))
    found = {phone.user_id: phone for phone in phones}
    busy = set(
        Call.objects.filter(
            state=State.TALKING, answered_at__gt=clock.now() - _BUSY_FOR, agent__in=list(found)
        ).values_list("agent_id", flat=True)
    )
    agents = Agent.objects.filter(user__in=set(found) - busy).order_by("given_at", "since")
    return [found[agent.user_id] for agent in agents if is_here(agent)][:MOST_RUNG]


def phone_of(user: User) -> AgentPhone | None:
    """Return the phone of a member of staff."""
    return AgentPhone.objects.filter(user=user).first()


def agent_phones() -> dict[int, AgentPhone]:
    """Return the phones of all staff of the store in scope."""
    return {row.user_id: row for row in AgentPhone.objects.all()}


def customer_of_number(number: str) -> Customer | None:
    """Return the one customer with this number; None for several or nobody."""
    if not number:
        return None
    shown = Customer.objects.filter(
        Q(phone=number)
        | Q(
            pk__in=Identity.objects.filter(kind=IdentityKind.PHONE, value=number).values("customer")
        )
    )
    found = list(shown.order_by("id")[:2])
    return found[0] if len(found) == 1 else None


def likely_order(customer: Customer | None) -> Order | None:
    """Return the order somebody most likely calls about: the latest."""
    return customer.orders.order_by("-placed_at").first() if customer is not None else None


def call_of(key: uuid.UUID) -> Call:
    """Return a call of the store in scope.

    Raises:
        NotFound: there is none.
    """
    rows = Call.objects.select_related("customer", "conversation", "agent", "connection", "order")
    found = rows.filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such call.", remedy="Reload the page.")
    return found


def open_call_back(number: str) -> Call | None:
    """Return the missed call of a number whose promised call-back is still to come."""
    if not number:
        return None
    now = clock.now()
    rows = Call.objects.filter(number=number, promised_at__gt=now, conversation__due_for="news")
    return rows.order_by("promised_at").first()


def was_told(call: Call) -> bool:
    """Return whether the caller knows already by when they are called back."""
    rows = Call.objects.filter(number=call.number, promised_at__gt=clock.now()).exclude(pk=call.pk)
    return rows.exclude(promise_told=Told.NOT).exists()


def numbers_of(conversation: Conversation) -> list[str]:
    """Return the phone numbers a conversation is about, the one of the last call first."""
    customer = conversation.customer
    known = customer.identities.all() if customer is not None else ()
    return numbers_among(conversation.threads.order_by("-created_at"), customer, known)


def numbers_among(
    threads: Iterable[Thread], customer: Customer | None, identities: Iterable[Identity]
) -> list[str]:
    """Return the phone numbers among a conversation's lines and its customer's addresses."""
    found = [thread.address for thread in threads if thread.medium in BY_NUMBER]
    if customer is not None:
        found.append(phone_key(customer.phone, customer.country))
    found += [each.value for each in identities if each.kind == IdentityKind.PHONE]
    return [number for number in dict.fromkeys(found) if number.startswith("+")]
