"""The form as customers will see it, drawn from what stands in the editor; nothing is stored.

A newcomer's mistake: asking for a form without mistakes. Somebody who is writing has made none yet;
what is missing is shown empty.
"""

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.consent.queries import topics
from shopbell.kit.text import storable
from shopbell.signups.actions import CHANNELS
from shopbell.signups.definition import LONGEST
from shopbell.signups.models import Signup, SignupForm
from shopbell.signups.phones import inbox_for
from shopbell.signups.views.hosted import Visit, form_page, ready_message, render_page
from shopbell.signups.words import LANGUAGES, Words

FRAMED: dict[str, Any] = settings.SECURE_CSP | {"frame-ancestors": [CSP.SELF]}
SAMPLE_CODE = "K7M2QX"


@staff_page("signups:write")
@xframe_options_sameorigin
@csp_override(FRAMED)
@require_POST
def preview(request: StaffRequest) -> HttpResponseBase:
    """Show the form, or the page after it; it cannot be sent."""
    form = form_in(request)
    wish = request.POST.get("shown_language", "")
    words = Words(wish if wish in form.languages else form.languages[0])
    visit = Visit(request, request.store, form, words, is_preview=True)
    if request.POST.get("shown_page") == "after":
        return _after(visit)
    return form_page(visit, uuid.uuid4(), page="")


def _after(visit: Visit) -> HttpResponseBase:
    form = visit.form
    inbox = inbox_for(form.channel) if form.channel == "whatsapp" else None
    if inbox is not None:
        row = Signup(form=form, language=visit.words.language, code=SAMPLE_CODE)
        return render_page(visit, "signups/chat.html", ready_message(visit, row, inbox))
    said = {"email": "sent", "sms": "sms"}.get(form.channel, "closed")
    thanks = form.wording(visit.words.language).thanks if said == "sent" else ""
    return render_page(visit, "signups/said.html", {"said": said, "thanks": thanks})


def form_in(request: HttpRequest) -> SignupForm:
    """Return what stands in the editor as a form that is not stored."""
    post, known = request.POST, {row.key for row in topics()}
    languages = [code for code in post.getlist("languages") if code in LANGUAGES]
    channel = post.get("channel", "")
    texts = {
        code: {name: storable(post.get(f"{code}.{name}", ""))[:most].strip()
               for name, most in LONGEST.items()}
        for code in LANGUAGES
    }  # fmt: skip
    return SignupForm(
        slug="preview",
        channels=[channel if channel in CHANNELS else CHANNELS[0]],
        languages=languages or [LANGUAGES[0]],
        topics=[key for key in post.getlist("topics") if key in known],
        texts=texts,
    )
