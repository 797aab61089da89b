"""Finding an address wherever it stands in a store's tables, and taking it out.

Told by the tables themselves, so that a new one is swept from the day it is made: every column with
words in it. A newcomer's mistake: looking for `ann@shop.example` and hurting `joann@shop.example`.
"""

import re
import uuid
import zlib
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection as database
from django.db import models
from django.db.models import QuerySet

from shopbell.accounts.models import Store
from shopbell.connections.models import Intake, IntakeState
from shopbell.conversations.models import Entry
from shopbell.kit.db.tenant import tenant_models
from shopbell.kit.ids import keyed
from shopbell.orders.models import ImportRun

SHORTEST = 6  # characters; what is shorter is no address, and stands in too many words
# The store's own addresses and texts; imports have a way of their own.
_OTHERS = frozenset(
    {
        "accounts_apikey", "connections_connection", "messaging_template",
        "messaging_templateversion", "messaging_approvedtemplate", "messaging_approvedtext",
        "orders_product", "orders_importrun",
    }
)  # fmt: skip

_TALK_OF = {"conversations_entry": "conversation_id", "conversations_conversation": "id"}


def sweep_traces(*, store: Store, addresses: Collection[str]) -> set[uuid.UUID]:
    """Replace addresses in all tables of the store in scope by a mark that tells nothing.

    Returns the conversations in which one stood, for what is kept of their words.
    """
    talks: set[uuid.UUID] = set()
    for address in sorted(addresses, key=len, reverse=True):
        if len(address) < SHORTEST:
            continue
        mark = f"erased-{keyed(store.link_key, 'erased', address.lower(), length=10)}"
        for pattern, part in _patterns(address):
            for table, columns in _tables():
                talk = _TALK_OF.get(table, "")
                found = _replace(
                    store.pk, table, columns, talk, part=part, pattern=pattern, mark=mark
                )
                talks |= found
            _blank_bodies(store.pk, part, pattern)
        _drop_jobs(store.pk, address)
        _drop_refused(address)
    return talks


def _patterns(address: str) -> Iterator[tuple[str, str]]:
    """Yield how an address may stand in words: pattern, and a part that has to be there."""
    if "@" in address:
        for form in (address, quote(address, safe="")):
            yield rf"(?<![\w.+-]){re.escape(form)}(?![\w-]|\.\w)", form
    else:
        digits = address.lstrip("+")
        yield rf"(?:\+|%2B)?(?<!\d){digits}(?!\d)", digits


def _tables() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each table with its columns that can hold words, and the kind of each."""
    for model in tenant_models():
        table = model._meta.db_table
        kinds = (
            {} if table in _OTHERS else {f.column: _kind(f) for f in model._meta.concrete_fields}
        )
        if found := {column: kind for column, kind in kinds.items() if column and kind}:
            yield table, found


def _kind(field: "models.Field[Any, Any]") -> str:
    """Return the type a column's words are cast to, "" where it can hold none."""
    if field.choices or field.is_relation:
        return ""
    if isinstance(field, models.JSONField):
        return "jsonb"
    if isinstance(field, ArrayField):
        return "text[]" if isinstance(field.base_field, models.CharField) else ""
    if isinstance(field, models.CharField | models.TextField):
        return f"varchar({field.max_length})" if field.max_length else "text"
    return ""


def _replace(
    store: int,
    table: str,
    columns: dict[str, str],
    talk: str,
    *,
    part: str,
    pattern: str,
    mark: str,
) -> set[uuid.UUID]:
    """Replace what matches in a table; returns the conversations (by column `talk`) of the rows."""
    # A cast to varchar(n) cuts what is too long.
    fresh = ", ".join(
        f'"{name}" = regexp_replace("{name}"::text, %(pattern)s, %(mark)s, \'gi\')::{kind}'
        for name, kind in columns.items()
    )
    hit = " OR ".join(f'strpos(lower("{name}"::text), %(part)s) > 0' for name in columns)
    with database.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" SET {fresh} WHERE store_id = %(store)s AND ({hit})'
            + (f" RETURNING {talk}" if talk else ""),
            {"pattern": pattern, "mark": mark, "store": store, "part": part.lower()},
        )
        return {row[0] for row in cursor.fetchall()} if talk else set()


def blank_intake(entries: QuerySet[Entry]) -> None:
    """Empty the stored originals of messages; that they came is kept, so none comes twice."""
    keys = [key for key in entries.values_list("intake_id", flat=True) if key is not None]
    Intake.objects.filter(pk__in=keys).update(body=b"")


def _blank_bodies(store: int, part: str, pattern: str) -> None:
    """Empty stored requests that name an address. What is not worked on yet is left: it is news."""
    table = Intake._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET body = '' WHERE store_id = %s AND state <> %s"
            " AND strpos(lower(encode(body, 'escape')), %s) > 0"
            " AND encode(body, 'escape') ~* %s",
            [store, IntakeState.PENDING, part.lower(), pattern],
        )


def _drop_jobs(store: int, address: str) -> None:
    if apps.is_installed("procrastinate.contrib.django"):
        with database.cursor() as cursor:
            cursor.execute(
                "DELETE FROM procrastinate_jobs WHERE status NOT IN ('todo', 'doing')"
                " AND args->>'store_id' = %s AND lower(args->>'address') = %s",
                [str(store), address.lower()],
            )


def _drop_refused(address: str) -> None:
    """Drop the refused rows of imports that name an address; they are kept compressed."""
    for run in ImportRun.objects.exclude(refused=b"").only("id", "store", "refused"):
        if address.lower().encode() in zlib.decompress(run.refused).lower():
            run.refused = b""
            run.save(update_fields=["refused"])
    for run in ImportRun.objects.only("id", "store", "mistakes"):
        if address.lower() in str(run.mistakes).lower():
            run.mistakes = []
            run.save(update_fields=["mistakes"])
