"""The addresses of the chat: its script, a session, messages, reading, an address, files."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from shopbell.accounts.queries import picture_of_store, store_by_slug
from shopbell.calendars.arithmetic import Schedule, standing
from shopbell.calendars.notation import parse_hours
from shopbell.calendars.queries import standing_of_store
from shopbell.connections.queries import account_of
from shopbell.conversations.actions import leave_address, mark_read, receive
from shopbell.conversations.actions.scans import content_of
from shopbell.conversations.identity import claims_of
from shopbell.conversations.models import Entry, EntryKind
from shopbell.conversations.original import PICTURES
from shopbell.conversations.ports import Incoming, IncomingFile
from shopbell.conversations.strangers_files import LARGEST, kind_of
from shopbell.conversations.visitors import (
    MEDIUM,
    Visitor,
    attachment_of,
    being_typed,
    chat_inbox,
    known_visitor,
    new_visitor,
    read_until,
    shown_to,
    thread_of,
    token_of,
    vouched_address,
)
from shopbell.customers.actions import confirm_address, record_people
from shopbell.customers.normalise import email_key
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable, storable_json
from shopbell.web.access import public_page
from shopbell.web.limits import network_of, width_of
from shopbell.widget.door import CORS, Call, Stop, door
from shopbell.widget.faces import face_of, team_of_store
from shopbell.widget.limits import (
    ADDRESSES,
    FILES,
    MESSAGES,
    SESSIONS,
    STANDINGS,
    STARTS,
)
from shopbell.widget.scripts import Script, loader_of, parts, version
from shopbell.widget.wishes import answers_to, parse_asks

LONGEST = 10_000
_CART = 4_000
_JS = "text/javascript; charset=utf-8"


@public_page("The script stands in the shop's public page; it knows nothing about anybody.")
@require_safe
def loader(request: HttpRequest, store: str) -> HttpResponse:
    """Serve the script that a shop's page names."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        script = loader_of(place, chat_inbox())
    return _serve(request, script, _JS, "public, max-age=300, stale-while-revalidate=86400")


@public_page("Parts of the chat, the same for everybody.")
@require_safe
def part(request: HttpRequest, mark: str, name: str) -> HttpResponse:
    """Serve a part; under the present version it never changes."""
    found = parts().get(name)
    if found is None:
        return HttpResponse(status=404, headers=CORS)
    kind = _JS if name.endswith(".js") else "application/json"
    keep = "public, max-age=31536000, immutable" if mark == version() else "public, max-age=60"
    return _serve(request, found, kind, keep)


@public_page("The pictures of those who answer in the chat, which every visitor sees.")
@require_safe
def face(request: HttpRequest, store: str, mark: str) -> HttpResponse:
    """Serve the picture of somebody who works here; its address changes with it."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        png = picture_of_store(mark)
    headers = {
        **CORS,
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return HttpResponse(png, content_type="image/png", headers=headers)


def _serve(request: HttpRequest, script: Script, kind: str, keep: str) -> HttpResponse:
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    tag = f'"{script.hash}{"-gz" if packed else ""}"'
    headers = {**CORS, "ETag": tag, "Cache-Control": keep, "Vary": "Accept-Encoding"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return HttpResponse(
        script.packed if packed else script.text, content_type=kind, headers=headers
    )


def begin(call: Call) -> HttpResponse:
    """Give the browser a token: of a stranger, or of the customer whom the shop's page names."""
    call.limit(SESSIONS, network_of(call.address), width=width_of(call.address))
    word = call.body.get("identity")
    visitor = _vouched(call, word) if isinstance(word, str) and word else None
    visitor = visitor or new_visitor(call.store)
    return JsonResponse({"token": token_of(call.store, visitor), "known": visitor.known})


def _vouched(call: Call, word: str) -> Visitor | None:
    chosen = account_of(call.inbox, call.store).settings
    secrets = [
        secret.get_secret_value()
        for name in ("identity_secret", "earlier_identity_secret")
        if (secret := getattr(chosen, name, None)) is not None
    ]
    claims = claims_of(word, secrets=secrets, audience=call.store.slug, now=clock.now())
    if claims is None:
        return None
    visitor = known_visitor(call.store, claims.subject)
    first, _, last = claims.name.partition(" ")
    person = Person(
        source="widget",
        source_id=claims.subject,
        email=claims.email,
        email_verified=bool(claims.email),
        browser=visitor.id,
        first_name=first,
        last_name=last,
    )
    [customer] = record_people(people=[person])
    if customer is not None and claims.email:
        confirm_address(customer=customer, email=claims.email)
    return visitor


def listing(call: Call) -> HttpResponse:
    """Tell what the visitor may see, or what may be new since `after`. Changes nothing."""
    thread = thread_of(call.visitor)
    told: dict[str, Any] = {"entries": [], "typing": False, "address": False, "read_until": 0}
    after = call.request.GET.get("after", "")
    if thread is not None:
        entries = shown_to(thread, _uuid(after, "after") if after else None)
        told = {
            "entries": [_entry(entry) for entry in entries],
            "typing": being_typed(thread),
            "address": bool(thread.address),
            "read_until": _milliseconds(read_until(thread)),
        }
        for entry, shown in zip(entries, told["entries"], strict=True):
            shown["face"] = face_of(entry)
    team = [] if after or not call.inbox.settings.get("show_team", True) else team_of_store()
    return JsonResponse(told | {"hours": _hours(call), "team": team})


def standing_now(call: Call) -> HttpResponse:
    """Tell whether somebody is here, for what the chat says by itself."""
    call.limit(STANDINGS, network_of(call.address), width=width_of(call.address))
    hours = _hours(call)
    return JsonResponse({"open": hours is None or hours["open"]})


