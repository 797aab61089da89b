"""Who looks at a conversation, who writes."""

from django.db import connection as database

from shopbell.accounts.models import User
from shopbell.conversations.models import Conversation
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.ids import uuid7
from shopbell.web.live import announce


def mark_seen(*, conversation: Conversation, user: User, typing: bool = False) -> None:
    """Note that somebody has it open (the page says so every 15 s) and perhaps types."""
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO conversations_seen AS s (id, store_id, conversation_id, user_id, at,"
            " typing_at) VALUES (%s, %s, %s, %s, clock_timestamp(),"
            " CASE WHEN %s THEN clock_timestamp() END)"
            " ON CONFLICT (store_id, conversation_id, user_id) DO UPDATE"
            " SET at = EXCLUDED.at, typing_at = EXCLUDED.typing_at",
            [uuid7(), current_store_id(), conversation.pk, user.pk, typing],
        )
    announce(current_store_id(), "presence", conversation.pk)
