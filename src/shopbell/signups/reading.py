"""From what a browser sent to what somebody told, or a list of mistakes by field."""

import uuid
from dataclasses import dataclass, field

from django.http import QueryDict

from shopbell.customers.normalise import email_key, is_mobile, phone_key
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
    phone: str = ""
    topics: tuple[str, ...] = ()
    page: str = ""
    is_trapped: bool = False
    mistakes: dict[str, str] = field(default_factory=dict)


def read(form: SignupForm, post: QueryDict, words: Words) -> Told:
    """Return what was told; look at `mistakes` before using it."""
    mistakes: dict[str, str] = {}
    email = _email(post, words, mistakes) if form.channel == "email" else ""
    phone = _phone(form, post, words, mistakes) if form.channel == "sms" else ""
    given = set(post.getlist("topics"))
    chosen = tuple(key for key in form.topics if key in given)
    if form.topics and not chosen:
        mistakes["topics"] = words.say("choose_one")
    return Told(
        client_id=client_id_of(post) or uuid.uuid4(),
        language=words.language,
        email=email,
        phone=phone,
        topics=chosen,
        page=_page(post.get("page", "")),
        is_trapped=bool(post.get(TRAP, "").strip()),
        mistakes=mistakes,
    )


def _email(post: QueryDict, words: Words, mistakes: dict[str, str]) -> str:
    typed = storable(post.get("email", "")).strip()
    email = email_key(typed) if len(typed) <= 254 else ""
    if not email:
        mistakes["email"] = words.say("not_email" if typed else "required")
    return email


def _phone(form: SignupForm, post: QueryDict, words: Words, mistakes: dict[str, str]) -> str:
    """Return the mobile number; a form for one country takes no others, since each text costs."""
    typed = storable(post.get("phone", "")).strip()
    phone = phone_key(typed, form.country) if len(typed) <= 40 else ""
    if not (phone and is_mobile(phone, form.country)):
        mistakes["phone"] = words.say("not_phone" if typed else "required")
    return phone


def client_id_of(post: QueryDict) -> uuid.UUID | None:
    """Return the id the page was given, which makes the form be sent once."""
    try:
        return uuid.UUID(str(post.get("client_id", "")))
    except ValueError:
        return None


def _page(told: str) -> str:
    """Return the shop's page the form stands in, as far as it is plain and small."""
    return one_line(storable(told), 1000) if told.startswith(("https://", "http://")) else ""
