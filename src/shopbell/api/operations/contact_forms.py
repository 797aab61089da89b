"""Contact forms: listing, making, changing, throwing away."""

from ninja import Status

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.schemas.contact_forms import (
    ContactFormIn,
    ContactFormList,
    ContactFormOut,
    contact_form_out,
)
from shopbell.contact_forms.actions import drop_form, save_form
from shopbell.contact_forms.models import ContactForm
from shopbell.contact_forms.queries import Tally, form_by_slug, forms, tallies

_TAG = "Contact forms"
_ADDRESS = "/contact-forms/{slug}"


@endpoint(
    "GET", "/contact-forms", scope="conversations:read", answers={200: ContactFormList}, tag=_TAG
)
def list_contact_forms(request: ApiRequest) -> ContactFormList:
    """List the contact forms, with how many came in by each."""
    counts = tallies()
    found = [contact_form_out(form, counts.get(form.pk, Tally())) for form in forms()]
    return ContactFormList(items=found)


@endpoint("GET", _ADDRESS, scope="conversations:read", answers={200: ContactFormOut}, tag=_TAG)
def get_contact_form(request: ApiRequest, slug: str) -> ContactFormOut:
    """Return a contact form."""
    return _out(form_by_slug(slug))


@endpoint(
    "PUT",
    _ADDRESS,
    scope="conversations:write",
    answers={200: ContactFormOut, 201: ContactFormOut},
    tag=_TAG,
)
def put_contact_form(request: ApiRequest, slug: str, body: ContactFormIn) -> Status[ContactFormOut]:
    """Make a contact form, or replace one."""
    known = ContactForm.objects.filter(slug=slug).first()
    saved = save_form(
        content=body.content,
        languages=body.languages,
        slug=slug,
        is_open=body.is_open,
        form=known,
    )
    return Status(200 if known else 201, _out(saved))


@endpoint("DELETE", _ADDRESS, scope="conversations:write", answers={200: ContactFormOut}, tag=_TAG)
def delete_contact_form(request: ApiRequest, slug: str) -> ContactFormOut:
    """Throw a contact form away. The conversations it brought stay."""
    form = form_by_slug(slug)
    told = _out(form)
    drop_form(form=form)
    return told


def _out(form: ContactForm) -> ContactFormOut:
    return contact_form_out(form, tallies().get(form.pk, Tally()))
