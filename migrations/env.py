"""Runs one branch: `shared` in the schema shared, or `org` in the schema of one organization.

The caller (stores/postgres/migrating.py) puts the branch, the schema and an open connection into the
configuration; the `alembic` command alone has none of them, and says so.
"""

from alembic import context
from sqlalchemy import Connection, text

from stores.postgres.tables import Org, Shared

attributes = context.config.attributes
if "connection" not in attributes:
    raise SystemExit("Run `ops-agent migrate`: it knows the database and the organizations.")
connection: Connection = attributes["connection"]
schema: str = attributes["schema"]
metadata = Shared.metadata if attributes["branch"] == "shared" else Org.metadata

connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
connection.execute(text(f'SET search_path TO "{schema}"'))
connection.execute(text("SET lock_timeout TO '5s'"))
connection.dialect.default_schema_name = schema
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=schema,
    include_schemas=attributes["branch"] == "shared",
    include_name=lambda name, kind, _: kind != "schema" or name == schema,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
