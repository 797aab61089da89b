"""Reads: one check, how long it can be answered, the last answers and their share."""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDay

from shopbell.feedback.models import Answer, Check
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.messaging.models import Message
from shopbell.messaging.policy import zone_or_utc

OPEN_FOR = timedelta(days=60)  # a first answer, since the question
CHANGES_FOR = timedelta(days=7)  # another answer, since the first
MOST_TIMES = 10
SHARE_OVER = timedelta(days=30)


class Standing(StrEnum):
    """Whether a check takes an answer."""

    OPEN = "open"
    SETTLED = "settled"  # it was answered, and that is that
    OVER = "over"  # it never was, and now it is too late


def asked_message(key: uuid.UUID) -> Message:
    """Return the message that asked.

    Raises:
        NotFound: it is not there any more.
    """
    rows = Message.objects.select_related("customer", "order", "connection")
    found = rows.defer("html", "text", "order__payload").filter(pk=key).first()
    if found is None:
        raise NotFound("This link does not lead anywhere any more.")
    return found


def first_of(message: Message) -> Message:
    """Return the message that asked first: sent again, or by the next channel, it is one question.

    Whoever has both can answer both; a newcomer's mistake is to count that twice.
    """
    while earlier := message.resend_of_id or message.tried_before_id:
        message = Message.objects.defer("html", "text").get(pk=earlier)
    return message


def check_of(message: Message) -> Check | None:
    """Return the answer to what a message asked, if there is one."""
    return Check.objects.filter(message=first_of(message)).first()


def asked_at(message: Message) -> datetime:
    """Return when a message asked."""
    return message.sent_at or message.handed_at or message.created_at


def standing_of(message: Message, check: Check | None) -> Standing:
    """Return whether a message takes an answer now."""
    now = clock.now()
    if check is None:
        return Standing.OPEN if now <= asked_at(message) + OPEN_FOR else Standing.OVER
    changes = now <= check.answered_at + CHANGES_FOR and check.times < MOST_TIMES
    return Standing.OPEN if changes else Standing.SETTLED


def checks(*, answer: str = "", recent: bool = False) -> QuerySet[Check]:
    """Return answers with what a list shows of them; `recent`: those the share is made of."""
    rows = Check.objects.select_related("customer", "order", "conversation")
    rows = rows.defer("order__payload")
    if answer in Answer:
        rows = rows.filter(answer=answer)
    return rows.filter(answered_at__gte=_since()) if recent else rows


def _since() -> datetime:
    return clock.now() - SHARE_OVER


def answers_by_day(zone: str) -> list[tuple[int, int]]:
    """Return for each day of the last thirty with answers how many were good, and of how many."""
    day = TruncDay("answered_at", tzinfo=zone_or_utc(zone))
    rows = checks(recent=True).order_by().annotate(day=day).values("day")
    counted = rows.annotate(good=Count("pk", filter=Q(answer=Answer.GOOD)), n=Count("pk"))
    return list(counted.order_by("day").values_list("good", "n"))
