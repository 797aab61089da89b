"""Two stores in one database: what keeps them apart, proved for every table that has a store.

The tables are taken from the code and from the database's own catalogue, so a new table is checked
on the day it is made. Rows are filled by type, see `tests/support/rows.py`.
"""

import inspect
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, models, transaction
from django.db.utils import DatabaseError

from shopbell.accounts.models import Organisation, Store
from shopbell.kit.db.scope import APP_ROLE, OPS_ROLE, store_scope, unscoped
from shopbell.kit.db.tenant import tenant_models
from shopbell.kit.errors import ScopeError
from tests.support.rows import make_row

pytestmark = pytest.mark.django_db
type Model = type[models.Model]


def every_table(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test on each table in turn and take back what it wrote; all that fail are named.

    One test for all tables: a thousand tests of a millisecond would cost ten times as much.
    """
    asked = inspect.signature(test)

    def on_all(**given: Any) -> None:
        faults = []
        for model in tenant_models():
            try:
                with transaction.atomic():
                    test(model=model, **given)
                    transaction.set_rollback(True)
            except (Exception, pytest.fail.Exception):
                faults.append(f"{model._meta.db_table}: {traceback.format_exc()}")
        assert not faults, "\n\n".join(faults)

    others = [each for each in asked.parameters.values() if each.name != "model"]
    on_all.__signature__ = asked.replace(parameters=others)  # type: ignore[attr-defined]
    on_all.__name__, on_all.__doc__ = test.__name__, test.__doc__
    return on_all


UNIQUE_OVER_ALL_STORES = {
    ("accounts_apikey", ("key_hash",)): "a key is looked up before the store is known; the hash of "
    "a random secret tells nobody anything",
}


@pytest.fixture
def two_stores() -> tuple[Store, Store]:
    organisation = Organisation.objects.create(name="Both")
    return (
        Store.objects.create(organisation=organisation, slug="lark", name="Lark"),
        Store.objects.create(organisation=organisation, slug="wren", name="Wren"),
    )


def rows_of(sql: str, *values: Any) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def test_every_table_with_a_store_is_known_to_the_code() -> None:
    found = rows_of(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
        " AND a.attname = 'store_id' AND NOT a.attisdropped"
    )
    assert {str(name) for (name,) in found} == {model._meta.db_table for model in tenant_models()}


@every_table
def test_row_level_security_is_on_and_forced(model: Model) -> None:
    [(enabled, forced)] = rows_of(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
        model._meta.db_table,
    )
    assert enabled
    assert forced


@every_table
def test_the_policies_are_the_expected_ones(model: Model) -> None:
    found = rows_of(
        "SELECT policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies"
        " WHERE schemaname = 'public' AND tablename = %s ORDER BY policyname",
        model._meta.db_table,
    )
    by_name = {str(row[0]): row[1:] for row in found}
    assert set(by_name) == {"ops_sweeps", "owner_migrates", "store_scope"}
    permissive, roles, command, using, check = by_name["store_scope"]
    assert (permissive, roles, command) == ("PERMISSIVE", [APP_ROLE], "ALL")
    for rule in (str(using), str(check)):
        assert "store_id = ANY" in rule
        assert "current_setting('app.stores'::text)" in rule  # without missing_ok
    assert by_name["ops_sweeps"][1] == [OPS_ROLE]
    assert by_name["owner_migrates"][1] not in ([APP_ROLE], ["public"])


@every_table
def test_the_store_is_required(model: Model) -> None:
    [(required,)] = rows_of(
        "SELECT attnotnull FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attname = 'store_id'",
        model._meta.db_table,
    )
    assert required


@every_table
def test_foreign_keys_to_tables_of_stores_carry_the_store(model: Model) -> None:
    tenants = {each._meta.db_table for each in tenant_models()}
    found = rows_of(
        "SELECT conname, confrelid::regclass::text,"
        " ARRAY(SELECT attname::text FROM unnest(conkey) k"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = k) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = %s::regclass",
        model._meta.db_table,
    )
    covered = set()
    for name, target, columns in found:
        if str(target).strip('"') in tenants:
            assert isinstance(columns, list)
            assert "store_id" in columns, name
            covered |= set(columns) - {"store_id"}
    assert covered == {field.column for field in tenant_references(model)}


@every_table
def test_unique_keys_start_with_the_store(model: Model) -> None:
    found = rows_of(
        "SELECT i.indisprimary, ARRAY(SELECT attname::text FROM unnest(i.indkey)"
        " WITH ORDINALITY AS k(number, place)"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number"
        " ORDER BY place) FROM pg_index i WHERE i.indisunique AND i.indrelid = %s::regclass",
        model._meta.db_table,
    )
    for primary, columns in found:
        assert isinstance(columns, list)
        if primary and columns == ["id"]:
            continue
        if (model._meta.db_table, tuple(columns)) in UNIQUE_OVER_ALL_STORES:
            continue
        assert columns[:1] == ["store_id"], columns


def test_every_exception_to_unique_keys_still_exists() -> None:
    for table, columns in UNIQUE_OVER_ALL_STORES:
        [(count,)] = rows_of(
            "SELECT count(*) FROM pg_indexes WHERE tablename = %s AND indexdef LIKE %s",
            table,
            f"%UNIQUE%({', '.join(columns)})",
        )
        assert count


@every_table
def test_a_query_outside_a_scope_is_refused(model: Model) -> None:
    manager = model._default_manager
    attempts: list[Callable[[], object]] = [
        lambda: list(manager.all()),
        lambda: manager.count(),
        lambda: manager.filter(pk__isnull=False).update(store_id=1),
        lambda: manager.all().delete(),
        lambda: manager.bulk_create([]),
        lambda: manager.create(),
    ]
    for attempt in attempts:
        with pytest.raises(ScopeError):
            attempt()


@pytest.mark.parametrize("before", [False, True], ids=["fresh", "after_a_scope"])
@every_table
def test_raw_sql_outside_a_scope_is_refused_by_the_database(model: Model, before: bool) -> None:
    """PostgreSQL leaves a setting empty after the first transaction that had it."""
    if before:
        rows_of("SELECT set_config('app.stores', '', true)")
    with pytest.raises(DatabaseError, match=r"app\.stores|no store in scope"), transaction.atomic():
        read_by_hand(model)


@every_table
def test_a_row_of_another_store_is_not_there(model: Model, two_stores: tuple[Store, Store]) -> None:
    # given
    lark, wren = two_stores
    with store_scope(lark.pk):
        row = make_row(model)
    table = model._meta.db_table

    # when, then
    with store_scope(wren.pk):
        assert not model._default_manager.filter(pk=row.pk).exists()
        assert rows_of(f'SELECT count(*) FROM "{table}" WHERE id = %s', row.pk) == [(0,)]
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{table}" WHERE id = %s', [row.pk])
            assert cursor.rowcount == 0
    with store_scope(lark.pk):
        assert model._default_manager.filter(pk=row.pk).exists()


@every_table
def test_a_row_cannot_be_written_for_another_store(
    model: Model, two_stores: tuple[Store, Store]
) -> None:
    lark, wren = two_stores
    with store_scope(lark.pk):
        row = make_row(model)
        if model._meta.db_table in append_only_tables():
            return
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows_of(
                f'UPDATE "{model._meta.db_table}" SET store_id = %s WHERE id = %s RETURNING id',
                wren.pk,
                row.pk,
            )
    with store_scope(wren.pk):
        row._state.adding = True
        with pytest.raises((ProgrammingError, IntegrityError)), transaction.atomic():
            row.save(force_insert=True)


@every_table
def test_a_row_of_another_store_cannot_be_referenced(
    model: Model, two_stores: tuple[Store, Store]
) -> None:
    lark, wren = two_stores
    made: dict[object, models.Model] = {}
    for field in tenant_references(model):
        with store_scope(lark.pk):
            theirs = made.get(field.related_model) or make_row(field.related_model)
            made[field.related_model] = theirs
            check_references()
        with store_scope(wren.pk), pytest.raises(IntegrityError, match="foreign key"):
            make_row_and_check(model, **{field.attname: theirs.pk})


def read_by_hand(model: Model) -> None:
    rows_of(f'SELECT 1 FROM "{model._meta.db_table}"')


def make_row_and_check(model: Model, **given: object) -> None:
    with transaction.atomic():
        make_row(model, **given)
        check_references()


def check_references() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def tenant_references(model: Model) -> list[models.ForeignKey[models.Model, models.Model]]:
    tenants = set(tenant_models())
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model in tenants
    ]


def append_only_tables() -> set[str]:
    """Return the tables whose own triggers refuse every UPDATE, whoever asks."""
    return {
        str(name)
        for (name,) in rows_of(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgtype & 16 = 16 AND tgtype & 2 = 2"
        )
    }


@every_table
def test_two_stores_may_use_the_same_natural_keys(
    model: Model, two_stores: tuple[Store, Store]
) -> None:
    """What is unique within a store tells nothing about another store."""
    for store in two_stores:
        with store_scope(store.pk):
            make_row_and_check(model)
    with unscoped("test: both stores at once"):
        stores = model._default_manager.values_list("store_id", flat=True)
        assert set(stores) == {store.pk for store in two_stores}


def test_a_scope_cannot_be_widened_from_inside(two_stores: tuple[Store, Store]) -> None:
    lark, wren = two_stores
    with store_scope(lark.pk):
        with pytest.raises(ScopeError), store_scope(wren.pk):
            pass
        with pytest.raises(ScopeError), unscoped("no"):
            pass


def test_the_scope_ends_with_its_transaction(two_stores: tuple[Store, Store]) -> None:
    with store_scope(two_stores[0].pk):
        pass
    with pytest.raises(ScopeError):
        tenant_models()[0]._default_manager.count()


def test_the_run_time_role_owns_nothing_and_bypasses_nothing() -> None:
    assert rows_of("SELECT current_user") == [(APP_ROLE,)]
    roles = rows_of(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin"
        " FROM pg_roles WHERE rolname IN (%s, %s)",
        APP_ROLE,
        OPS_ROLE,
    )
    assert sorted(roles) == [(role, *[False] * 5) for role in sorted((APP_ROLE, OPS_ROLE))]
    owned = rows_of(
        "SELECT relname FROM pg_class JOIN pg_roles r ON r.oid = relowner"
        " WHERE r.rolname IN (%s, %s)",
        APP_ROLE,
        OPS_ROLE,
    )
    assert owned == []
    for verb in (
        "CREATE TABLE made_here (id int)",
        "TRUNCATE accounts_staff",
        "DROP TABLE accounts_staff",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(verb)


def test_the_run_time_role_is_member_of_no_stronger_one() -> None:
    found = rows_of(
        "SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid"
        " JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = %s",
        APP_ROLE,
    )
    assert found == []


def test_functions_of_ours_run_with_the_rights_of_the_caller() -> None:
    """The two that search look with the owner's eyes; the next test shows what they see."""
    found = rows_of(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert sorted(found) == [("conversations_saying",), ("conversations_tagged",)]


def test_search_finds_nothing_of_another_store(two_stores: tuple[Store, Store]) -> None:
    lark, wren = two_stores
    asked = "SELECT conversations_saying('x'::tsquery, 10)", "SELECT conversations_tagged('t', 10)"
    with store_scope(wren.pk):
        row = make_row(apps.get_model("conversations.Conversation"), tags=["t"])
        make_row(apps.get_model("conversations.Searchable"), conversation_id=row.pk)
        assert [rows_of(query) for query in asked] == [[(row.pk,)], [(row.pk,)]]
    with store_scope(lark.pk):
        assert [rows_of(query) for query in asked] == [[], []]
    assert [rows_of(query) for query in asked] == [[], []]  # nor without a store in scope
