"""Base of every table that belongs to a store.

Gives: UUIDv7 primary key, `store`, a manager that refuses to run outside a scope and filters by it.
`isolation.py` adds what the ORM cannot say: row-level security and composite foreign keys.
"""

import uuid
from typing import Any, ClassVar, Self

from django.db import models

from shopbell.kit.db import scope
from shopbell.kit.db.bulk import NotPlain, insert_objects
from shopbell.kit.ids import uuid7


class TenantQuerySet[M: models.Model](models.QuerySet[M]):
    """A queryset of one store's rows."""

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[M]:
        """Insert rows of the store in scope; refuses outside a scope."""
        scope.current()
        rows: list[M] = list(objs)
        if rows and not args and not kwargs.keys() - {"ignore_conflicts"}:
            try:
                insert_objects(rows, ignore_conflicts=kwargs.get("ignore_conflicts", False))
            except NotPlain:
                pass
            else:
                return rows
        return super().bulk_create(rows, *args, **kwargs)


class TenantManager[M: models.Model](models.Manager[M]):
    """Refuses outside a scope, filters by store inside one."""

    def get_queryset(self) -> TenantQuerySet[M]:
        """Return the rows of the store in scope (all rows when unscoped)."""
        active = scope.current()
        rows: TenantQuerySet[M] = TenantQuerySet(self.model, using=self._db)
        return rows if active.store_id is None else rows.filter(store_id=active.store_id)


class TenantModel(models.Model):
    """A row of a store. `store_id` is filled from the scope when it is not given."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(
        "accounts.Store", on_delete=models.CASCADE, related_name="+", db_index=False
    )

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not args and "store" not in kwargs and "store_id" not in kwargs:
            active = scope._current.get()
            if active is not None and active.store_id is not None:
                kwargs["store_id"] = active.store_id
        super().__init__(*args, **kwargs)


def tenant_models() -> list[type[models.Model]]:
    """Return every concrete model with a `store` column, in a stable order."""
    from django.apps import apps

    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if any(field.attname == "store_id" for field in model._meta.concrete_fields)
    ]
    return sorted(found, key=lambda model: model._meta.db_table)


def new_id() -> uuid.UUID:
    """Return a row id (kept as a function so that migrations can name it)."""
    return uuid7()
