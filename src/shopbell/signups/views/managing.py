"""Making sign-up forms and topics: the list with how many confirmed, the editor, the snippet."""

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.models import Store
from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.consent.choosing import USUAL_TOPICS, add_usual_topics, drop_topic, save_topic
from shopbell.consent.models import Topic
from shopbell.consent.queries import topics
from shopbell.kit.errors import Invalid, NotFound
from shopbell.messaging.titles import medium_title
from shopbell.signups.actions import CHANNELS, drop_signup_form, save_signup_form
from shopbell.signups.forms import SignupFormForm, TopicForm
from shopbell.signups.models import SignupForm
from shopbell.signups.phones import inbox_for
from shopbell.signups.queries import Tally, signup_form, signup_forms, tallies
from shopbell.signups.words import NAMES


@staff_page("signups:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List the forms and the topics."""
    counts = tallies()
    rows = [
        {
            "form": form,
            "tally": counts.get(form.pk, Tally()),
            "url": address_of(request.store, form.slug),
            "channel": medium_title(form.channel),
            "lacks": form.channel != "email" and inbox_for(form.channel) is None,
        }
        for form in signup_forms()
    ]
    held = {row.key: row for row in topics()}
    context = {
        "rows": rows,
        "topics": [
            (row, _names(row, request.store.locale), TopicForm(initial=row.names, prefix=row.key))
            for row in held.values()
        ],
        "fresh": TopicForm(),
        "usual": ", ".join(each["en"] for key, each in USUAL_TOPICS.items() if key not in held),
        "may_write": may(request.staff, "signups:write"),
        "may_rule": may(request.staff, "settings:write"),
        "public": f"{settings.BASE_URL}/preferences/{request.store.slug}",
    }
    return render(request, "signups/index.html", context)


def _names(row: Topic, main: str) -> str:
    """Return what a topic is called, in the store's language first."""
    main = main[:2]
    return " · ".join(row.names[code] for code in sorted(row.names, key=lambda c: (c != main, c)))


@staff_page("signups:write")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponseBase:
    """Begin a form with words that most shops can use."""
    return _edit(request, None)


@staff_page("signups:write")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, form: str) -> HttpResponseBase:
    """Change a form."""
    return _edit(request, signup_form(form))


@staff_page("signups:write")
@require_POST
def drop(request: StaffRequest, form: str) -> HttpResponseBase:
    """Throw a form away."""
    drop_signup_form(form=signup_form(form))
    notes.success(request, "Thrown away. The permissions it brought stay, with their proof.")
    return redirect("signups:index", request.store.slug)


@staff_page("signups:write")
@require_POST
def add_topic(request: StaffRequest) -> HttpResponseBase:
    """Add a topic, or what most shops write about."""
    if "usual" in request.POST:
        add_usual_topics(keys=USUAL_TOPICS)
        notes.success(request, "Added. Rename them or offer some no more, as you like.")
        return redirect("signups:index", request.store.slug)
    return _save_topic(request, TopicForm(request.POST), key="")


@staff_page("signups:write")
@require_POST
def topic(request: StaffRequest, topic: str) -> HttpResponseBase:
    """Rename a topic, or offer it no more."""
    row = Topic.objects.filter(key=topic).first()
    if row is None:
        raise NotFound("There is no such topic.", remedy="Go back to the list.")
    if "drop" in request.POST:
        drop_topic(topic=row)
        notes.success(request, "Offered no more. What customers said about it still counts.")
        return redirect("signups:index", request.store.slug)
    return _save_topic(request, TopicForm(request.POST, prefix=row.key), key=row.key)


def _save_topic(request: StaffRequest, form: TopicForm, key: str) -> HttpResponseBase:
    try:
        if form.is_valid():
            save_topic(names=form.cleaned_data, key=key)
            notes.success(request, "Saved.")
        else:
            notes.error(request, "A name has 80 characters at most.")
    except Invalid as error:
        notes.error(request, " ".join([error.message, *error.fields.values()]))
    return redirect("signups:index", request.store.slug)


def _edit(request: StaffRequest, row: SignupForm | None) -> HttpResponseBase:
    data = request.POST if request.method == "POST" else None
    wish = request.GET.get("channel", "")
    form = SignupFormForm(
        data,
        row=row,
        store=request.store.name,
        topics=topics(),
        channel=wish if wish in CHANNELS else "email",
    )
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        try:
            saved = save_signup_form(
                name=told["name"],
                slug=told["slug"],
                texts=form.texts,
                languages=told["languages"],
                topic_keys=told.get("topics", []),
                channel=told["channel"],
                asks_by_mail=told["asks_by_mail"],
                country=told["country"],
                is_open=told["is_open"],
                form=row,
            )
        except Invalid as error:
            form.take(error.fields or {"form": error.message})
        else:
            notes.success(request, "Saved. People see it like this from now on.")
            return redirect("signups:change", request.store.slug, saved.slug)
    tongues = list(NAMES.items())
    context = {"form": form, "row": row, "tongues": tongues, **_places(request.store, row)}
    return render(request, "signups/editor.html", context, status=422 if form.errors else 200)


def _places(store: Store, row: SignupForm | None) -> dict[str, str]:
    if row is None:
        return {}
    url = address_of(store, row.slug)
    title = row.wording("").title.replace('"', "&quot;")
    return {
        "url": url,
        "frame": f'<iframe src="{url}?frame=1" title="{title}" '
        'style="width:100%;height:560px;border:0"></iframe>',
    }


def address_of(store: Store, slug: str) -> str:
    """Return where people find a form."""
    return f"{settings.BASE_URL}{reverse('signups:page', args=[store.slug, slug])}"
