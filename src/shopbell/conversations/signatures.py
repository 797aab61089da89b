"""Which signature stands below an answer by mail: the one that fits best.

A person's own comes before one for everybody, then one for this inbox before one for all, then one
in the customer's language before one for any. Without any it is the name and the store's.
"""

import re
import uuid

from django.db.models import Q

from shopbell.accounts.models import Store, User
from shopbell.conversations.models import Signature
from shopbell.conversations.saved import filled

VARIABLES = {"agent.name": "Name of whoever answers", "store.name": "Name of the shop"}
_LEFT = re.compile(r"[ \t]*\{\{[^{}\n]*\}\}[ \t]*\n?")


def signature_for(
    store: Store, author: User | None, *, inbox_id: uuid.UUID | None, locale: str
) -> str:
    """Return the signature of an answer as Markdown."""
    spoken = {"", locale, locale.partition("-")[0]}
    rows = Signature.objects.filter(
        Q(user=None) | Q(user=author), Q(inbox=None) | Q(inbox_id=inbox_id), locale__in=spoken
    )
    if author is None:
        rows = rows.filter(user=None)
    best = max(rows, key=_closeness, default=None)
    return in_words(best.text if best else "{{agent.name}}\n{{store.name}}", store, author)


def _closeness(row: Signature) -> tuple[bool, bool, int]:
    return row.user_id is not None, row.inbox_id is not None, len(row.locale)


def in_words(text: str, store: Store, author: User | None) -> str:
    """Return a signature with its gaps filled; a line that nobody has a name for goes."""
    known = {"agent.name": author.name if author else "", "store.name": store.name}
    return _LEFT.sub(
        "", filled(text, {key: value for key, value in known.items() if value})
    ).strip()


def signatures_seen_by(user: User, *, all_of_them: bool) -> list[Signature]:
    """Return the signatures somebody may look at: their own and everybody's, or all."""
    rows = Signature.objects.select_related("user", "inbox")
    if not all_of_them:
        rows = rows.filter(Q(user=None) | Q(user=user))
    return sorted(rows, key=lambda row: (str(row.user or ""), str(row.inbox or ""), row.locale))
