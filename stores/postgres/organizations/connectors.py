from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from missions.connector import MAX_MAPPINGS, Connector, ConnectorConfig, PageConfig
from missions.connector_pages import with_page
from missions.credentials import Sealed
from missions.errors import ChangedError, ConflictError, InvalidError, NotFoundError
from missions.health import DashboardHealth
from missions.panel_mapping import PanelMapping, with_mapping
from missions.person import Person
from stores.postgres.audit.entries import audit
from stores.postgres.database import Database
from stores.postgres.tables import ConnectorRow


class PostgresConnectors:
    """The dashboards that administrators registered. Credentials are stored sealed and never opened here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, org: str) -> list[Connector]:
        """All of the organization's, by name."""
        async with self._database.transaction(org) as session:
            rows = await session.scalars(select(ConnectorRow).order_by(ConnectorRow.name))
            return [_connector(row) for row in rows]

    async def one(self, org: str, connector_id: UUID) -> Connector:
        """The dashboard. Raises NotFoundError."""
        async with self._database.transaction(org) as session:
            return _connector(await _row(session, connector_id))

    async def put(
        self,
        person: Person,
        connector: Connector,
        sealed: Sealed | None = None,
        *,
        keep_mappings: bool = False,
        replace: bool = True,
    ) -> Connector:
        """Registers a dashboard or changes the one of that name; `sealed` None keeps its credentials.

        Raises ConflictError where there is one and `replace` is false.
        """
        async with self._database.transaction(person.org) as session:
            query = select(ConnectorRow).where(ConnectorRow.name == connector.name).with_for_update()
            row = await session.scalar(query)
            if row is None:
                row = ConnectorRow(version=0)
                session.add(row)
            elif not replace:
                raise ConflictError(f"Another dashboard has the name {connector.name}.")
            elif keep_mappings:
                connector = _with_mappings_of(connector, row)
            return await _write(session, person, row, connector, sealed)

    async def change(
        self,
        person: Person,
        connector: Connector,
        sealed: Sealed | None,
        *,
        expected_version: int | None,
        remove_credentials: bool,
        keep_mappings: bool = False,
    ) -> Connector:
        """Changes a dashboard if its version is `expected_version` (None: any version).

        Raises NotFoundError, ChangedError, and ConflictError if another dashboard has the name.
        """
        if connector.id is None:
            raise NotFoundError
        async with self._database.transaction(person.org) as session:
            row = await _row(session, connector.id, locked=True)
            if expected_version is not None and row.version != expected_version:
                raise ChangedError(f"The dashboard is at version {row.version}.")
            same_name = select(ConnectorRow.id).where(
                ConnectorRow.name == connector.name, ConnectorRow.id != row.id
            )
            if await session.scalar(same_name) is not None:
                raise ConflictError(f"Another dashboard has the name {connector.name}.")
            if remove_credentials:
                row.sealed = null()
                await session.flush()  # from here on the row has none
                await session.refresh(row)
            if keep_mappings:
                connector = _with_mappings_of(connector, row)
            return await _write(session, person, row, connector, sealed)

    async def add_mapping(self, person: Person, connector_id: UUID, mapping: PanelMapping) -> Connector:
        """States what series measure; replaces what was stated about the same series.

        Raises NotFoundError, and InvalidError where the dashboard has as many mappings as it may have.
        """
        async with self._database.transaction(person.org) as session:
            row = await _row(session, connector_id, locked=True)
            mappings = with_mapping(_connector(row).config.mappings, mapping)
            if len(mappings) > MAX_MAPPINGS:
                raise InvalidError(f"A dashboard has at most {MAX_MAPPINGS} mappings.")
            detail = mapping.model_dump(mode="json", by_alias=True, exclude_none=True)
            return await _configure(session, person, row, {"mappings": mappings}, "dashboard.mapped", detail)

    async def remove_mapping(
        self, person: Person, connector_id: UUID, key: tuple[str, str, str]
    ) -> Connector:
        """Removes what was stated about these series, if anything was. Raises NotFoundError."""
        async with self._database.transaction(person.org) as session:
            row = await _row(session, connector_id, locked=True)
            before = _connector(row).config.mappings
            mappings = tuple(mapping for mapping in before if mapping.key != key)
            detail = dict(zip(("page", "panel", "series"), key, strict=True))
            changed = {"mappings": mappings}
            return await _configure(session, person, row, changed, "dashboard.unmapped", detail)

    async def add_page(self, person: Person, connector_id: UUID, page: PageConfig) -> Connector:
        """Adds a page, under an id of its own, unless one shows the same.

        Raises NotFoundError, and InvalidError where the dashboard has as many pages as it may have.
        """
        async with self._database.transaction(person.org) as session:
            row = await _row(session, connector_id, locked=True)
            pages = with_page(_connector(row).config.pages, page)
            detail = pages[-1].model_dump(mode="json", by_alias=True)
            return await _configure(session, person, row, {"pages": pages}, "dashboard.page-added", detail)

    async def remove_page(self, person: Person, connector_id: UUID, page_id: str) -> Connector:
        """Removes a page, and what was stated about it, if it is there. Raises NotFoundError."""
        async with self._database.transaction(person.org) as session:
            row = await _row(session, connector_id, locked=True)
            config = _connector(row).config
            changed = {
                "pages": tuple(page for page in config.pages if page.id != page_id),
                "mappings": tuple(mapping for mapping in config.mappings if mapping.page != page_id),
            }
            detail = {"page": page_id}
            return await _configure(session, person, row, changed, "dashboard.page-removed", detail)

    async def delete(self, person: Person, connector_id: UUID) -> None:
        """Deletes a dashboard with its credentials; its evidence stays. Raises NotFoundError."""
        async with self._database.transaction(person.org) as session:
            row = await _row(session, connector_id, locked=True)
            await session.delete(row)
            await audit(session, person.email, "dashboard.deleted", f"dashboard/{row.name}", {})

    async def note(self, org: str, name: str, health: DashboardHealth) -> None:
        """Stores the health; does nothing if the dashboard was deleted."""
        values = health.model_dump(mode="json", by_alias=True)
        async with self._database.transaction(org) as session:
            await session.execute(update(ConnectorRow).where(ConnectorRow.name == name).values(health=values))

    async def reseal(self, org: str, name: str, before: Sealed, after: Sealed) -> bool:
        """Replaces exactly these sealed credentials; False if they were replaced in the meantime."""
        async with self._database.transaction(org) as session:
            result = await session.execute(
                update(ConnectorRow)
                .where(ConnectorRow.name == name, ConnectorRow.sealed == before.model_dump(mode="json"))
                .values(sealed=after.model_dump(mode="json"))
                .returning(ConnectorRow.id)
            )
            return result.first() is not None