def write(call: Call) -> HttpResponse:
    """Take a message; the same client id twice is one message."""
    text = call.body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Invalid("The message is empty.")
    if len(text) > LONGEST:
        raise Stop(413, "too_large", f"A message may have {LONGEST:,} characters at most.")
    mark = _uuid(call.body.get("client_id"), "client_id")
    call.limit(MESSAGES)
    email = call.body.get("email")
    asks = [] if call.visitor.known else parse_asks(call.inbox.settings.get("ask_before", []))
    about = answers_to(asks, call.body.get("about"))
    entry = _receive(call, mark, text=text.strip(), page=call.body.get("page"), about=about)
    email = email_key(about.get("email")) or email
    if isinstance(email, str) and email and entry.thread is not None:
        leave_address(store=call.store, thread=entry.thread, email=email)
    return JsonResponse({"entry": _entry(entry)}, status=202)


def upload(call: Call) -> HttpResponse:
    """Take a file as a message of its own."""
    call.limit(FILES)
    mark = _uuid(call.request.GET.get("client_id"), "client_id")
    content = call.request.body
    kind = kind_of(content)
    name = one_line(storable(call.request.GET.get("name", ""))) or "file"
    file = IncomingFile(name=name, content_type=kind, content=content)
    page = {"url": call.request.GET.get("page", "")}
    entry = _receive(call, mark, page=page, files=(file,))
    return JsonResponse({"entry": _entry(entry)}, status=202)


def _receive(
    call: Call, mark: uuid.UUID, *, page: Any, about: dict[str, str] | None = None, **what: Any
) -> Entry:
    thread = thread_of(call.visitor)
    if thread is None:
        call.limit(STARTS, network_of(call.address), width=width_of(call.address))
    language = call.body.get("language")
    first, _, last = (about or {}).get("name", "").partition(" ")
    entry = receive(
        incoming=Incoming(
            medium=MEDIUM,
            person=Person(
                source="widget",
                browser=call.visitor.id,
                first_name=first,
                last_name=last,
                locale=one_line(language, 20) if isinstance(language, str) else "",
            ),
            inbox=call.inbox,
            external_key=call.visitor.id,
            client_id=mark,
            sender_address=thread.address if thread else vouched_address(call.visitor),
            data=_page(page) | ({"about": [*about.items()]} if about else {}),
            **({"text": ""} | what),
        )
    )
    return Entry.objects.select_related("thread").get(pk=entry.pk)


def seen(call: Call) -> HttpResponse:
    """Note how far the visitor has read."""
    thread = thread_of(call.visitor)
    if thread is not None:
        mark_read(thread=thread, entry_id=_uuid(call.body.get("id"), "id"))
    return HttpResponse(status=204)


def contact(call: Call) -> HttpResponse:
    """Note where answers go when the visitor has left."""
    call.limit(ADDRESSES)
    thread = thread_of(call.visitor)
    if thread is None:
        raise Stop(409, "nothing_written", "Write something first.")
    leave_address(store=call.store, thread=thread, email=str(call.body.get("email", ""))[:400])
    return HttpResponse(status=204)


def file(call: Call, key: uuid.UUID) -> HttpResponse:
    """Hand out a file of the visitor's own thread, to be saved, never shown as a page."""
    thread = thread_of(call.visitor)
    if thread is None:
        raise Stop(404, "unknown", "There is no such file.")
    found = attachment_of(thread, key)
    headers = {
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return HttpResponse(content_of(found), content_type=found.content_type, headers=headers)


def _entry(entry: Entry) -> dict[str, Any]:
    mine = entry.kind == EntryKind.INCOMING
    return {
        "id": str(entry.pk),
        "client_id": str(entry.client_id) if mine else "",
        "mine": mine,
        "name": "" if mine else entry.sender_name,
        "text": entry.text,
        "at": _milliseconds(entry.created_at),
        "files": [
            {
                "id": str(each.pk),
                "name": each.name,
                "size": each.size,
                "picture": each.is_handed_out and each.content_type in PICTURES,
            }
            for each in entry.attachments.all()
        ],
    }


def _hours(call: Call) -> dict[str, Any] | None:
    """Tell when a person is here: by the chat's own hours, else by the store's calendar."""
    text, now = call.inbox.settings.get("hours", ""), clock.now()
    if text:
        found = standing(Schedule(parse_hours(text), call.store.timezone), now)
    elif (by_calendar := standing_of_store(now)) is not None:
        found = by_calendar
    else:
        return None
    return {"open": found.open, "back": _milliseconds(found.back) if found.back else None}


def _page(told: Any) -> dict[str, Any]:
    """Return where the visitor was, as far as it is plain and small."""
    if not isinstance(told, dict):
        return {}
    page: dict[str, Any] = {}
    url = told.get("url")
    if isinstance(url, str) and url.startswith(("https://", "http://")):
        page["url"] = one_line(storable(url), 1000)
    if isinstance(told.get("title"), str):
        page["title"] = one_line(storable(told["title"]))
    if isinstance(told.get("said"), str) and told["said"]:
        page["said"] = one_line(storable(told["said"]), 300)
    cart = told.get("cart")
    if isinstance(cart, dict | list) and len(str(cart)) <= _CART:
        page["cart"] = storable_json(cart)
    return {"page": page} if page else {}


def _uuid(value: Any, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        raise Invalid(f"{name} is not a UUID.") from None


def _milliseconds(at: Any) -> int:
    return int(at.timestamp() * 1000) if at is not None else 0


session = door(stranger=True, post=begin)
messages = door(get=listing, post=write)
seen_marks = door(post=seen)
contacts = door(post=contact)
files = door(post=upload, raw=True, body=LARGEST)
one_file = door(get=file)
standings = door(stranger=True, get=standing_now)
