"""`id__in=[…]` as one array instead of a thousand values.

Django writes a placeholder for each value, and driver and database read each of them: a batch of a
thousand spends more time there than in its index. Every `in` of a UUID, or of a foreign key to one,
is `= ANY(%s::uuid[])` instead, with the same answers; subqueries, expressions and all other types
stay as they are. A newcomer's mistake: looking for `IN (` in the log of statements.
"""

import uuid
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import ForeignKey, UUIDField
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In

_ARRAY = "%s::uuid[]"


class _AsArray(In):
    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        """Return the placeholder and what it stands for."""
        if not self.rhs_is_direct_value():
            return super().process_rhs(compiler, connection)
        values = [value for value in self.rhs if value is not None]  # nothing is equal to NULL
        if any(type(value) is not uuid.UUID for value in values):
            return super().process_rhs(compiler, connection)
        if not values:
            raise EmptyResultSet
        return _ARRAY, [f"{{{','.join([value.hex for value in values])}}}"]

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        """Return the operator with its right side."""
        return f"= ANY({rhs})" if rhs == _ARRAY else super().get_rhs_op(connection, rhs)


class UuidIn(_AsArray):
    """`in` of a UUID."""


class RelatedUuidIn(_AsArray, RelatedIn):
    """`in` of a foreign key; as an array if what it points to has a UUID."""


def register_lookups() -> None:
    """Make every `in` of a UUID one of these."""
    UUIDField.register_lookup(UuidIn)
    ForeignKey.register_lookup(RelatedUuidIn)
