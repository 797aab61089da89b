"""Counting several things in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Counts:
    """Sets of rows to be counted, written as SQL. Writing it takes longer than counting a few rows.

    A newcomer's mistake: keeping one for long. It belongs to one store, and a time that was now
    when it was written stays what it was.
    """

    names: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    told: tuple[Any, ...] = ()

    @classmethod
    def of(cls, sets: Mapping[str, QuerySet[Any]], *, limit: int) -> "Counts":
        """Write the counts of sets, none further than `limit`.

        A count that ends at its limit costs the same in a shop of any size.
        """
        parts: list[str] = []
        told: list[Any] = []
        for rows in sets.values():
            sql, parameters = rows.order_by().values("pk")[:limit].query.sql_with_params()
            parts.append(f"(SELECT count(*) FROM ({sql}) AS first)")
            told += parameters
        return cls(tuple(sets), tuple(parts), tuple(told))

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.names + other.names, self.parts + other.parts, self.told + other.told)

    def read(self) -> dict[str, int]:
        """Count, in one statement."""
        if not self.parts:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(self.parts)}", self.told)
            return dict(zip(self.names, cursor.fetchone(), strict=True))
