import asyncio

import structlog

from missions.errors import UnavailableError
from stores.checkpoints import S3Checkpoints
from stores.postgres.audit.verification import Chain, Checkpoint, checkpoint
from stores.postgres.database import Database
from stores.postgres.organizations.organizations import OrganizationStore

log = structlog.get_logger(__name__)
PERIOD_S = 300.0


class Checkpointing:
    """Keeps outside the database what each audit chain is, so that a chain written anew is noticed."""

    def __init__(self, database: Database, checkpoints: S3Checkpoints) -> None:
        self._database = database
        self._orgs = OrganizationStore(database)
        self._checkpoints = checkpoints
        self._kept: dict[Chain, Checkpoint] = {}

    async def run(self) -> None:
        """Every five minutes, for ever."""
        while True:
            try:
                await self.keep()
            except UnavailableError as error:
                log.warning("no audit checkpoint", reason=str(error))
            except Exception:  # whatever it is: the next one may succeed
                log.exception("no audit checkpoint")
            await asyncio.sleep(PERIOD_S)  # a pulse, not a wait for a condition

    async def keep(self) -> None:
        """One checkpoint of each chain that has grown."""
        for chain in (Chain(), *(Chain(org) for org in await self._orgs.slugs())):
            async with self._database.transaction(chain.org) as session:
                now = await checkpoint(session, chain)
            if now != self._kept.get(chain) and now.seq > 0:
                await self._checkpoints.put(chain, now)
                self._kept[chain] = now
