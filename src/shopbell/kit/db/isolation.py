"""What keeps stores apart below the code: roles, row-level security, composite foreign keys.

`secure_database()` runs after every migration and is idempotent. For each tenant table it enables
and forces row-level security, and turns each foreign key to a tenant table into a composite one
`(store_id, x_id) -> (store_id, id)`, so that the database itself refuses a reference to another
store's row. A newcomer's mistake: connecting at run time as the owner. The run-time connection
starts as `shopbell_app` (see `config/settings.py`), which owns nothing and bypasses nothing.
"""

from typing import Any

from django.db import connection, models, transaction

from shopbell.kit.db.scope import APP_ROLE, OPS_ROLE
from shopbell.kit.db.tenant import tenant_models

_LOCK = 0x5B0_B311
_BOTH = f"{APP_ROLE}, {OPS_ROLE}"


def secure_database() -> None:
    """Create the roles, grants, policies and composite keys that are missing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _roles(cursor)
        for model in tenant_models():
            _row_level_security(cursor, model._meta.db_table)
        for model in tenant_models():
            for field in _tenant_references(model):
                _composite_key(cursor, model, field)
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {_BOTH};"
            f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {_BOTH};"
            f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {_BOTH};"
        )


def _roles(cursor: Any) -> None:
    for role in (APP_ROLE, OPS_ROLE):
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {role} NOLOGIN NOBYPASSRLS")
        cursor.execute("SELECT pg_has_role(current_user, %s, 'SET'), current_user", [role])
        may_set, _user = cursor.fetchone()
        if not may_set:
            cursor.execute(f"GRANT {role} TO CURRENT_USER")
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}, {OPS_ROLE}")
    cursor.execute("SELECT pg_has_role(%s, %s, 'SET')", [APP_ROLE, OPS_ROLE])
    # SET ROLE looks at the session user, not at the current role, so no grant between the two.
    cursor.fetchone()


def _row_level_security(cursor: Any, table: str) -> None:
    cursor.execute(
        "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
        [f'"{table}"'],
    )
    if not cursor.fetchone()[0]:
        cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        cursor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    cursor.execute("SELECT polname FROM pg_policy WHERE polrelid = %s::regclass", [f'"{table}"'])
    present = {row[0] for row in cursor.fetchall()}
    # A forgotten scope is an error, not an empty page; a wrong one is empty. Hence no missing_ok,
    # and a word that is no number where an earlier transaction has left the setting empty.
    stores = "coalesce(nullif(current_setting('app.stores'), ''), 'no store in scope')"
    own = f"store_id = ANY (string_to_array({stores}, ',')::bigint[])"
    wanted = {
        "store_scope": f"TO {APP_ROLE} USING ({own}) WITH CHECK ({own})",
        "ops_sweeps": f"TO {OPS_ROLE} USING (true) WITH CHECK (true)",
        "owner_migrates": "TO CURRENT_USER USING (true) WITH CHECK (true)",
    }
    for name, rule in wanted.items():
        if name not in present:
            cursor.execute(f'CREATE POLICY {name} ON "{table}" {rule}')


def _tenant_references(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and any(f.attname == "store_id" for f in field.related_model._meta.concrete_fields)
    ]


def _composite_key(
    cursor: Any, model: type[models.Model], field: models.ForeignKey[Any, Any]
) -> None:
    table, target = model._meta.db_table, field.related_model._meta.db_table
    column = field.column
    name = f"{table}_{column}_store"[:55] + "_fk"
    cursor.execute(
        "SELECT 1 FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s",
        [f'"{table}"', name],
    )
    if cursor.fetchone():
        return
    _unique_pair(cursor, target)
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"
        " AND conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attname = %s)]::int2[]",
        [f'"{table}"', f'"{table}"', column],
    )
    plain = [row[0] for row in cursor.fetchall()]
    cursor.execute(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (store_id, "{column}")'
        f' REFERENCES "{target}" (store_id, id) DEFERRABLE INITIALLY DEFERRED'
    )
    for old in plain:
        cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{old}"')


def _unique_pair(cursor: Any, table: str) -> None:
    name = f"{table}_store_id_key"[:60]
    cursor.execute(
        "SELECT 1 FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s",
        [f'"{table}"', name],
    )
    if cursor.fetchone() is None:
        cursor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" UNIQUE (store_id, id)')
