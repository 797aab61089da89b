"""The approved template of something written for one occasion: how WhatsApp reaches whom it has not
heard from for a day.

Kept like that of a notification, under the occasion's own kind of text, so that the gate finds it.
A newcomer's mistake: rendering the occasion's words for them. The provider's words go, and only
their gaps are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from shopbell.connections.models import Connection
from shopbell.kit.errors import Invalid
from shopbell.messaging.approved import can_be_filled
from shopbell.messaging.approving import keep_text
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.models import ApprovedTemplate, ApprovedText
from shopbell.messaging.ports import TemplateStatus
from shopbell.messaging.reaching import able_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A template by its name, and what fills its gaps (Liquid), in their order."""

    name: str
    header: Sequence[str] = ()
    body: Sequence[str] = ()
    buttons: Sequence[str] = ()


def template_inbox() -> Connection | None:
    """Return the inbox that needs approved templates, if the store has one."""
    return next((row for row in inboxes().values() if able_of(row).template_outside_window), None)


def choices_in(inbox: Connection) -> dict[str, ApprovedTemplate]:
    """Return the templates that can be sent, one of each name, in the store's first language."""
    rows = ApprovedTemplate.objects.filter(
        connection=inbox, status=TemplateStatus.APPROVED, gone_at=None
    )
    found: dict[str, ApprovedTemplate] = {}
    for row in rows.order_by("name", "language"):
        if can_be_filled(row):
            found.setdefault(row.name, row)
    return found


def chosen_of(kind: str) -> ApprovedText | None:
    """Return the template of a kind of text."""
    return ApprovedText.objects.filter(kind=kind).first()


@transaction.atomic
def keep_choice(*, kind: str, choice: Choice | None) -> None:
    """Let a kind of text use a template where its own words may not be sent; None: no template.

    Raises:
        Invalid: it is not there, or one of its gaps is empty.
    """
    if choice is None:
        ApprovedText.objects.filter(kind=kind).delete()
        return
    inbox = template_inbox()
    if inbox is None:
        raise Invalid("No channel with approved templates is connected.")
    if choice.name not in choices_in(inbox):
        raise Invalid("This template cannot be sent now. Choose another one.")
    keep_text(
        row=inbox,
        kind=kind,
        name=choice.name,
        header=choice.header,
        body=choice.body,
        buttons=choice.buttons,
    )
