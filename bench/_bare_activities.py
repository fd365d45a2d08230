import time
from pathlib import Path

from sqlalchemy import text
from temporalio import activity

from bench._bare_workflow import ACT, LOOK
from runtime.topology import ORG
from stores.postgres.database import Database


async def commit(database: Database, *, write: bool) -> None:
    """A transaction that reads a row, or also locks one."""
    async with database.transaction(ORG) as session:
        if write:
            # A row lock is a write for PostgreSQL.
            await session.execute(text("SELECT id FROM approvals ORDER BY id LIMIT 1 FOR UPDATE"))
        await session.execute(text("SELECT count(*) FROM votes WHERE false"))


class BareActivities:
    """Two activities with only the transactions of the product's resolve and execute."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._asked = folder / "bare"

    @activity.defn(name=LOOK)
    async def look(self, key: str) -> None:  # noqa: ARG002  the workflow passes it to both
        """Reads a row, as resolve does. The product runs that as a local activity."""
        await commit(self._database, write=False)

    @activity.defn(name=ACT)
    async def act(self, key: str) -> None:
        """Reads a row and then locks one, as execute does."""
        await commit(self._database, write=False)
        await commit(self._database, write=True)
        with self._asked.open("a") as file:
            file.write(f"{key} {time.time():.6f}\n")
