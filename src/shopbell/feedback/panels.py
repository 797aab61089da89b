"""Says in a conversation that it began with a bad answer after delivery, or got better since."""

from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.slots import Page, panel
from shopbell.feedback.actions import TAG
from shopbell.feedback.models import Check


@panel("facts", template="feedback/fact.html", order=50)
def answered_checks(request: StaffRequest, page: Page) -> Page | None:
    """Show the answer among the facts of its conversation; its tag spares others the question."""
    if TAG not in page["case"].tags:
        return None
    check = Check.objects.filter(conversation=page["case"].pk).order_by("-answered_at").first()
    return {"check": check} if check is not None else None
