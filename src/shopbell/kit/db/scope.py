"""The store scope: who may be seen by the current code.

`with store_scope(store_id):` opens a transaction and tells PostgreSQL (row-level security) and the
managers which store is meant. `with unscoped("reason"):` is for cross-store sweeps only: it takes
the `shopbell_ops` role for the length of its transaction, and every use can be found by grep.

A newcomer's mistake: keeping a queryset and evaluating it after the block. It will see nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction

from shopbell.kit.errors import ScopeError

APP_ROLE = "shopbell_app"
OPS_ROLE = "shopbell_ops"


@dataclass(frozen=True, slots=True)
class Scope:
    """The active scope. `store_id` None means unscoped, with `reason`."""

    store_id: int | None
    reason: str = ""


_current: ContextVar[Scope | None] = ContextVar("store_scope", default=None)


def current() -> Scope:
    """Return the active scope or raise `ScopeError`."""
    scope = _current.get()
    if scope is None:
        raise ScopeError(
            "A table of a store was used outside store_scope().",
            remedy="Wrap the code in store_scope(store_id), or unscoped('why') for sweeps.",
        )
    return scope


def current_store_id() -> int:
    """Return the id of the one store in scope or raise `ScopeError`."""
    scope = current()
    if scope.store_id is None:
        raise ScopeError(f"This needs one store, but the scope is open ({scope.reason}).")
    return scope.store_id


def is_in_scope(store_id: int) -> bool:
    """Return whether the scope is this one store."""
    scope = _current.get()
    return scope is not None and scope.store_id == store_id


@contextmanager
def store_scope(store_id: int) -> Iterator[None]:
    """Run the block in one transaction that sees this store only; nesting it is free."""
    outer = _current.get()
    if outer is not None and outer.store_id == store_id:
        with transaction.atomic():
            yield
        return
    if outer is not None and outer.store_id is not None:
        raise ScopeError(f"store_scope({store_id}) inside store_scope({outer.store_id}).")
    token = _current.set(Scope(store_id))
    try:
        with transaction.atomic():
            _tell_database(APP_ROLE, str(int(store_id)))
            try:
                yield
            finally:
                if outer is not None and not connection.needs_rollback:
                    _tell_database(OPS_ROLE, "")
    finally:
        _current.reset(token)


@contextmanager
def read_scope(store_id: int) -> Iterator[None]:
    """Run the block in the store's scope; inside it already, at no cost at all.

    For reads. Unlike `store_scope` it sets no savepoint, so a failed statement in the block spoils
    the transaction around it.
    """
    outer = _current.get()
    if outer is not None and outer.store_id == store_id:
        yield
        return
    with store_scope(store_id):
        yield


@contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """Run the block in one transaction that sees all stores. For sweeps and sign-in only."""
    outer = _current.get()
    if outer is not None and outer.store_id is not None:
        raise ScopeError(f"unscoped({reason!r}) inside store_scope({outer.store_id}).")
    token = _current.set(Scope(None, reason))
    inside_another = connection.in_atomic_block
    try:
        with transaction.atomic():
            _tell_database(OPS_ROLE, "")
            try:
                yield
            finally:
                # An outer plain transaction must not keep the powers of this block.
                if outer is None and inside_another and not connection.needs_rollback:
                    _tell_database(APP_ROLE, "")
    finally:
        _current.reset(token)


def _tell_database(role: str, stores: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('app.stores', %s, true)",
            [role, stores],
        )
