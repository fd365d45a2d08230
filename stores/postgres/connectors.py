from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from missions.connector import Connector
from missions.person import Person
from stores.postgres.audit import audit
from stores.postgres.database import Database
from stores.postgres.tables import ConnectorRow


class PostgresConnectors:
    """The dashboards that administrators registered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, org: str) -> list[Connector]:
        """All of the organization's, by name."""
        async with self._database.transaction(org) as session:
            rows = await session.scalars(select(ConnectorRow).order_by(ConnectorRow.name))
            return [_connector(row) for row in rows]

    async def put(self, person: Person, connector: Connector) -> Connector:
        """Registers a dashboard, or changes the one of that name."""
        values: dict[str, Any] = connector.model_dump(mode="json", exclude={"id"})
        values["config"] = connector.config.model_dump(mode="json", by_alias=True)
        async with self._database.transaction(person.org) as session:
            statement = insert(ConnectorRow).values(**values)
            statement = statement.on_conflict_do_update(index_elements=["name"], set_=values)
            row_id: UUID | None = await session.scalar(statement.returning(ConnectorRow.id))
            row = await session.get_one(ConnectorRow, row_id, populate_existing=True)
            detail = {"baseUrl": connector.base_url, "type": connector.type}
            await audit(session, person.email, "dashboard.written", f"dashboard/{connector.name}", detail)
            return _connector(row)


def _connector(row: ConnectorRow) -> Connector:
    content = {
        "id": row.id,
        "name": row.name,
        "type": row.type,
        "base_url": row.base_url,
        "config": row.config,
    }
    return Connector.model_validate(content)
