"""The style guide: every component in use, with the markup to copy. No data, no store."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from shopbell.kit.clock import now
from shopbell.web.access import public_page
from shopbell.web.brand import Brand
from shopbell.web.context import Shell
from shopbell.web.errors import BY_STATUS, response_to
from shopbell.web.icons import ICONS
from shopbell.web.navigation import LinkSection, NavLink
from shopbell.web.paging import Page
from shopbell.web.states import PARCEL_PLACE

SAMPLES_ONLY = "It shows components with sample data and nothing of any store."

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("buttons", "Buttons"),
    ("pills", "Pills and states"),
    ("stats", "Figures with a picture"),
    ("cards", "Cards and facts"),
    ("table", "Table, filters, pager"),
    ("list", "List"),
    ("timeline", "Timeline"),
    ("parcels", "Parcel"),
    ("fields", "Form and fields"),
    ("switches", "Switch, segmented, tabs, breadcrumbs"),
    ("notices", "Notices and empty places"),
    ("thread", "Thread"),
    ("progress", "Progress"),
    ("secrets", "Secrets, code, copying"),
    ("dialogs", "Dialogs, menus, toasts, confirming"),
    ("charts", "Charts"),
    ("people", "People, times, keys"),
    ("icons", "Icons"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One section of the style guide; `markup` is the very file that is rendered."""

    name: str
    title: str
    markup: str

    @property
    def template(self) -> str:
        """Return the template's name."""
        return f"web/styleguide/{self.name}.html"


class SampleForm(forms.Form):
    """Every kind of field once."""

    name = forms.CharField(label="Store name", help_text="Customers see it above every message.")
    email = forms.EmailField(label="Reply address", required=False)
    zone = forms.ChoiceField(
        label="Time zone", choices=[("Europe/Berlin", "Berlin"), ("Europe/Lisbon", "Lisbon")]
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    channel = forms.ChoiceField(
        label="First channel",
        widget=forms.RadioSelect,
        choices=[("email", "E-mail"), ("sms", "SMS")],
        initial="email",
    )
    quiet = forms.BooleanField(
        label="Keep quiet at night",
        required=False,
        help_text="Between 21:00 and 8:00 where she lives.",
    )


@public_page(SAMPLES_ONLY)
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show all components."""
    return render(request, "web/styleguide.html", sample_context())


def sample_context() -> dict[str, Any]:
    """Return the data the examples use."""
    examples = [Example(name, title, markup_of(name)) for name, title in EXAMPLES]
    form = SampleForm({"name": "Clay & Linen", "email": "not an address", "zone": "Europe/Berlin"})
    form.is_valid()
    return {
        "examples": examples,
        "form": form,
        "shell": sample_shell(),
        "icons": sorted(ICONS),
        "statuses": list(PARCEL_PLACE),
        "minutes_ago": now() - timedelta(minutes=6),
        "yesterday": now() - timedelta(hours=20),
        "course": [8, 9, 10, 9.6, 12, 11.3, 13.4, 13, 15, 14.6, 16],
        "days": {"Mon": 120, "Tue": 180, "Wed": 164, "Thu": 210, "Fri": 260, "Sat": 90, "Sun": 64},
        "channels": {"WhatsApp": [40, 52, 61, 58, 70], "E-mail": [80, 76, 79, 71, 66]},
        "ends": ["17 Nov", "21 Nov"],
        "page": Page([1, 2, 3], older="b2xkZXI"),
    }


def markup_of(name: str) -> str:
    """Return the source of one example."""
    template = get_template(f"web/styleguide/{name}.html")
    return str(getattr(template, "template").source).strip()  # noqa: B009


def sample_shell() -> Shell:
    """Return a shell with every kind of link, so that the sidebar can be looked at."""
    here = "/styleguide"
    links = [
        NavLink("Home", f"{here}#buttons", "home", False, "g h", on_phone=True),
        NavLink("Inbox", f"{here}#list", "inbox", False, "g i", 12, hot=True, on_phone=True),
        NavLink("Orders", f"{here}#table", "orders", False, "g o", 3, on_phone=True),
        NavLink("Customers", f"{here}#people", "customers", False, "g c"),
        NavLink("Messages", f"{here}#thread", "messages", False, "g m", on_phone=True),
    ]
    reach = [
        NavLink("Notifications", f"{here}#notices", "notifications", False, "g n"),
        NavLink("Style guide", here, "templates", True),
    ]
    setup = [NavLink("Settings", f"{here}#fields", "settings", False, "g s")]
    return Shell(
        store_name="Clay & Linen",
        person="Ines Sample",
        sections=[
            LinkSection("", links),
            LinkSection("Reach out", reach),
            LinkSection("", setup, push=True),
        ],
        active=reach[1],
        bottom=[link for link in links if link.on_phone],
    )


@public_page(SAMPLES_ONLY)
def customer_sample(request: HttpRequest) -> HttpResponse:
    """Show the customer-facing layout."""
    brand = Brand("Clay & Linen", colour=request.GET.get("colour", "#a86a0b"))
    context = {
        "brand": brand,
        "at": now() - timedelta(minutes=40),
        "yesterday": now() - timedelta(days=1),
    }
    return render(request, "web/styleguide_customer.html", context)


@public_page(SAMPLES_ONLY)
def plain_sample(request: HttpRequest) -> HttpResponse:
    """Show the centred card with a form."""
    return render(request, "web/styleguide_card.html", {"form": SampleForm()})


@public_page(SAMPLES_ONLY)
def error_sample(request: HttpRequest, status: int) -> HttpResponse:
    """Show what a visitor reads for a status; the status of the answer is the real one."""
    if status not in BY_STATUS:
        raise Http404
    return response_to(request, BY_STATUS[status])


@public_page(SAMPLES_ONLY)
def progress_sample(request: HttpRequest) -> HttpResponse:
    """Answer one step of the polling progress bar of the style guide."""
    try:
        step = max(0, min(int(request.GET.get("step", "0")), 5))
    except ValueError:
        step = 0
    poll = f"{request.path}?step={step + 1}"
    return render(request, "web/styleguide_progress.html", {"step": step, "poll": poll})
