"""The page on which the phone is set up: what callers hear, who is rung."""

import uuid

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.assignments.queries import people_at_work
from shopbell.calendars.queries import default_calendar
from shopbell.calls.actions import drop_phone, save_line, save_phone
from shopbell.calls.forms import LineForm, PhoneForm
from shopbell.calls.queries import agent_phones, line_of, phone_connections
from shopbell.calls.words import LANGUAGES, language_of
from shopbell.connections.queries import connection_by_id
from shopbell.conversations.forms import checked
from shopbell.conversations.queries import staff_of_store
from shopbell.kit.errors import Invalid, NotFound


@staff_page("desk:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show the lines and the people who are rung."""
    phones = agent_phones()
    context = {
        "lines": [(row, line_of(row.pk)) for row in phone_connections()],
        "default_calendar": default_calendar(),
        "people": [(each, phones.get(each.user.pk)) for each in people_at_work()],
    }
    return render(request, "calls/setup.html", context)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Change how a number answers."""
    connection = connection_by_id(key)
    if connection not in phone_connections():
        raise NotFound("There is no such line.", remedy="Go back to the list.")
    row, first = line_of(key), language_of(request.store.locale)
    languages = [first, *(each for each in LANGUAGES if each != first)]
    data = request.POST if request.method == "POST" else None
    form = LineForm(data, line=row, languages=languages)
    if data is not None and form.is_valid():
        try:
            save_line(connection=connection, **form.values())
        except Invalid as error:
            form.add_error(None, error.message)
        else:
            notes.success(request, "Saved. The next caller hears it.")
            return redirect("calls:setup", request.store.slug)
    context = {"form": form, "connection": connection}
    return render(request, "calls/setup_line.html", context, status=422 if form.errors else 200)


@staff_page("desk:write")
@require_POST
def phone(request: StaffRequest, key: int) -> HttpResponseBase:
    """Say at which number somebody is rung."""
    user = next((each for each in staff_of_store() if each.pk == key), None)
    if user is None:
        raise NotFound("Nobody like that works here.", remedy="Reload the page.")
    values = checked(PhoneForm(request.POST)).cleaned_data
    if values["number"]:
        save_phone(user=user, number=values["number"], rings=values["rings"])
        notes.success(request, f"{user} is rung at {values['number']}.")
    else:
        drop_phone(user=user)
        notes.success(request, f"{user} is not rung any more.")
    return redirect("calls:setup", request.store.slug)
