"""Signatures: saving one, throwing one away."""

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.connections.models import Connection
from shopbell.conversations.models import Signature
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import storable


@transaction.atomic
def save_signature(
    *,
    user: User | None,
    inbox: Connection | None,
    locale: str,
    text: str,
    row: Signature | None = None,
) -> Signature:
    """Add a signature, or change one.

    Raises:
        Invalid: it is empty.
        Conflict: there is one for the same people, inbox and language.
    """
    words = storable(text).strip()
    if not words:
        raise Invalid("The signature is empty.", fields={"text": "Write something."})
    same = Signature.objects.filter(user=user, inbox=inbox, locale=locale)
    if row is not None:
        same = same.exclude(pk=row.pk)
    if same.exists():
        raise Conflict(
            "There is a signature for this already.",
            kept="Nothing was changed.",
            remedy="Change that one, or choose another inbox or language.",
        )
    found = row or Signature()
    found.user, found.inbox, found.locale = user, inbox, locale
    found.text, found.saved_at = words, clock.now()
    found.save()
    return found


@transaction.atomic
def drop_signature(*, row: Signature) -> None:
    """Throw one away; mails that were sent with it stay as they are."""
    row.delete()
