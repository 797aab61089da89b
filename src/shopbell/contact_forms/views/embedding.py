"""The script that puts a form into the shop's page: a frame as tall as the form."""

from functools import cache
from importlib.resources import files

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from shopbell.accounts.queries import store_by_slug
from shopbell.contact_forms.queries import form_by_slug
from shopbell.kit.db.scope import store_scope
from shopbell.web.access import public_page


@cache
def _text() -> str:
    return files("shopbell.contact_forms").joinpath("embed.js").read_text("utf-8")


@public_page("The script stands in the shop's public page; it knows nothing about anybody.")
@require_safe
def script(request: HttpRequest, store: str, form: str) -> HttpResponse:
    """Serve the script of a form."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        form_by_slug(form)
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": "public, max-age=300, stale-while-revalidate=86400",
    }
    return HttpResponse(_text(), content_type="text/javascript; charset=utf-8", headers=headers)
