"""News that a person promised a customer by a time: noted, counted down, told when it is late.

It runs round the clock and while a conversation waits or is put aside, since the customer was told
a time. The next answer keeps it; the one of the first minutes is taken for the one that says it,
unless people spoke on the phone.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.calendars.arithmetic import ROUND_THE_CLOCK
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.models import Conversation, Status
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.slas import clocks
from shopbell.slas.following import follow
from shopbell.slas.models import Clock, Outcome, Target

_LONGEST = timedelta(days=365)


@transaction.atomic
def promise_news(
    *, conversation: Conversation, at: datetime, by: User | None, said: str = "News promised"
) -> Clock:
    """Note by when a customer was told to hear from us; what was noted before is replaced.

    `said`: how the conversation's history calls it.

    Raises:
        Invalid: the time is past, or more than a year away.
        Conflict: the conversation is over.
    """
    now = clock.now()
    if not now < at < now + _LONGEST:
        raise Invalid(
            "Choose a time to come, within a year.", fields={"at": "Choose another time."}
        )
    row = locked(conversation)
    if row.status in (Status.RESOLVED, Status.SPAM):
        raise Conflict("This conversation is over.", remedy="Open it again first.")
    _drop_running(row)
    made = Clock.objects.create(
        conversation=row,
        target=Target.NEWS,
        goal=at - now,
        started_at=now,
        spent=timedelta(0),
        running_since=now,
    )
    log_activity(row, said, by=by, until=at.isoformat())
    follow([row.pk], at=now)
    tell_pages(row)
    made.refresh_from_db()
    return made


@transaction.atomic
def take_news_back(*, conversation: Conversation, by: User | None) -> None:
    """Forget that news were promised; does nothing when none are owed."""
    row = locked(conversation)
    if _drop_running(row):
        log_activity(row, "No news promised any more", by=by)
        follow([row.pk], at=clock.now())
        tell_pages(row)


def take_news_along(merged_id: uuid.UUID, into_id: uuid.UUID) -> None:
    """What was promised in a conversation that was merged away is owed in the survivor."""
    owed = Clock.objects.filter(target=Target.NEWS, ended_at=None)
    if not owed.filter(conversation_id=into_id).exists():
        owed.filter(conversation_id=merged_id).update(conversation_id=into_id)


def _drop_running(row: Conversation) -> bool:
    running = Clock.objects.select_for_update().filter(
        conversation=row, target=Target.NEWS, ended_at=None
    )
    found = running.first()
    if found is None:
        return False
    clocks.end(found, ROUND_THE_CLOCK, clock.now(), Outcome.DROPPED)
    found.save()
    return True
