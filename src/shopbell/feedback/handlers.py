"""A bad answer becomes a conversation, so that somebody writes back."""

from collections.abc import Sequence

from shopbell.events.registry import Recorded, on
from shopbell.feedback import catalogue
from shopbell.feedback.actions import note_better, open_case
from shopbell.feedback.events import CheckAnswered
from shopbell.feedback.models import Answer, Check

CATALOGUE = catalogue.Checks  # known to the editor and the gate by being imported


@on(CheckAnswered)
def open_cases(batch: Sequence[Recorded[CheckAnswered]]) -> None:
    """Open a conversation for what is a bad answer still; tell in it when it was changed."""
    keys = {each.fact.check_id for each in batch}
    for check in Check.objects.filter(pk__in=keys).order_by("pk"):
        if check.answer == Answer.BAD:
            open_case(check=check)
        else:
            note_better(check=check)
