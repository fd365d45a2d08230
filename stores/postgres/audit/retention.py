from sqlalchemy import text

from stores.postgres.audit.verification import Chain
from stores.postgres.database import Database, schema_of

_AS_RETENTION = text("SET LOCAL ROLE ops_retention")
_KEPT = text(
    "SELECT slug FROM shared.orgs WHERE status = 'DELETED'"
    " AND to_regnamespace('org_' || replace(slug, '-', '_')) IS NOT NULL ORDER BY slug"
)
_DROP_TRAIL = text("SELECT shared.drop_trail(:org, :days)")


class AuditRetention:
    """Drops old months of audit trails, and old trails of deleted organizations.

    It uses a database role that can do nothing else.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def drop(self, chain: Chain, keep_days: int) -> int:
        """Drops whole months and returns their number; each drop is an entry. Refuses fewer than 31 days."""
        schema = "shared" if chain.org is None else schema_of(chain.org)
        statement = text(f'SELECT "{schema}".audit_drop(:days)')
        async with self._database.transaction() as session:
            await session.execute(_AS_RETENTION)
            return int((await session.execute(statement, {"days": keep_days})).scalar_one())

    async def kept(self) -> list[str]:
        """The deleted organizations whose trails are still there, by slug."""
        async with self._database.transaction() as session:
            return list((await session.scalars(_KEPT)).all())

    async def drop_trail(self, org: str, keep_days: int) -> bool:
        """Drops a deleted organization's trail that was kept for its time; an entry of its founder.

        False if it is not yet time. Refuses fewer than 31 days.
        """
        async with self._database.transaction() as session:
            await session.execute(_AS_RETENTION)
            dropped = await session.execute(_DROP_TRAIL, {"org": org, "days": keep_days})
            return bool(dropped.scalar_one())
