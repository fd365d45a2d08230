from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.checkpoints import S3Checkpoints
from stores.postgres.audit.verification import Chain, Checkpoint, checkpoint
from stores.postgres.database import Database
from stores.postgres.organizations.organizations import OrganizationStore

PERIOD_S = 300.0


class Checkpointing:
    """Stores the head of each audit chain outside the database, so that a rewritten chain is noticed."""

    def __init__(self, database: Database, checkpoints: S3Checkpoints) -> None:
        self._database = database
        self._organizations = OrganizationStore(database)
        self._checkpoints = checkpoints
        self._stored: dict[Chain, Checkpoint] = {}

    def add_to(self, loops: BackgroundLoops) -> None:
        """Stores checkpoints every five minutes."""
        loops.every(PERIOD_S, self.store_all, name="audit-checkpoints")

    async def store_all(self, run: JobRun) -> None:
        """One checkpoint of each chain that has grown: the installation's own, and one per organization."""
        with run.turn_of(Chain().name):
            await self.store(Chain())
        await run.for_each(await self._organizations.slugs(), lambda org: self.store(Chain(org)))

    async def store(self, chain: Chain) -> None:
        """Stores the chain's head, unless this process has stored it before. Raises UnavailableError."""
        async with self._database.transaction(chain.org) as session:
            head = await checkpoint(session, chain)
        if head != self._stored.get(chain) and head.seq > 0:
            await self._checkpoints.put(chain, head)
            self._stored[chain] = head
