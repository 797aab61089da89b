"""Many rows to PostgreSQL as one JSON parameter: the cheap way in for whole batches.

Adapting lists value by value and quoting them costs more than all other work on a batch together;
one JSON text is made in C and read by PostgreSQL with the column types of the table. What JSON
cannot carry (bytes, expressions, huge numbers) takes Django's way, see `TenantQuerySet`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

type Fields = list[models.Field[Any, Any]]


class NotPlain(Exception):
    """These rows cannot be written as JSON."""


def json_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows for `json_to_recordset(%s)`: text, numbers, ids, times, lists and objects.

    Raises:
        NotPlain: something in them is none of these.
    """
    try:
        return orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError as error:
        raise NotPlain(str(error)) from error


def insert_objects(objects: Sequence[models.Model], *, ignore_conflicts: bool) -> None:
    """Insert new objects of one model in one statement and note on them what the database added.

    Raises:
        NotPlain: they cannot be written this way; nothing was written.
    """
    meta = objects[0]._meta
    fields = _written(objects[0])
    rows = json_rows([_row(item, fields) for item in objects])
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
        answers = cursor.fetchall() if returned else []
    for item, answer in zip(objects, answers, strict=False):
        for field, value in zip(returned, answer, strict=True):
            setattr(item, field.attname, value)
    for item in objects:
        item._state.adding, item._state.db = False, connection.alias


def _written(first: models.Model) -> Fields:
    """Return the fields that are given; the others are left to the database."""
    return [
        field
        for field in first._meta.concrete_fields
        if not field.generated
        and not isinstance(first.__dict__[field.attname], DatabaseDefault)
        and not (isinstance(field, models.AutoField) and first.pk is None)
    ]


def _row(item: models.Model, fields: Fields) -> dict[str, Any]:
    return {str(field.column): field.pre_save(item, True) for field in fields}
