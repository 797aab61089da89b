"""Noting in a conversation by when the customer was told to hear from us."""

from datetime import datetime

from django import forms
from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.forms import checked, day_and_time
from shopbell.conversations.later import time_of
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.slas.news import promise_news, take_news_back


class NewsForm(forms.Form):
    """By when: one of the offered times, or `typed` with a day and a time."""

    by = forms.CharField(max_length=20)
    at = forms.CharField(max_length=25, required=False)

    def clean_at(self) -> datetime | None:
        """Read what a field for day and time gives; it has no zone."""
        return day_and_time(str(self.cleaned_data["at"]))


@staff_page("conversations:write")
@require_POST
def promise(request: StaffRequest, number: int) -> HttpResponseBase:
    """Note that news were promised by a time."""
    values = checked(NewsForm(request.POST)).cleaned_data
    row = conversation_by_number(number)
    at = time_of(values["by"], request.store.timezone, typed=values["at"])
    promise_news(conversation=row, at=at, by=request.user)
    return done(request, row.number, "Noted. You are reminded before it is due.")


@staff_page("conversations:write")
@require_POST
def take_back(request: StaffRequest, number: int) -> HttpResponseBase:
    """Forget the promise."""
    row = conversation_by_number(number)
    take_news_back(conversation=row, by=request.user)
    return done(request, row.number, "Taken back.")
