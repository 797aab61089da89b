"""What a store notes about its customers itself: tags, and attributes with a value.

Set-based, so that a journey marks a thousand people in one statement. A newcomer's mistake: saving
a `Customer` to add a tag. Two that do so at once lose one of them.
"""

import re
import uuid
from collections.abc import Collection
from typing import Any

import orjson
from django.db import connection, transaction

from shopbell.customers.events import CustomersChanged
from shopbell.events.actions import emit
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Invalid
from shopbell.kit.text import storable
from shopbell.web.live import announce

MOST = 50  # tags, and attributes, of one customer
TAG = re.compile(r"[\w][\w .:-]{0,39}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

type Value = str | int | bool

_ADD = """
    UPDATE customers_customer SET tags = array_append(tags, %(tag)s::varchar)
    WHERE store_id = %(store)s AND id = ANY(%(people)s) AND erased_at IS NULL
        AND NOT tags @> ARRAY[%(tag)s]::varchar[] AND cardinality(tags) < %(most)s RETURNING id"""
_REMOVE = """
    UPDATE customers_customer SET tags = array_remove(tags, %(tag)s::varchar)
    WHERE store_id = %(store)s AND id = ANY(%(people)s)
        AND tags @> ARRAY[%(tag)s]::varchar[] RETURNING id"""
_SET = """
    UPDATE customers_customer SET attributes = attributes || %(value)s::jsonb
    WHERE store_id = %(store)s AND id = ANY(%(people)s) AND erased_at IS NULL
        AND NOT attributes @> %(value)s::jsonb
        AND (attributes ? %(name)s
            OR (SELECT count(*) FROM jsonb_object_keys(attributes)) < %(most)s) RETURNING id"""

_DROP = """
    UPDATE customers_customer SET attributes = attributes - %(names)s::text[]
    WHERE store_id = %(store)s AND id = ANY(%(people)s)
        AND attributes ?| %(names)s::text[] RETURNING id"""


@transaction.atomic
def tag_customers(*, customers: Collection[uuid.UUID], tag: str, remove: bool = False) -> int:
    """Add a tag to customers, or take it off; returns for how many that was news.

    Raises:
        Invalid: the tag cannot be used.
    """
    if not TAG.fullmatch(tag):
        raise Invalid("A tag has 1 to 40 letters, digits, spaces and .:-", fields={"tag": tag})
    return _write(_REMOVE if remove else _ADD, customers, tag=tag)


@transaction.atomic
def set_attribute(*, customers: Collection[uuid.UUID], name: str, value: Value) -> int:
    """Note a value about customers under a name; returns for how many that was news.

    Raises:
        Invalid: the name or the value cannot be used.
    """
    if not NAME.fullmatch(name):
        raise Invalid("A name has small letters, digits and _, 40 at most.", fields={"name": name})
    if not is_value(value):
        raise Invalid("A value is a text up to 200, a number, or yes or no.", fields={"value": ""})
    plain = storable(value) if isinstance(value, str) else value
    return _write(_SET, customers, name=name, value=orjson.dumps({name: plain}).decode())


@transaction.atomic
def drop_attributes(*, customers: Collection[uuid.UUID], names: Collection[str]) -> int:
    """Forget values about customers; returns for how many that was news."""
    return _write(_DROP, customers, names=list(names))


def is_value(value: object) -> bool:
    """Whether something can be the value of an attribute."""
    return isinstance(value, bool | int) or (isinstance(value, str) and 0 < len(value) <= 200)


def _write(sql: str, customers: Collection[uuid.UUID], **told: str | list[str]) -> int:
    with connection.cursor() as cursor:
        about: dict[str, Any] = {
            "store": current_store_id(),
            "people": list(customers),
            "most": MOST,
        }
        cursor.execute(sql, {**about, **told})
        changed = [str(row[0]) for row in cursor.fetchall()]
    if changed:
        emit(CustomersChanged(customer_ids=changed, about=["person"]))
        announce(current_store_id(), "customers")
    return len(changed)
