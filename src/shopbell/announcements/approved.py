"""The approved template of a telling, where its own words may not be sent by WhatsApp."""

from django.db import transaction

from shopbell.announcements.actions.drafting import locked_draft
from shopbell.announcements.models import Telling
from shopbell.messaging.chosen import Choice, chosen_of, keep_choice
from shopbell.messaging.models import ApprovedText


def chosen_for(telling: Telling) -> ApprovedText | None:
    """Return the template of a telling."""
    return chosen_of(telling.text_kind)


@transaction.atomic
def choose_template(*, telling: Telling, choice: Choice | None) -> None:
    """Let a draft use a template where its own words may not be sent; None: no template.

    Raises:
        Invalid: it is not there, or one of its gaps is empty.
        Conflict: the telling is submitted already.
    """
    row = locked_draft(telling.announcement, telling.number)
    keep_choice(kind=row.text_kind, choice=choice)
