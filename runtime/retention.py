from datetime import UTC, datetime, timedelta

import structlog

from missions.organization import OrgStatus
from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.expiry import S3Expiry
from stores.postgres.audit.retention import AuditRetention
from stores.postgres.audit.verification import Chain
from stores.postgres.organizations.organizations import OrganizationStore

log = structlog.get_logger(__name__)
PERIOD_S = 3600.0
VIDEO_DAYS = 30
"""How many days videos are kept. Pictures and numbers are the evidence, and may be kept longer."""

PRINT_DAYS = 1
"""How many days a printed report is kept. It can be printed again at any time."""


class Retention:
    """Deletes old audit months, pictures, videos and prints, and the objects of deleted organizations.

    Two processes may run it at the same time.
    """

    def __init__(
        self,
        trails: AuditRetention,
        organizations: OrganizationStore,
        expiry: S3Expiry,
        *,
        audit_days: int,
        picture_days: int,
    ) -> None:
        self._trails = trails
        self._organizations = organizations
        self._expiry = expiry
        self._audit_days = audit_days
        self._picture_days = picture_days

    def add_to(self, loops: BackgroundLoops) -> None:
        """Three jobs, each once an hour."""
        loops.every(PERIOD_S, self.drop_audit_months, name="audit-retention")
        loops.every(PERIOD_S, self.delete_orphans, name="deleted-organizations")
        loops.every(PERIOD_S, self.delete_old_objects, name="object-expiry")

    async def drop_audit_months(self, run: JobRun) -> None:
        """Shortens every audit chain: the installation's own, and one per organization, deleted ones too."""
        with run.turn_of(Chain().name):
            await self._drop(Chain())
        await run.for_each(await self._organizations.slugs(), lambda org: self._drop(Chain(org)))
        await run.for_each(await self._trails.kept(), self._drop_kept)

    async def delete_orphans(self, run: JobRun) -> None:
        """Deletes the objects of deleted organizations. Their slugs are never used again."""
        await run.for_each(await self._organizations.slugs(OrgStatus.DELETED), self._delete_objects)

    async def delete_old_objects(self, _run: JobRun) -> None:
        """Deletes old pictures, videos and prints of all organizations. Raises UnavailableError."""
        now = datetime.now(UTC)
        pictures = await self._expiry.delete_pictures(now - timedelta(days=self._picture_days))
        videos = await self._expiry.delete_videos(now - timedelta(days=min(VIDEO_DAYS, self._picture_days)))
        prints = await self._expiry.delete_prints(now - timedelta(days=PRINT_DAYS))
        if pictures or videos or prints:
            log.info("old objects were deleted", pictures=pictures, videos=videos, prints=prints)

    async def _drop(self, chain: Chain) -> None:
        if dropped := await self._trails.drop(chain, self._audit_days):
            log.info("old audit entries were dropped", chain=chain.name, months=dropped)

    async def _drop_kept(self, org: str) -> None:
        if await self._trails.drop_trail(org, self._audit_days):
            log.info("a deleted organization's audit trail was dropped", organization=org)
        else:
            await self._drop(Chain(org))

    async def _delete_objects(self, org: str) -> None:
        if deleted := await self._expiry.delete_org(org):
            log.info("a deleted organization's objects were deleted", organization=org, objects=deleted)
