"""The composer: what a variant says in one language, beside what readers get of it.

A newcomer's mistake: putting a mail's HTML into the page. It comes in a document of its own, in a
sandboxed frame, because our pages' policy forbids its styles and we forbid its scripts.
"""

import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.choices import locale_choices
from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.campaigns import actions, examined
from shopbell.campaigns.codes import (
    LARGEST_FILE,
    add_codes,
    drop_free_codes,
    stock_of,
    variants_with_codes,
)
from shopbell.campaigns.composing import Json, done, shown_block, typed_content
from shopbell.campaigns.content.blocks import KINDS
from shopbell.campaigns.content.words import VARIABLES, Content
from shopbell.campaigns.domains import ask_about_domain
from shopbell.campaigns.models import Campaign, Stage, Variant
from shopbell.campaigns.preflight.findings import Level
from shopbell.campaigns.products import fill_product, offered_products
from shopbell.campaigns.queries import campaign_by_id
from shopbell.campaigns.rehearsing import send_test
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid, NotFound
from shopbell.messaging.library import check_locale, language_name
from shopbell.messaging.policy import zone_or_utc
from shopbell.messaging.ports import Medium
from shopbell.messaging.titles import medium_title
from shopbell.web.framing import mail_document

_IN_COLUMNS = [(kind, made.title) for kind, made in KINDS.items() if kind != "columns"]
_ALL = [(kind, made.title) for kind, made in KINDS.items()]
_BY_THE_READER = "@media (prefers-color-scheme: dark)"


class _Place:
    """Which variant and language of which campaign a request is about."""

    def __init__(self, request: StaffRequest, key: uuid.UUID) -> None:
        asked = {**request.GET.dict(), **request.POST.dict()}
        self.row = campaign_by_id(key)
        self.variants = list(self.row.variants.order_by("name"))
        name = str(asked.get("variant", ""))
        found = next((each for each in self.variants if each.name == name), None)
        self.variant: Variant = found or self.variants[0]
        self.main = request.store.locale
        self.locale = check_locale(str(asked.get("language", "")) or self.main)
        self.reader = str(request.GET.get("as", "")).strip()[:320]
        self.store, self.zone = request.store, zone_or_utc(request.store.timezone)
        self.locales = list(dict.fromkeys([self.main, *self.variant.texts, self.locale]))

    def query(self, **more: str) -> str:
        """Return what follows the question mark in its addresses."""
        asked = {"variant": self.variant.name, "language": self.locale}
        return urlencode(asked | ({"as": self.reader} if self.reader else {}) | more)

    def address(self, name: str, **more: str) -> str:
        """Return the address of one of its pages."""
        page = reverse(f"campaigns:{name}", args=[self.store.slug, self.row.pk])
        return f"{page}?{self.query(**more)}"

    def save(self, content: Json) -> Content:
        """Keep what was typed."""
        read = Content.of(content)
        texts = {**self.variant.texts, self.locale: read.to_json()}
        self.variant = actions.write_variant(
            campaign=self.row, variant=self.variant.name, texts=texts
        )
        return read


