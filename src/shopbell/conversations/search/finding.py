"""Conversations that fit, newest first, in bounded time whether few or many do.

A common word is found among the newest conversations; only when those do not fill the page is the
index of words asked, and then few conversations can have the word. A newcomer's mistake: one
statement for both. PostgreSQL would read all hits of a common word to find the newest forty.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db.models import Q, QuerySet, UUIDField
from django.db.models.expressions import RawSQL

from shopbell.accounts.models import Store
from shopbell.conversations.models import Conversation
from shopbell.conversations.search.keeping import FILE, mark_of
from shopbell.conversations.search.words import ASKED_IN, config_of, pairs, parts, wholes
from shopbell.customers.models import Identity
from shopbell.kit.db.scope import current_store_id
from shopbell.orders.models import Order, Shipment

NEWEST = 3_000  # looked through one by one
MOST = 20_000  # taken from the index of words
NEWEST_FIRST = ("-last_message_at", "-id")
NEXT_DUE = ("due_at", "id")
_STEMS = """
SELECT asked.word, ARRAY(SELECT DISTINCT unnest(tsvector_to_array(to_tsvector(c::regconfig, word)))
    FROM unnest(%s::text[]) AS c) FROM unnest(%s::text[]) AS asked(word)
"""
# The inner select stops after the newest; the rows of it are looked at in their order, one by one.
_AMONG = """
SELECT newest.id FROM ({newest}) AS newest(id, tags) WHERE {fits} LIMIT %s
"""
_HAS_TAG = "newest.tags @> ARRAY[%s]::varchar[]"
_SAYS = """(SELECT kept.words FROM conversations_searchable AS kept WHERE kept.store_id = %s
    AND kept.conversation_id = newest.id) @@ %s::tsquery"""
_ANYWHERE = "SELECT conversations_saying(%s::tsquery, %s) UNION SELECT unnest(%s::uuid[])"
_TAGGED = "SELECT conversations_tagged(%s, %s)"


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody looks for: words anywhere, words that name the customer, files."""

    anywhere: str = ""
    customer: str = ""
    has_file: bool = False

    def __bool__(self) -> bool:
        return bool(self.anywhere.strip() or self.customer.strip() or self.has_file)


def first_fitting(
    rows: QuerySet[Conversation],
    words: Words,
    tag: str,
    size: int,
    order: Sequence[str] = NEWEST_FIRST,
) -> list[Conversation]:
    """Return the first `size` of `rows`, in an order, that have the words and the tag."""
    rows = rows.order_by(*order)
    if not words and not tag:
        return list(rows[:size])
    asked = query_of(words) if words else ""
    if words and not asked:
        return []
    keys = _among_newest(rows, asked, tag, size)
    found = rows.filter(pk__in=keys) if len(keys) == size else _anywhere(rows, words, asked, tag)
    return list(found[:size])


def fitting(rows: QuerySet[Conversation], words: Words, tag: str) -> QuerySet[Conversation]:
    """Return those of `rows` that have the words and the tag, in no order."""
    asked = query_of(words) if words else ""
    if words and not asked:
        return rows.none()
    return _anywhere(rows, words, asked, tag)


def _among_newest(rows: QuerySet[Conversation], asked: str, tag: str, size: int) -> list[uuid.UUID]:
    plain = rows.select_related(None).values_list("id", "tags")
    newest, parameters = plain[:NEWEST].query.sql_with_params()
    told: list[Any] = list(parameters)
    fits = []
    if tag:
        fits.append(_HAS_TAG)
        told.append(tag)
    if asked:
        fits.append(_SAYS)
        told += [current_store_id(), asked]
    statement = _AMONG.format(newest=newest, fits=" AND ".join(fits))
    with database.cursor() as cursor:
        cursor.execute(statement, [*told, size])
        return [key for (key,) in cursor.fetchall()]


def _anywhere(
    rows: QuerySet[Conversation], words: Words, asked: str, tag: str
) -> QuerySet[Conversation]:
    if asked:
        rows = rows.filter(pk__in=_ids(_ANYWHERE, asked, MOST, _named(words)))
    return rows.filter(pk__in=_ids(_TAGGED, tag, MOST)) if tag else rows


def _ids(statement: str, *told: object) -> RawSQL:
    return RawSQL(statement, told, output_field=UUIDField())  # noqa: S611  (constants above)


def query_of(words: Words) -> str:
    """Return PostgreSQL's question for words; empty when there is no word in them."""
    mark = mark_of(current_store_id())
    anywhere, customer = wholes(words.anywhere)[:12], wholes(words.customer)[:6]
    stems = _stems([part for whole in anywhere for part in parts(whole)])
    terms = [_term(whole, mark, stems, whole is anywhere[-1]) for whole in anywhere]
    terms += [_term(whole, f"{mark}~", {}, True) for whole in customer]
    if words.has_file:
        terms.append(_quoted(mark + FILE))
    return " & ".join(terms)


def _term(whole: str, mark: str, stems: dict[str, list[str]], is_unfinished: bool) -> str:
    pieces = parts(whole)
    choices = [_quoted(mark + whole) + (":*" if is_unfinished else "")]
    if len(pieces) > 1 or pieces[0] != whole:
        choices.append(" & ".join(_quoted(mark + piece) for piece in pieces))
    choices += [_quoted(mark + stem) for stem in stems.get(whole, ()) if stem != whole]
    if split := pairs(whole):
        choices.append(" & ".join(_quoted(mark + pair) for pair in split))
    return "(" + " | ".join(f"({choice})" for choice in dict.fromkeys(choices)) + ")"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _stems(words: Sequence[str]) -> dict[str, list[str]]:
    """Return the stems of words in the languages of the store and its neighbours."""
    plain = [word for word in dict.fromkeys(words) if word.isalpha() and len(word) > 2]
    if not plain:
        return {}
    own = Store.objects.values_list("locale", flat=True).get(pk=current_store_id())
    with database.cursor() as cursor:
        cursor.execute(_STEMS, [list({*ASKED_IN, config_of(own)}), plain])
        return dict(cursor.fetchall())


def _named(words: Words) -> list[uuid.UUID]:
    """Return what one bare word names: a conversation, an order, a parcel, somebody's address.

    The kept words hold most of these too, but not what became known after the last entry.
    """
    asked = words.anywhere.strip()
    if " " in asked or not any(sign.isdigit() or sign == "@" for sign in asked):
        return []
    bare = asked.removeprefix("#")
    fits = about(bare, [f"#{bare}"])
    fits |= Q(customer_id__in=_customers(Identity.objects.filter(value=asked.lower())))
    if bare.isascii() and bare.isdigit() and len(bare) < 10:
        fits |= Q(number=int(bare))
    return list(Conversation.objects.filter(fits).values_list("pk", flat=True)[:200])


def about(number: str, also: Sequence[str] = ()) -> Q:
    """Return the conversations about an order or a parcel, and the others of that customer."""
    orders = Order.objects.filter(number__in=[number, *also]).values_list("pk", "customer_id")
    parcels = Shipment.objects.filter(tracking_number=number)
    found = {*orders[:50], *parcels.values_list("order_id", "order__customer_id")[:50]}
    bought, people = ({each[n] for each in found} - {None} for n in (0, 1))
    return Q(order_id__in=bought) | Q(customer_id__in=people)


def _customers(rows: QuerySet[Identity]) -> list[uuid.UUID]:
    return list(rows.values_list("customer_id", flat=True)[:50])
