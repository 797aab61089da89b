"""Click to call: the agent's phone is rung first, then the customer's."""

from datetime import timedelta

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.calls.actions.settling import settle
from shopbell.calls.errands import run_errand
from shopbell.calls.models import Call, Direction, ErrandKind, State
from shopbell.calls.queries import numbers_of, phone_connections, phone_of
from shopbell.conversations.actions.timeline import locked
from shopbell.conversations.models import Conversation
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid

_UNDER_WAY = (State.ASKED, State.RINGING, State.TALKING, State.IN_DOUBT)
_STILL = timedelta(minutes=2)


@transaction.atomic
def ask_to_call(*, conversation: Conversation, number: str, by: User) -> Call:
    """Have a customer called; the worker places the call.

    Raises:
        Invalid: there is no connected line, the agent has no phone, or the number is not of this
            conversation.
        Conflict: this agent is being put through already.
    """
    row = locked(conversation)
    lines = phone_connections()
    if not lines:
        raise Invalid("No phone line is connected.", remedy="Connect one under Connections.")
    if phone_of(by) is None:
        raise Invalid(
            "It is not known at which number you are rung.",
            fields={"phone": "Write your number first."},
        )
    if number not in numbers_of(row):
        raise Invalid("This number does not belong to this conversation.")
    under_way = Call.objects.filter(
        direction=Direction.OUT, agent=by, state__in=_UNDER_WAY, ended_at=None,
        started_at__gt=clock.now() - _STILL,
    )  # fmt: skip
    if under_way.exists():
        raise Conflict("You are being put through already.", remedy="Take the call on your phone.")
    line = next((each for each in lines if each.pk == row.inbox_id), lines[0])
    call = Call.objects.create(
        connection=line,
        direction=Direction.OUT,
        number=number,
        customer=row.customer,
        order=row.order,
        conversation=row,
        agent=by,
        state=State.ASKED,
        started_at=clock.now(),
        created_at=clock.now(),
    )
    run_errand(call, ErrandKind.PLACE)
    settle(call)
    return call
