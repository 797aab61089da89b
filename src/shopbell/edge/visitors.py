"""Who opens a live stream: a signed-in member of staff of the store, by Django's own session.

A newcomer's mistake: checking once. A stream lives for hours; `still_welcome` asks for all open
ones together every few seconds, so signing out, a new password or leaving the store ends it.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest, parse_cookie

from shopbell.accounts.models import Staff, User
from shopbell.accounts.permissions import membership
from shopbell.edge.answers import Refusal
from shopbell.kit import clock
from shopbell.kit.db.scope import unscoped
from shopbell.kit.errors import NotFound
from shopbell.kit.ids import digest


@dataclass(frozen=True, slots=True)
class Visitor:
    """A member of staff with an open stream. `proof` changes with the password."""

    session: str
    user_id: int
    store_id: int
    proof: str


def resolve(cookie_header: str, slug: str) -> Visitor | Refusal:
    """Return who it is, or the refusal: 401 without a sign-in, 404 for somebody else's store."""
    key = _session_key(cookie_header)
    user = _user_of(key) if key else None
    if user is None:
        return Refusal(401, "sign_in", "Please sign in.")
    try:
        store, _staff = membership(user.pk, slug)
    except NotFound:
        return Refusal(404, "unknown", "There is no such page.")
    return Visitor(session=key, user_id=user.pk, store_id=store.pk, proof=digest(user.password))


def still_welcome(visitors: set[Visitor]) -> set[Visitor]:
    """Return those who are still signed in and still work for the store."""
    sessions = Session.objects.filter(
        session_key__in={visitor.session for visitor in visitors}, expire_date__gt=clock.now()
    )
    signed_in = set(sessions.values_list("session_key", flat=True))
    people = {visitor.user_id for visitor in visitors}
    proofs = {
        user_id: digest(password)
        for user_id, password in User.objects.filter(pk__in=people, is_active=True).values_list(
            "pk", "password"
        )
    }
    with unscoped("live streams: who still works for which store"):
        places = set(Staff.objects.filter(user_id__in=people).values_list("user_id", "store_id"))
    return {
        visitor
        for visitor in visitors
        if visitor.session in signed_in
        and proofs.get(visitor.user_id) == visitor.proof
        and (visitor.user_id, visitor.store_id) in places
    }


def _session_key(cookie_header: str) -> str:
    key = parse_cookie(cookie_header).get(settings.SESSION_COOKIE_NAME, "")
    return key if len(key) <= 64 else ""


def _user_of(key: str) -> User | None:
    request = HttpRequest()
    request.session = SessionStore(key)
    user = get_user(request)
    return user if isinstance(user, User) else None