@staff_page("campaigns:read")
@require_safe
def write(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Show what is said, beside what readers get."""
    place = _Place(request, key)
    content = Content.of(place.variant.texts.get(place.locale, {}))
    context = _context(request, place, content) | {
        "languages": [
            (code, language_name(code), place.address("write", language=code))
            for code in place.locales
        ],
        "more": [each for each in locale_choices() if each[0] not in place.locales],
        "tabs": [(each.name, place.address("write", variant=each.name)) for each in place.variants],
        "own_address": request.staff.user.email,
        "channels": [(each, medium_title(each)) for each in place.row.media],
        "stock": stock_of(place.row),
        "prints_codes": bool(variants_with_codes(place.row)),
        "variables": VARIABLES,
    }
    return render(request, "campaigns/write.html", context)


@staff_page("campaigns:write")
@require_POST
def save(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Keep what was typed, and do what the pressed button says."""
    place = _Place(request, key)
    typed = typed_content(request.POST, place.zone)
    what = str(request.POST.get("do", ""))
    at = done(typed, what)
    fault = ""
    try:
        if what.startswith("fill:"):
            at = _filled(typed, what, place)
        content = place.save(typed)
    except Invalid as error:
        content = Content.of(place.variant.texts.get(place.locale, {}))
        fault = error.message
    if not request.htmx:  # type: ignore[attr-defined]
        if fault:
            notes.error(request, fault)
        return redirect(place.address("write"))
    context = _context(request, place, content) | {"at": at, "fault": fault, "with_form": True}
    if what == "look" and not fault:
        return render(request, "campaigns/looks.html", context)
    return render(request, "campaigns/composer.html", context)


def _filled(typed: Json, what: str, place: _Place) -> str:
    """Fill the product block at a place from the catalogue."""
    where = what.partition(":")[2]
    found: Any = typed["blocks"]
    for part in where.split("."):
        try:
            found = found[int(part) - 1] if part.isdigit() else found[part]
        except (LookupError, TypeError):
            raise Invalid("There is no such block.") from None
    try:
        fill_product(found, store=place.store, locale=place.locale)
    except NotFound as error:
        raise Invalid(error.message, remedy=error.remedy) from None
    return where


def _context(request: StaffRequest, place: _Place, content: Content) -> dict[str, Any]:
    blocks = [
        shown_block(block, str(number), len(content.blocks), place.zone)
        for number, block in enumerate(content.blocks, 1)
    ]
    media = [str(each) for each in place.row.media]
    return {
        "row": place.row,
        "place": place,
        "variant": place.variant.name,
        "locale": place.locale,
        "content": content,
        "blocks": blocks,
        "kinds": _ALL,
        "inner_kinds": _IN_COLUMNS,
        "products": offered_products(),
        "editable": place.row.stage == Stage.DRAFT and may(request.staff, "campaigns:write"),
        "by_mail": Medium.EMAIL in media,
        "by_phone": [each for each in media if each != Medium.EMAIL],
        "save_url": place.address("save"),
        "check_url": place.address("check"),
        "frames": [
            (look, size, place.address("frame", look=look, at=uuid.uuid4().hex[:8]))
            for look in ("light", "dark")
            for size in ("desktop", "phone")
        ],
    }


@staff_page("campaigns:read", scoped=False)
@xframe_options_sameorigin
@require_safe
def frame(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Answer with the mail itself; `look` is what the reader's device wishes."""
    with store_scope(request.store.pk):
        place = _Place(request, key)
    variant, locale = place.variant.name, place.locale
    shown = examined.shown_to(request.store, key, variant, locale, place.reader)
    mail = shown.by(Medium.EMAIL)
    html = mail.html if mail else ""
    dark = request.GET.get("look") == "dark"
    return mail_document(html.replace(_BY_THE_READER, "@media all" if dark else "@media not all"))


@staff_page("campaigns:read", scoped=False)
@require_safe
def check(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Say what pre-flight finds, and show what phones get."""
    with store_scope(request.store.pk):
        place = _Place(request, key)
        editable = may(request.staff, "campaigns:write")
    variant, locale = place.variant.name, place.locale
    shown = examined.shown_to(request.store, key, variant, locale, place.reader)
    found = examined.findings_of(request.store, key, variant, locale)
    context = {
        "row": place.row,
        "shown": shown,
        "reader": place.reader,
        "mail": shown.by(Medium.EMAIL),
        "phones": [
            (medium_title(each.medium), each.text) for each in shown.seen if each.text
            and each.medium != Medium.EMAIL
        ],
        "troubles": [each for each in found if each.level != Level.FINE],
        "well": [each for each in found if each.level == Level.FINE],
        "stops": sum(1 for each in found if each.level == Level.STOPS),
        "editable": editable,
    }  # fmt: skip
    return render(request, "campaigns/check.html", context)


@staff_page("campaigns:write")
@require_POST
def language(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Add a language as a copy of the store's, or take one out."""
    place = _Place(request, key)
    texts = dict(place.variant.texts)
    if request.POST.get("drop"):
        if place.locale == place.main:
            raise Invalid("The language of the store stays.", kept="Nothing was changed.")
        texts.pop(place.locale, None)
        to = place.address("write", language=place.main)
    else:
        texts.setdefault(place.locale, texts.get(place.main, Content().to_json()))
        to = place.address("write")
    actions.write_variant(campaign=place.row, variant=place.variant.name, texts=texts)
    return redirect(to)


@staff_page("campaigns:write")
@require_POST
def test(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Send what is kept to an address."""
    place = _Place(request, key)
    try:
        message = send_test(
            campaign=place.row,
            variant=place.variant.name,
            locale=place.locale,
            medium=str(request.POST.get("medium", "email")),
            to=str(request.POST.get("to", ""))[:320],
            by=request.user,
        )
    except Invalid as error:
        said = "; ".join(error.fields.values()) or error.message
        return render(request, "messaging/test_refused.html", {"said": said}, status=422)
    return render(request, "messaging/test_state.html", {"message": message, "under_way": True})


@staff_page("campaigns:write")
@require_POST
def ask(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Have a job ask whether receivers can trust the sender."""
    place = _Place(request, key)
    if ask_about_domain(store=request.store):
        notes.success(request, "It is being asked. The answer is here in some seconds.")
    else:
        notes.success(request, "That was asked within the last hour.")
    return redirect(place.address("write"))


@staff_page("campaigns:write")
@require_POST
def codes(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Add codes, pasted or from a file, or take the free ones out."""
    row: Campaign = campaign_by_id(key)
    if request.POST.get("drop"):
        notes.success(request, f"{drop_free_codes(campaign=row):,} codes taken out.")
        return redirect(_Place(request, key).address("write"))
    typed = str(request.POST.get("codes", ""))
    file = request.FILES.get("file")
    if file is not None:
        if (file.size or 0) > LARGEST_FILE:
            raise Invalid("The file is larger than 32 MB.", kept="No code was added.")
        typed = file.read().decode("utf-8", "replace")
    try:
        number = add_codes(campaign=row, typed=typed)
    except Invalid as error:
        notes.error(request, error.message)
    else:
        notes.success(request, f"{number:,} codes added.")
    return redirect(_Place(request, key).address("write"))
