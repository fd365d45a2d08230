import time
from pathlib import Path

from sqlalchemy import text
from temporalio import activity

from bench._bare_workflow import ACT, LOOK
from runtime.topology import ORG
from stores.postgres.database import Database


async def commit(database: Database, *, write: bool) -> None:
    """One transaction: one row written, or one read."""
    async with database.transaction(ORG) as session:
        if write:
            # A row lock, as the product's own: it is a write for PostgreSQL.
            await session.execute(text("SELECT id FROM approvals ORDER BY id LIMIT 1 FOR UPDATE"))
        await session.execute(text("SELECT count(*) FROM votes WHERE false"))


class BareVerbs:
    """The transactions of the product's own two activities, and nothing else of them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._asked = folder / "bare"

    @activity.defn(name=LOOK)
    async def look(self, key: str) -> None:  # noqa: ARG002  the same arguments
        """As resolve: one row read. The product does it at the worker itself, without this hop."""
        await commit(self._database, write=False)

    @activity.defn(name=ACT)
    async def act(self, key: str) -> None:
        """As execute: the approval is read with its outcome, then one row is locked and written."""
        await commit(self._database, write=False)
        await commit(self._database, write=True)
        with self._asked.open("a") as file:
            file.write(f"{key} {time.time():.6f}\n")
