"""The page itself, and the mailbox on it. Looking changes nothing; all that is done is a POST."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.models import Store
from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.connections.models import Connection
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.messaging.states import State
from shopbell.sandbox import answers, phone, queries, receipts, screens, writing
from shopbell.sandbox.holders import Holder, holder_of, inbox_for
from shopbell.sandbox.people import people
from shopbell.sandbox.posts import feed_of, posts_of
from shopbell.web.framing import mail_document

LONGEST = 10_000  # characters of an answer
# What a customer can do with a mail: the receipt's kind, and what we say afterwards.
DEEDS = {
    "open": ("opened", ""),
    "complain": ("complaint", "Reported as spam, as the mailbox provider would."),
    "bounce": ("hard_bounce", "It bounced: the address is blocked from now on."),
    "unsubscribe": ("unsubscribed", "Unsubscribed, as the mail program's button does."),
}


@staff_page("messages:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show who got or wrote something, their phone and their mailbox."""
    inboxes = queries.sandbox_inboxes()
    words = request.GET.get("q", "").strip()
    found = people(inboxes, words)
    key = request.GET.get("who", "")
    if not key and found:
        return redirect(page_of(request.store, found[0].key, q=words))
    holder = holder_of(key, inboxes.values()) if key else None
    received = queries.messages_of(inboxes, holder) if holder else []
    mails = queries.mailbox(received)
    context = {
        "inboxes": inboxes,
        "people": found,
        "words": words,
        "key": key,
        "holder": holder,
        "mails": mails,
        "opened": _chosen(mails, request.GET.get("mail", "")),
        "read": State.READ,
        "may_act": may(request.staff, "messages:write"),
        "colleagues": screens.colleague_screens(inboxes.values()),
        **(phone_shown(request, holder, received, inboxes) if holder else {}),
    }
    return render(request, "sandbox/index.html", context)


def phone_shown(
    request: StaffRequest,
    holder: Holder,
    received: list[Message],
    inboxes: dict[uuid.UUID, Connection],
) -> dict[str, Any]:
    """Return what the phone shows."""
    wanted = request.GET.get("app", "")
    line = inbox_for(Medium.PHONE, inboxes.values())
    screen = screens.screen_of(holder, line, request.store.name) if line else None
    # A phone that rings shows it, whatever was open.
    opened = Medium.PHONE if screen and (screen.can_take or not wanted) else wanted
    apps = phone.apps_of(holder, inboxes, received, opened)
    app = next((each for each in apps if each.is_open), None)
    shown: dict[str, Any] = {
        "screen": screen,
        "calls": screens.list_of(holder, line) if line and not screen else [],
        "keys": screens.KEYS,
        "stays": wanted or (app.medium if app else ""),
        "apps": apps,
        "app": app,
        "waiting": len(phone.waiting_on(holder, received)),
        "signs": writing.SIGNS,
    }
    if app is None:
        return shown
    wants_feed = app.is_public and "feed" in request.GET
    return shown | {
        "is_public": app.is_public,
        "feed": feed_of(request.store, app.inbox, holder) if wants_feed else None,
        "is_feed": wants_feed,
        "not_feed": not wants_feed,
        "chat_link": page_of(request.store, holder.key, app=app.medium),
        "feed_link": page_of(request.store, holder.key, app=app.medium, feed="1"),
        "story": posts_of(request.store)[0] if app.is_public else None,
        "can_read": app.unread > 0 and not holder.has_blocked(app.medium),
        "can_write": bool(holder.addresses.get(app.medium)) or app.gives_ids,
        "blocked": holder.has_blocked(app.medium),
    }


@staff_page("messages:read")
@require_safe
def mail(request: StaffRequest, message: uuid.UUID) -> HttpResponse:
    """Show a mail as a document of its own, for the frame."""
    row = _find(message)
    plain = format_html('<pre style="white-space:pre-wrap">{}</pre>', queries.with_links(row.text))
    return mail_document(row.html or f"<!doctype html><html><head></head><body>{plain}</body>")


@staff_page("messages:write", scoped=False)
@require_POST
def act(request: StaffRequest, message: uuid.UUID, deed: str) -> HttpResponseRedirect:
    """Open or report a mail as its receiver: the sandbox posts a receipt to the front door."""
    if deed not in DEEDS:
        raise NotFound("There is no such button.")
    kind, said = DEEDS[deed]
    with store_scope(request.store.pk):
        row = _find(message)
        news = (
            [] if deed == "open" and row.state == State.READ else [receipt_of(request, row, kind)]
        )
    receipts.post(news)
    if said:
        notes.success(request, said)
    key = str(row.customer_id or row.to_address)
    return redirect(page_of(request.store, key, mail=str(row.pk) if deed == "open" else ""))


@staff_page("messages:write", scoped=False)
@require_POST
def answer(request: StaffRequest, message: uuid.UUID) -> HttpResponseRedirect:
    """Answer a mail as its receiver: it goes in like any customer's mail."""
    words = request.POST.get("text", "").strip()[:LONGEST]
    with store_scope(request.store.pk):
        row = _find(message)
        assert row.connection is not None
        made = [answers.answer(request.store, row.connection, row, words, clock.now())]
    if words:
        receipts.post(made)
        notes.success(request, "Sent. It comes into the inbox in a moment.")
    else:
        notes.error(request, "The answer is empty. Nothing was sent.")
    key = str(row.customer_id or row.to_address)
    return redirect(page_of(request.store, key, mail=str(row.pk)))


def page_of(store: Store, key: str, **more: str) -> str:
    """Return the address of the page for one person: `mail` open, `app` open, words `q`."""
    query = urlencode({name: value for name, value in {"who": key, **more}.items() if value})
    return f"{reverse('sandbox:index', args=[store.slug])}?{query}"


def receipt_of(request: StaffRequest, row: Message, kind: str) -> receipts.Receipt:
    """Return the receipt with which a person does something to a message."""
    assert row.connection is not None
    return receipts.receipt(request.store, row.connection, row, kind, clock.now())


def _find(message: uuid.UUID) -> Message:
    row = queries.sandbox_message(message)
    if row is None:
        raise NotFound("The sandbox knows no such message.", remedy="Go back to the list.")
    return row


def _chosen(mails: list[Message], wanted: str) -> Message | None:
    return next((row for row in mails if str(row.pk) == wanted), None)
