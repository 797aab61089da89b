"""Acting on a conversation: status, owner, tags, priority. On many: `bulk`."""

import uuid

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from shopbell.accounts.models import User
from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations import forms
from shopbell.conversations.actions import (
    assign,
    set_priority,
    set_status,
    set_tags,
    snooze,
)
from shopbell.conversations.models import Status, Team
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import NotFound
from shopbell.messaging.actions import resend_message
from shopbell.messaging.models import Message

_SAID = {
    Status.OPEN: "Open again.",
    Status.PENDING: "Waiting for the customer.",
    Status.RESOLVED: "Resolved.",
    Status.SPAM: "Marked as spam.",
}


@staff_page("conversations:write")
@require_POST
def status(request: StaffRequest, number: int) -> HttpResponseBase:
    """Resolve, reopen, mark as spam."""
    wanted = forms.checked(forms.StatusForm(request.POST)).cleaned_data["status"]
    row = conversation_by_number(number)
    set_status(conversation=row, status=wanted, by=request.user)
    return done(request, row.number, _SAID[Status(wanted)])


@staff_page("conversations:write")
@require_POST
def put_aside(request: StaffRequest, number: int) -> HttpResponseBase:
    """Snooze it."""
    choice = forms.checked(forms.SnoozeForm(request.POST)).cleaned_data["until"]
    row = conversation_by_number(number)
    until = forms.snooze_end(choice, request.store.timezone)
    snooze(conversation=row, until=until, by=request.user)
    return done(request, row.number, "Snoozed.")


@staff_page("conversations:write")
@require_POST
def give(request: StaffRequest, number: int) -> HttpResponseBase:
    """Give it to somebody, or to nobody."""
    key = forms.checked(forms.OwnerForm(request.POST)).cleaned_data["owner"]
    row = conversation_by_number(number)
    owner = None
    if key is not None:
        owner = User.objects.filter(pk=key).first()
        if owner is None:
            raise NotFound("There is no such person here.")
    assign(conversation=row, by=request.user, owner=owner, team=row.team)
    return done(request, row.number)


@staff_page("conversations:write")
@require_POST
def give_to_team(request: StaffRequest, number: int) -> HttpResponseBase:
    """Give it to a team, or to none; its owner stays."""
    key = forms.checked(forms.TeamForm(request.POST)).cleaned_data["team"]
    row = conversation_by_number(number)
    team = None
    if key is not None:
        team = Team.objects.filter(pk=key).first()
        if team is None:
            raise NotFound("There is no such team.", remedy="Reload the page.")
    assign(conversation=row, by=request.user, owner=row.owner, team=team)
    return done(request, row.number)


@staff_page("conversations:write")
@require_POST
def priority(request: StaffRequest, number: int) -> HttpResponseBase:
    """Say how urgent it is."""
    wanted = forms.checked(forms.PriorityForm(request.POST)).cleaned_data["priority"]
    row = conversation_by_number(number)
    set_priority(conversation=row, priority=wanted, by=request.user)
    return done(request, row.number)


@staff_page("conversations:write")
@require_POST
def tags(request: StaffRequest, number: int) -> HttpResponseBase:
    """Add or remove a tag."""
    values = forms.checked(forms.TagForm(request.POST)).cleaned_data
    row = conversation_by_number(number)
    kept = [tag for tag in row.tags if tag != values["remove"]]
    set_tags(conversation=row, tags=[*kept, values["add"]], by=request.user)
    return done(request, row.number)


@staff_page("messages:write")
@require_POST
def resend(request: StaffRequest, number: int) -> HttpResponseBase:
    """Send this customer's last notification once more."""
    row = conversation_by_number(number)
    rows = Message.objects.filter(customer=row.customer, customer__isnull=False)
    try:
        key = uuid.UUID(request.POST.get("message", ""))
    except ValueError:
        raise NotFound("There is no such message.") from None
    message = rows.exclude(kind="reply").filter(pk=key).first()
    if message is None:
        raise NotFound("There is no such message.")
    resend_message(message=message, by=str(request.user))
    return done(request, row.number, "It is on its way again.")
