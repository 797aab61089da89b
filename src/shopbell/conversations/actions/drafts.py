"""What somebody has begun to write: kept until it is sent or emptied."""

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.models import Conversation, Draft
from shopbell.kit import clock
from shopbell.kit.text import storable

LONGEST = 50_000


@transaction.atomic
def save_draft(*, conversation: Conversation, user: User, text: str, is_note: bool = False) -> None:
    """Keep a draft; an empty one is thrown away."""
    words = storable(text)[:LONGEST]
    if not words.strip():
        Draft.objects.filter(conversation=conversation, user=user).delete()
        return
    Draft.objects.update_or_create(
        conversation=conversation,
        user=user,
        defaults={"text": words, "is_note": is_note, "saved_at": clock.now()},
    )
