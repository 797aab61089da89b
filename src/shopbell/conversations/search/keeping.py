"""Keeping the words of conversations: appended with each entry, written anew after a merge.

One row per conversation, not per entry: four times fewer to look through, and two words of a
question may stand in two mails. Each word carries the store, so that no store ever reads through
the words of another; `~` marks the words that name the customer, and what there is (`~~file`).
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.conversations.models import Conversation, Entry, EntryKind, Searchable
from shopbell.conversations.search.words import config_of, kept_words
from shopbell.customers.models import Customer
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.ids import uuid7
from shopbell.orders.models import Order

FILE = "~~file"
_LARGEST = 400_000  # bytes; PostgreSQL ends at a million
_KEEP = f"""
INSERT INTO conversations_searchable AS kept (id, store_id, conversation_id, words)
SELECT given.id, %s, given.conversation, array_to_tsvector(ARRAY(
    SELECT DISTINCT %s || word FROM unnest(
        string_to_array(given.words, ' ')
        || tsvector_to_array(to_tsvector(given.config::regconfig, given.plain))
    ) AS word WHERE word <> ''))
FROM json_to_recordset(%s) AS given(id uuid, conversation uuid, words text, plain text, config text)
ON CONFLICT (store_id, conversation_id) DO UPDATE
SET words = kept.words || excluded.words WHERE length(kept.words::text) < {_LARGEST}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """Texts of one conversation, `named` those that name its customer."""

    conversation_id: uuid.UUID
    locale: str
    texts: Sequence[str]
    named: Sequence[str] = ()
    has_file: bool = False


def mark_of(store_id: int) -> str:
    """Return what every kept word of a store begins with."""
    return f"{store_id}:"


def keep_words(said: Iterable[Said]) -> None:
    """Add words to what is kept of conversations of the store in scope."""
    rows = [_row(each) for each in said]
    if rows:
        store_id = current_store_id()
        with database.cursor() as cursor:
            cursor.execute(_KEEP, [store_id, mark_of(store_id), orjson.dumps(rows).decode()])


def _row(said: Said) -> dict[str, object]:
    words, named = kept_words(said.texts), kept_words(said.named)
    marks = [f"~{word}" for word in named] + ([FILE] if said.has_file else [])
    return {
        "id": uuid7(),
        "conversation": said.conversation_id,
        "words": " ".join([*words, *named, *marks]),
        "plain": " ".join(word for word in words if word.isalpha()),
        "config": config_of(said.locale),
    }


def names_of(customer: Customer | None) -> list[str]:
    """Return what names a customer."""
    if customer is None:
        return []
    return [customer.name, customer.email, customer.phone]


def keep_entry(conversation: Conversation, entry: Entry, *, files: Iterable[str] = ()) -> None:
    """Keep the words of a new entry of our own; what names customer and order is kept already."""
    keep_words([said_by(conversation, entry, files=files)])


def said_by(
    conversation: Conversation,
    entry: Entry,
    *,
    customer: Customer | None = None,
    order: Order | None = None,
    files: Iterable[str] = (),
    locale: str = "",
) -> Said:
    """Return what an entry says, with what names its customer and order."""
    names = list(files)
    texts = [conversation.subject, entry.subject, entry.text, *names]
    if order is not None:
        texts.append(order.number)
    named = [*names_of(customer), entry.sender_address]
    if entry.kind == EntryKind.INCOMING:
        named.append(entry.sender_name)
    locale = conversation.locale or locale or _locale_of_store()
    return Said(conversation.pk, locale, texts, named, bool(names))


def _locale_of_store() -> str:
    return str(Store.objects.values_list("locale", flat=True).get(pk=current_store_id()))


def keep_anew(conversation_ids: Iterable[uuid.UUID]) -> int:
    """Forget what is kept of conversations and read it from their entries again."""
    locale = _locale_of_store()
    rows = list(
        Conversation.objects.filter(pk__in=list(conversation_ids)).select_related(
            "customer", "order"
        )
    )
    Searchable.objects.filter(conversation__in=rows).delete()
    entries: dict[uuid.UUID, list[Entry]] = {row.pk: [] for row in rows}
    spoken = Entry.objects.filter(conversation__in=rows).exclude(kind=EntryKind.ACTIVITY)
    for entry in spoken.defer("html", "quoted").prefetch_related("attachments"):
        entries[entry.conversation_id].append(entry)
    keep_words(_all_of(row, entries[row.pk], locale) for row in rows)
    return len(rows)


def _all_of(row: Conversation, entries: list[Entry], locale: str) -> Said:
    texts, named, has_file = [row.subject], names_of(row.customer), False
    if row.order is not None:
        texts.append(row.order.number)
    for entry in entries:
        files = [file.name for file in entry.attachments.all()]
        texts += [entry.subject, entry.text, *files]
        if entry.kind == EntryKind.INCOMING:
            named += [entry.sender_name, entry.sender_address]
        has_file = has_file or bool(files)
    return Said(row.pk, row.locale or locale, texts, named, has_file)
