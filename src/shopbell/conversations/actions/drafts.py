"""What somebody has begun to write: kept until it is sent or emptied."""

from collections.abc import Sequence

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.models import Conversation, Draft
from shopbell.kit import clock
from shopbell.kit.text import one_line, storable

LONGEST = 50_000


@transaction.atomic
def save_draft(
    *,
    conversation: Conversation,
    user: User,
    text: str,
    is_note: bool = False,
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
) -> None:
    """Keep a draft; an empty one is thrown away. Copies are kept as they were typed, unchecked."""
    words = storable(text)[:LONGEST]
    copies = {"cc": _typed(cc), "bcc": _typed(bcc)}
    if not words.strip() and not any(copies.values()):
        Draft.objects.filter(conversation=conversation, user=user).delete()
        return
    Draft.objects.update_or_create(
        conversation=conversation,
        user=user,
        defaults={"text": words, "is_note": is_note, "saved_at": clock.now(), **copies},
    )


def _typed(addresses: Sequence[str]) -> list[str]:
    return [one_line(storable(each), 320) for each in addresses if each.strip()][:50]
