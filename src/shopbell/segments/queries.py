"""Reads about segments: the rows, how many a tree describes, a sample, and the truth about some."""

import uuid
from collections.abc import Collection, Iterator
from contextlib import suppress

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from shopbell.accounts.models import Store
from shopbell.consent.soft import soft_opt_in_of
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Invalid, NotFound
from shopbell.kit.money import digits
from shopbell.segments.models import Member, Segment
from shopbell.segments.profiles import MADE, true_of
from shopbell.segments.sql import flat, selected
from shopbell.segments.tree import Group, Node, read
from shopbell.segments.vocabulary import Asked

SAMPLE = 20
PATIENCE_MS = 5000  # while somebody edits


def segments() -> QuerySet[Segment]:
    """Return the segments by name."""
    return Segment.objects.order_by("name", "pk")


def segment_by_id(key: uuid.UUID) -> Segment:
    """Return a segment or raise `NotFound`."""
    row = Segment.objects.filter(pk=key).first()
    if row is None:
        raise NotFound("There is no such segment.")
    return row


def segment_by_key(key: str) -> Segment:
    """Return a segment that came with Shopbell, such as `lapsed`, or raise `NotFound`."""
    row = Segment.objects.filter(key=key).first() if key else None
    if row is None:
        raise NotFound(f"There is no segment with the key {key!r}.")
    return row


def segment_named(name: str) -> Segment | None:
    """Return the segment with this key or id, None if there is none."""
    try:
        return Segment.objects.filter(pk=uuid.UUID(name)).first()
    except ValueError:
        return Segment.objects.filter(key=name).first() if name else None


def segment_names() -> dict[str, str]:
    """Return the names of all segments by id."""
    return {str(key): name for key, name in Segment.objects.values_list("pk", "name")}


def members(segment: Segment) -> QuerySet[Member]:
    """Return who is in a segment."""
    return Member.objects.filter(segment=segment).select_related("customer")


def segments_of(customer_id: uuid.UUID) -> QuerySet[Member]:
    """Return in which segments a customer is."""
    rows = Member.objects.filter(customer_id=customer_id).select_related("segment")
    return rows.order_by("segment__name")


def tree_named(key: str) -> Group:
    """Return the tree of a segment by its id, as `sql.flat` looks it up."""
    row = Segment.objects.filter(pk=key).first()
    if row is None:
        raise Invalid("It refers to a segment that is gone.")
    return read(row.definition)


def flat_tree(segment: Segment) -> Node:
    """Return the conditions of a segment with those of the segments it refers to."""
    return flat(read(segment.definition), tree_named, (str(segment.pk),))


def asked_now(only: tuple[uuid.UUID, ...] | None = None, *, store: Store | None = None) -> Asked:
    """Return the store in scope, and now; `store` if it has been read already."""
    store = store or Store.objects.get(pk=current_store_id())
    minor, soft = 10 ** digits(store.currency), soft_opt_in_of(store)
    return Asked(store.pk, clock.now(), minor, only, soft)


def customers_apart(many: int) -> list[uuid.UUID]:
    """Return each `many`-th customer of the store by id, so that work can be cut there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM (SELECT customer_id, row_number() OVER (ORDER BY customer_id)"
            " AS place FROM segments_profile WHERE store_id = %s) n WHERE place %% %s = 0",
            [current_store_id(), many],
        )
        return [key for (key,) in cursor.fetchall()]


def count_of(node: Node) -> int | None:
    """Return how many customers a flat tree describes; None if that takes too long to wait for."""
    found = selected(node, asked_now())
    with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
        cursor.execute(f"SELECT count(*) {found.sql}", found.told)
        number = int(cursor.fetchone()[0])
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")
        return number
    return None


def sample_of(node: Node, size: int = SAMPLE) -> list[Customer]:
    """Return some of the customers a flat tree describes."""
    found = selected(node, asked_now())
    with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
        cursor.execute(f"SELECT p.customer_id {found.sql} LIMIT %s", [*found.told, size])
        keys = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")
        return list(Customer.objects.filter(pk__in=keys).order_by("-last_seen_at", "-pk"))
    return []


def ids_of(segment: Segment) -> Iterator[uuid.UUID]:
    """Yield every customer the conditions of a segment describe now, by way of a cursor.

    By the profiles that are kept, a moment behind the facts: ask `members_among` before sending.
    """
    found = selected(flat_tree(segment), asked_now())
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT p.customer_id {found.sql}", found.told)
        while rows := cursor.fetchmany(5000):
            yield from (row[0] for row in rows)


def members_among(segment: Segment, customers: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of these customers are in a segment at this moment: the truth, for sending.

    It is asked of the facts, so what no news has told yet counts too.
    """
    return among(flat_tree(segment), customers) if customers else set()


def among(node: Node, customers: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return of which of these customers a flat tree is true at this moment, by the facts."""
    if not customers:
        return set()
    store = Store.objects.get(pk=current_store_id())
    asked = asked_now(only=tuple(customers), store=store)
    return true_of(selected(node, asked, profiles=MADE), customers, store=store)


def is_in(segment: Segment, customer_id: uuid.UUID) -> bool:
    """Return whether a customer is in a segment at this moment."""
    return bool(members_among(segment, [customer_id]))
