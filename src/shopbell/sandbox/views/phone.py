"""What somebody does on the phone. Every POST signs a webhook and hands it in at the front door.

A newcomer's mistake: opening the store's scope around the posting. It waits for the network.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.connections.models import Connection
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid, NotFound
from shopbell.sandbox import actions, phone, queries, receipts, writing
from shopbell.sandbox.holders import APPS, Holder, holder_of, inbox_for
from shopbell.sandbox.posts import Post, has_posts, posts_of
from shopbell.sandbox.receipts import Receipt
from shopbell.sandbox.views.page import page_of, receipt_of


@dataclass(frozen=True, slots=True)
class Deed:
    """A request with the person it is about and the app it is done in."""

    request: StaffRequest
    holder: Holder
    medium: str
    inbox: Connection

    def given(self, name: str) -> str:
        """Return a field of the form."""
        return self.request.POST.get(name, "").strip()


@staff_page("messages:write", scoped=False)
@require_POST
def act(request: StaffRequest, deed: str) -> HttpResponse:
    """Do something on the phone as its owner."""
    if deed not in _DEEDS:
        raise NotFound("There is no such button.")
    with store_scope(request.store.pk):
        done = _deed(request)
        actions.take_in_hand(holder=done.holder)
        # Once it is in somebody's hand, it has its addresses.
        done = _deed(request)
        made = _DEEDS[deed](done)
    receipts.post(made)
    return redirect(_back(request))


@staff_page("messages:write", scoped=False)
@require_POST
def switch(request: StaffRequest) -> HttpResponseRedirect:
    """Switch the phone off or on; what waited is delivered then."""
    on = request.POST.get("to") == "on"
    with store_scope(request.store.pk):
        holder = _holder(request)
        actions.switch(handset=actions.take_in_hand(holder=holder), on=on)
        received = queries.messages_of(queries.sandbox_inboxes(), holder) if on else []
        waited = phone.waiting_on(holder, received)
        made = [receipt_of(request, row, "delivered") for row in reversed(waited)]
    receipts.post(made)
    return redirect(_back(request))


@staff_page("messages:write")
@require_POST
def block(request: StaffRequest) -> HttpResponseRedirect:
    """Block the shop in one app, or allow it again."""
    handset = actions.take_in_hand(holder=_holder(request))
    medium = request.POST.get("app", "")
    actions.block(handset=handset, medium=medium, blocked=request.POST.get("to") == "blocked")
    return redirect(_back(request))


@staff_page("messages:write")
@require_POST
def add(request: StaffRequest) -> HttpResponseRedirect:
    """Make up somebody who may write as a stranger."""
    try:
        handset = actions.make_up(
            name=request.POST.get("name", ""), number=request.POST.get("number", "")
        )
    except Invalid as error:
        notes.error(request, " ".join([error.message, *error.fields.values()]))
        return redirect(page_of(request.store, request.POST.get("who", "")))
    return redirect(page_of(request.store, handset.key))


def _write(deed: Deed) -> list[Receipt]:
    file = deed.request.FILES.get("picture")
    if file is not None and (file.size or 0) > writing.LARGEST:
        raise Invalid("The picture has more than 4 MB. Nothing was sent.")
    picture = file.read() if file is not None else b""
    return [
        writing.write(
            deed.request.store,
            deed.inbox,
            deed.holder,
            deed.given("text"),
            picture=picture,
            answers=deed.given("answers"),
        )
    ]


def _press(deed: Deed) -> list[Receipt]:
    message = phone.message_on(deed.holder, deed.medium, deed.given("about"))
    if message is None:
        raise NotFound("This message is not on the phone.")
    [bubble] = phone.bubbles([message])
    option = next((each for each in bubble.buttons if each.id == deed.given("choice")), None)
    if option is None or option.link:
        raise NotFound("The message has no such button.")
    pressed = (option.id, option.title)
    return [writing.press(deed.request.store, deed.inbox, deed.holder, message, pressed)]


def _react(deed: Deed) -> list[Receipt]:
    sign = deed.given("sign")
    about = deed.given("about")
    return [writing.react(deed.request.store, deed.inbox, deed.holder, about, sign)]


def _comment(deed: Deed) -> list[Receipt]:
    store, text, thread = deed.request.store, deed.given("text"), deed.given("thread")
    return [writing.comment(store, deed.inbox, deed.holder, _post(deed), text, thread=thread)]


def _story(deed: Deed) -> list[Receipt]:
    store = deed.request.store
    return [writing.answer_story(store, deed.inbox, deed.holder, _post(deed), deed.given("text"))]


def _read(deed: Deed) -> list[Receipt]:
    if deed.holder.is_off:
        raise Conflict(f"The phone of {deed.holder.name} is off.", remedy="Switch it on first.")
    received = queries.messages_of([deed.inbox.pk], deed.holder)
    unread = queries.unread_in(received, deed.medium)
    return [receipt_of(deed.request, row, "read") for row in unread]


_DEEDS: dict[str, Callable[[Deed], list[Receipt]]] = {
    "write": _write,
    "press": _press,
    "react": _react,
    "comment": _comment,
    "story": _story,
    "read": _read,
}


def _deed(request: StaffRequest) -> Deed:
    medium = request.POST.get("app", "")
    inbox = inbox_for(medium, queries.sandbox_inboxes().values()) if medium in APPS else None
    if inbox is None:
        raise NotFound("The phone has no such app.", remedy="Connect its sandbox first.")
    return Deed(request, _holder(request), medium, inbox)


def _holder(request: StaffRequest) -> Holder:
    holder = holder_of(request.POST.get("who", ""), queries.sandbox_inboxes().values())
    if holder is None:
        raise NotFound("The sandbox knows nobody like that.", remedy="Go back to the list.")
    return holder


def _post(deed: Deed) -> Post:
    wanted = deed.given("post")
    posts = posts_of(deed.request.store) if has_posts(deed.inbox) else []
    found = next((each for each in posts if each.id == wanted), None)
    if found is None:
        raise NotFound("There is no such post.")
    return found


def _back(request: StaffRequest) -> str:
    given = request.POST
    kept = {name: given.get(name, "") for name in ("app", "mail", "feed")}
    return page_of(request.store, given.get("who", ""), **kept)
