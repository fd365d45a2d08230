from sqlalchemy import text

from stores.postgres.audit.verification import Chain
from stores.postgres.database import Database, schema_of

_AS_RETENTION = text("SET LOCAL ROLE ops_retention")


class AuditRetention:
    """Drops old months of an audit trail, with a database role that can do nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def drop(self, chain: Chain, keep_days: int) -> int:
        """Drops whole months and returns their number; each drop is an entry. Refuses fewer than 31 days."""
        schema = "shared" if chain.org is None else schema_of(chain.org)
        statement = text(f'SELECT "{schema}".audit_drop(:days)')
        async with self._database.transaction() as session:
            await session.execute(_AS_RETENTION)
            return int((await session.execute(statement, {"days": keep_days})).scalar_one())
