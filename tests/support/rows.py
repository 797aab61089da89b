"""A row of any table, filled by the types of its columns, for tests that walk over all tables.

A newcomer's mistake: using these rows in tests of behaviour. They are valid for the database and
mean nothing.
"""

from __future__ import annotations

import datetime
import decimal
import itertools
import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import NOT_PROVIDED

from shopbell.accounts.models import User
from shopbell.kit.db.tenant import tenant_models
from shopbell.kit.ids import digest

_MOMENT = datetime.datetime(2026, 3, 4, 12, 0, tzinfo=datetime.UTC)
_NUMBERS = itertools.count(1)
_BY_TYPE: list[tuple[type[models.Field[Any, Any]], Any]] = [
    (models.BooleanField, False),
    (models.DateTimeField, _MOMENT),
    (models.DateField, _MOMENT.date()),
    (models.DecimalField, decimal.Decimal(1)),
    (models.DurationField, datetime.timedelta(0)),
    (models.FloatField, 1.0),
    (models.IntegerField, 1),
    (models.BinaryField, b"x"),
    (models.JSONField, {}),
    (models.UUIDField, uuid.UUID(int=7)),
    (models.EmailField, "ann@example.org"),
    (SearchVectorField, "x"),
    (models.CharField, "x"),
    (models.TextField, "x"),
]


# Of these columns exactly one is filled.
_ONE_OF = {"assignments_routing": ("team_id", "inbox_id")}


def make_row(model: type[models.Model], **given: Any) -> models.Model:
    """Save and return a row of the store in scope; what it must refer to is made first."""
    values = dict(given)
    for field in model._meta.concrete_fields:
        if field.attname in values or field.name == "store" or field.primary_key:
            continue
        if isinstance(field, models.ForeignKey):
            if not field.null:
                values[field.attname] = _related(field.related_model).pk
        elif isinstance(field, models.CharField) and _is_unique(model, field):
            values[field.attname] = digest(str(uuid.uuid4()))[: field.max_length]
        elif _must_be_given(field):
            values[field.attname] = _value(field)
    either = _ONE_OF.get(model._meta.db_table, ())
    if either and not any(name in values for name in either):
        chosen: Any = model._meta.get_field(either[0].removesuffix("_id"))
        values[either[0]] = _related(chosen.related_model).pk
    return model._default_manager.create(**values)


def _is_unique(model: type[models.Model], field: models.Field[Any, Any]) -> bool:
    alone = ("store", field.name)
    return field.unique or any(
        isinstance(rule, models.UniqueConstraint) and rule.fields == alone
        for rule in model._meta.constraints
    )


def _must_be_given(field: models.Field[Any, Any]) -> bool:
    defaulted = field.default is not NOT_PROVIDED or field.db_default is not NOT_PROVIDED
    automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return not (field.null or defaulted or automatic)


def _value(field: models.Field[Any, Any]) -> Any:
    if isinstance(field, ArrayField):
        return []
    if isinstance(field, models.PositiveIntegerField):
        return next(_NUMBERS)  # numbers are unique in a store
    if field.choices:
        return field.choices[0][0]
    for kind, value in _BY_TYPE:
        if isinstance(field, kind):
            return value
    raise AssertionError(f"rows.py does not know how to fill {field}")


def _related(model: type[models.Model]) -> models.Model:
    if model is User:
        return User.objects.create_user(email=f"{uuid.uuid4()}@example.org")
    assert model in tenant_models(), f"rows.py does not know how to make a {model.__name__}"
    return make_row(model)