async def _row(session: AsyncSession, connector_id: UUID, *, locked: bool = False) -> ConnectorRow:
    query = select(ConnectorRow).where(ConnectorRow.id == connector_id)
    row = await session.scalar(query.with_for_update() if locked else query)
    if row is None:
        raise NotFoundError
    return row


async def _write(
    session: AsyncSession, person: Person, row: ConnectorRow, connector: Connector, sealed: Sealed | None
) -> Connector:
    """Fills the row and audits it. Credentials that were sealed for another origin are refused."""
    if sealed is not None:
        row.sealed = sealed.model_dump(mode="json")
    elif row.sealed is not None and row.base_url != connector.base_url:
        raise InvalidError("The address changed: send the credentials again, or remove them with null.")
    row.name, row.type, row.base_url = connector.name, connector.type, connector.base_url
    row.config = connector.config.model_dump(mode="json", by_alias=True)
    row.version += 1
    await session.flush()
    await session.refresh(row)
    detail: dict[str, Any] = {
        "baseUrl": row.base_url,
        "type": row.type,
        "version": row.version,
        "credentials": "written" if sealed is not None else "kept" if row.sealed else "none",
    }
    await audit(session, person.email, "dashboard.written", f"dashboard/{row.name}", detail)
    return _connector(row)


async def _configure(
    session: AsyncSession,
    person: Person,
    row: ConnectorRow,
    changed: Mapping[str, object],
    action: str,
    detail: dict[str, Any],
) -> Connector:
    """Writes the changed fields of the configuration and audits it; where they are so already, nothing."""
    connector = _connector(row)
    config = connector.config.model_copy(update=dict(changed))
    if config == connector.config:
        return connector
    row.config = config.model_dump(mode="json", by_alias=True)
    row.version += 1
    await session.flush()
    await session.refresh(row)
    await audit(session, person.email, action, f"dashboard/{row.name}", detail | {"version": row.version})
    return _connector(row)


def _with_mappings_of(connector: Connector, row: ConnectorRow) -> Connector:
    mappings = ConnectorConfig.model_validate(row.config).mappings
    return connector.model_copy(update={"config": connector.config.model_copy(update={"mappings": mappings})})


def _connector(row: ConnectorRow) -> Connector:
    health = DashboardHealth.model_validate(row.health or {})
    content = {
        "id": row.id,
        "name": row.name,
        "type": row.type,
        "base_url": row.base_url,
        "config": row.config,
        "version": row.version,
        "health": health,
        "health_status": health.status,
        "sealed": row.sealed,
        "signed": row.sealed is not None,
    }
    return Connector.model_validate(content)
