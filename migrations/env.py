"""Runs one branch: `shared` in the schema shared, or `org` in the schema of one organization.

The caller (stores/postgres/migrating.py) puts the branch, the schema and an open connection into the
configuration; the `alembic` command alone has none of them, and says so.
"""

from alembic import context
from sqlalchemy import Connection, text

from stores.postgres import account_tables  # noqa: F401  its tables belong to `shared`
from stores.postgres.tables import Org, Shared

attributes = context.config.attributes
if "connection" not in attributes:
    raise SystemExit("Run `ops-agent owner migrate`: it knows the database and the organizations.")
connection: Connection = attributes["connection"]
schema: str = attributes["schema"]
shared = attributes["branch"] == "shared"

connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
connection.execute(text("SET LOCAL lock_timeout TO '5s'"))
if not shared:  # an organization's tables name no schema: they are looked up in its own
    connection.execute(text(f'SET LOCAL search_path TO "{schema}"'))
    connection.dialect.default_schema_name = schema
context.configure(
    connection=connection,
    target_metadata=Shared.metadata if shared else Org.metadata,
    version_table_schema=schema,
    include_schemas=shared,
    include_name=lambda name, kind, _: (
        {"schema": name == (schema if shared else None)}.get(kind, True) and name != "alembic_version"
    ),
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
