"""Many rows to PostgreSQL as one JSON parameter: the cheap way in for whole batches.

Adapting lists value by value and quoting them costs more than all other work on a batch together;
one JSON text is made in C and read by PostgreSQL with the column types of the table. What JSON
cannot carry (bytes, expressions, huge numbers) takes Django's way, see `TenantQuerySet`.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

type AnyField = models.Field[Any, Any]
type Fields = list[AnyField]

_PLAIN = (
    models.Field.pre_save,
    models.DateField.pre_save,
    models.DateTimeField.pre_save,
    models.TimeField.pre_save,
)


class NotPlain(Exception):
    """These rows cannot be written as JSON."""


def json_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows for `json_to_recordset(%s)`: text, numbers, ids, times, spans, lists, objects.

    Raises:
        NotPlain: something in them is none of these.
    """
    try:
        return orjson.dumps(rows, default=_span, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError as error:
        raise NotPlain(str(error)) from error


def _span(value: Any) -> str:
    if not isinstance(value, timedelta):
        raise TypeError(f"{type(value).__name__} is not plain")
    return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"


def insert_objects(objects: Sequence[models.Model], *, ignore_conflicts: bool) -> int:
    """Insert new objects of one model in one statement and note on them what the database added.

    Returns how many there were not before.

    Raises:
        NotPlain: they cannot be written this way; nothing was written.
    """
    meta = objects[0]._meta
    fields = _written(objects[0])
    rows = json_rows(_rows(objects, fields))
    columns = ", ".join(f'"{field.column}"' for field in fields)
    returned = [] if ignore_conflicts else meta.db_returning_fields
    ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    if returned:
        ending += " RETURNING " + ", ".join(f'"{field.column}"' for field in returned)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{meta.db_table}" ({columns}) SELECT {columns}'
            f' FROM json_populate_recordset(NULL::"{meta.db_table}", %s){ending}',
            [rows],
        )
        answers, count = cursor.fetchall() if returned else [], int(cursor.rowcount)
    for item, answer in zip(objects, answers, strict=False):
        for field, value in zip(returned, answer, strict=True):
            setattr(item, field.attname, value)
    for item in objects:
        item._state.adding, item._state.db = False, connection.alias
    return count


def insert_where(
    objects: Sequence[models.Model], condition: str, instead: Mapping[str, str]
) -> set[uuid.UUID]:
    """Insert those of new objects that were not there before and for which a condition holds.

    `condition`: SQL about the row `r`. `instead`: SQL for columns that the database fills. Returns
    the ids of those that were inserted.

    Raises:
        NotPlain: they cannot be written this way; nothing was written.
    """
    meta = objects[0]._meta
    fields = _written(objects[0])
    names = [str(field.column) for field in fields]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(instead.get(name, f'r."{name}"') for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{meta.db_table}" ({columns}) SELECT {values}'
            f' FROM json_populate_recordset(NULL::"{meta.db_table}", %s) AS r WHERE {condition}'
            " ON CONFLICT DO NOTHING RETURNING id",
            [json_rows(_rows(objects, fields))],
        )
        return {row[0] for row in cursor.fetchall()}


def update_objects(objects: Sequence[models.Model], names: Collection[str] = ()) -> None:
    """Write objects of one model of a store, which the caller has locked, in one statement.

    `names`: only these columns (`owner_id`, not `owner`).

    Raises:
        NotPlain: they cannot be written this way; nothing was written.
    """
    if not objects:
        return
    meta = objects[0]._meta
    fields = [
        field
        for field in meta.concrete_fields
        if not field.generated and not field.primary_key and field.attname != "store_id"
    ]
    fields = [field for field in fields if not names or field.attname in names]
    told = [
        {"id": item.pk, "store_id": item.store_id}  # type: ignore[attr-defined]
        | {str(field.column): field.pre_save(item, False) for field in fields}
        for item in objects
    ]
    sets = ", ".join(f'"{field.column}" = r."{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{meta.db_table}" AS t SET {sets}'
            f' FROM json_populate_recordset(NULL::"{meta.db_table}", %s) AS r'
            # Said twice so that the rows are found by their key, whatever the statistics say.
            " WHERE t.id = ANY(%s) AND t.id = r.id AND t.store_id = r.store_id",
            [json_rows(told), [item.pk for item in objects]],
        )


def _written(first: models.Model) -> Fields:
    """Return the fields that are given; the others are left to the database."""
    return [
        field
        for field in first._meta.concrete_fields
        if not field.generated
        and not isinstance(first.__dict__[field.attname], DatabaseDefault)
        and not (isinstance(field, models.AutoField) and first.pk is None)
    ]


def _rows(objects: Sequence[models.Model], fields: Fields) -> list[dict[str, Any]]:
    """Return what is written of new objects, asking only those fields that have a say in it."""
    plain = [(str(field.column), field.attname) for field in fields if _is_plain(field)]
    asked = [field for field in fields if not _is_plain(field)]
    rows = []
    for item in objects:
        told = item.__dict__
        row = {column: told[name] for column, name in plain}
        for field in asked:
            row[str(field.column)] = field.pre_save(item, True)
        rows.append(row)
    return rows


def _is_plain(field: AnyField) -> bool:
    """Return whether a field is written as it stands in the object."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return False
    return type(field).pre_save in _PLAIN
