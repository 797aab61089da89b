"""From what a browser sent to what somebody told, or a list of mistakes by field."""

import uuid
from dataclasses import dataclass, field

from django.http import QueryDict

from shopbell.customers.normalise import email_key
from shopbell.interests.words import Words
from shopbell.kit.text import one_line, storable
from shopbell.orders.models import Product
from shopbell.orders.variants import variant_of

TRAP = "website"


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told. `is_trapped`: a machine filled in what no person sees."""

    client_id: uuid.UUID
    language: str
    variant: str
    wording: str
    email: str = ""
    page: str = ""
    is_trapped: bool = False
    mistakes: dict[str, str] = field(default_factory=dict)


def read(product: Product, post: QueryDict, words: Words, shop: str) -> Told:
    """Return what was told; look at `mistakes` before using it."""
    mistakes: dict[str, str] = {}
    typed = storable(post.get("email", "")).strip()
    email = email_key(typed) if len(typed) <= 254 else ""
    if not email:
        mistakes["email"] = words.say("not_email" if typed else "required")
    variant = variant_of(product, post.get("variant", "")[:120])
    if variant is None:
        mistakes["variant"] = words.say("choose_one")
    return Told(
        client_id=client_id_of(post) or uuid.uuid4(),
        language=words.language,
        variant=variant.source_id if variant else "",
        wording=words.say("wording", store=shop),
        email=email,
        page=page_told(post.get("page", "")),
        is_trapped=bool(post.get(TRAP, "").strip()),
        mistakes=mistakes,
    )


def client_id_of(post: QueryDict) -> uuid.UUID | None:
    """Return the id the page was given, which makes the form be sent once."""
    try:
        return uuid.UUID(str(post.get("client_id", "")))
    except ValueError:
        return None


def page_told(told: str) -> str:
    """Return the shop's page the form stands in, as far as it is plain and small."""
    return one_line(storable(told), 1000) if told.startswith(("https://", "http://")) else ""
