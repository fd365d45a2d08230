"""Runs one branch: `shared` in the schema shared, or `org` in the schema of one organization.

The caller (stores/postgres/migrating.py) puts the branch, the schema and an open connection into the
configuration; the `alembic` command alone has none of them, and says so. Without a connection the branch
`org` is written as SQL: what makes a new organization.
"""

from alembic import context
from sqlalchemy import Connection, text

import stores.postgres.accounts.tables
import stores.postgres.approvals.tables
import stores.postgres.audit.tables  # noqa: F401  importing declares the tables of these modules
from stores.postgres.tables import Org, Shared


def write() -> None:
    """The statements, for whatever schema comes first in the search path."""
    context.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        target_metadata=Org.metadata,
        transactional_ddl=False,
    )
    context.run_migrations()


def run(connection: Connection, schema: str, *, shared: bool) -> None:
    """The migrations that are missing, in the caller's transaction."""
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    connection.execute(text("SET LOCAL lock_timeout TO '5s'"))
    if not shared:  # an organization's tables name no schema: they are looked up in its own
        # The temporary schema last: functions keep this path, and nothing may hide their tables.
        connection.execute(text(f'SET LOCAL search_path TO "{schema}", pg_temp'))
        connection.dialect.default_schema_name = schema
    context.configure(
        connection=connection,
        target_metadata=Shared.metadata if shared else Org.metadata,
        version_table_schema=schema,
        include_schemas=shared,
        include_name=lambda name, kind, _: (
            {"schema": name == (schema if shared else None)}.get(kind, True)
            and name != "alembic_version"
            and not str(name).startswith("audit_entries_")  # its months
        ),
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


attributes = context.config.attributes
if context.is_offline_mode():
    write()
elif "connection" in attributes:
    run(attributes["connection"], attributes["schema"], shared=attributes["branch"] == "shared")
else:
    raise SystemExit("Run `ops-agent owner migrate`: it knows the database and the organizations.")
