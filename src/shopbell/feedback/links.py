"""The addresses that stand in a check: the question, and the question with an answer chosen.

A newcomer's mistake: letting a link answer. Mail scanners open every link; they only look.
"""

from collections.abc import Mapping

from django.conf import settings

from shopbell.accounts.links import sign
from shopbell.accounts.models import Store
from shopbell.feedback.models import Answer
from shopbell.messaging.models import Message

PURPOSE = "check"


def answer_url(store: Store, message: Message) -> str:
    """Return the page on which the receiver of a message answers."""
    return f"{settings.BASE_URL}/a/{sign(store, PURPOSE, message.pk)}"


def links_of(store: Store, message: Message) -> Mapping[str, str]:
    """Return what templates print as `links.answer`, `links.good`, `links.bad`."""
    page = answer_url(store, message)
    return {"answer": page} | {str(each): f"{page}?a={each}" for each in Answer}
