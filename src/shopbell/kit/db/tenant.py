"""Base of every table that belongs to a store.

Gives: UUIDv7 primary key, `store`, a manager that refuses to run outside a scope and filters by it.
`isolation.py` adds what the ORM cannot say: row-level security and composite foreign keys.
"""

import uuid
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.base import ModelState

from shopbell.kit.db import arrays, scope
from shopbell.kit.db.bulk import NotPlain, insert_objects
from shopbell.kit.ids import uuid7

arrays.register_lookups()


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

    @classmethod
    def from_db(
        cls,
        db: str | None,
        field_names: Collection[str],
        values: Collection[Any],
        *,
        fetch_mode: Any = None,
    ) -> Self:
        """Return an object for a row that was read.

        As Django's own, without the constructor: no signals, several times as fast. Columns that
        were not read are read when asked for, as always.
        """
        item = cls.__new__(cls)
        state = item._state = ModelState()
        state.adding, state.db = False, db
        if fetch_mode is not None:
            state.fetch_mode = fetch_mode
        item.__dict__.update(zip(field_names, values, strict=True))
        return item

    @classmethod
    def fresh(cls, **values: Any) -> Self:
        """Return a new object as the constructor does, several times as fast, for batches.

        Takes the names of columns (`customer_id`, not `customer`), sends no signals. The object has
        the store in scope unless one is given.
        """
        item = cls.__new__(cls)
        item._state = ModelState()
        told = item.__dict__
        for name, default in _defaults(cls):
            told[name] = values[name] if name in values else default()
        if unknown := values.keys() - told.keys():
            raise TypeError(f"{cls.__name__} has no column {', '.join(sorted(unknown))}")
        if told["store_id"] is None:
            told["store_id"] = scope.current_store_id()
        return item


@cache
def _defaults(model: type[models.Model]) -> list[tuple[str, Callable[[], Any]]]:
    return [(field.attname, field.get_default) for field in model._meta.concrete_fields]


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
