"""From what a browser sent to what somebody told, or a list of mistakes by field."""

import uuid
from dataclasses import dataclass, field

from django.http import QueryDict

from shopbell.customers.normalise import email_key
from shopbell.kit.text import one_line, storable
from shopbell.signups.models import SignupForm
from shopbell.signups.words import Words

TRAP = "website"


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told. `is_trapped`: a machine filled in what no person sees."""

    client_id: uuid.UUID
    language: str
    email: str = ""
    topics: tuple[str, ...] = ()
    page: str = ""
    is_trapped: bool = False
    mistakes: dict[str, str] = field(default_factory=dict)


def read(form: SignupForm, post: QueryDict, words: Words) -> Told:
    """Return what was told; look at `mistakes` before using it."""
    mistakes: dict[str, str] = {}
    typed = storable(post.get("email", "")).strip()
    email = email_key(typed) if len(typed) <= 254 else ""
    if not email:
        mistakes["email"] = words.say("not_email" if typed else "required")
    given = set(post.getlist("topics"))
    chosen = tuple(key for key in form.topics if key in given)
    if form.topics and not chosen:
        mistakes["topics"] = words.say("choose_one")
    return Told(
        client_id=client_id_of(post) or uuid.uuid4(),
        language=words.language,
        email=email,
        topics=chosen,
        page=_page(post.get("page", "")),
        is_trapped=bool(post.get(TRAP, "").strip()),
        mistakes=mistakes,
    )


def client_id_of(post: QueryDict) -> uuid.UUID | None:
    """Return the id the page was given, which makes the form be sent once."""
    try:
        return uuid.UUID(str(post.get("client_id", "")))
    except ValueError:
        return None


def _page(told: str) -> str:
    """Return the shop's page the form stands in, as far as it is plain and small."""
    return one_line(storable(told), 1000) if told.startswith(("https://", "http://")) else ""
