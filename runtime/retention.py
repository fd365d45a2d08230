import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from missions.errors import UnavailableError
from missions.organization import OrgStatus
from stores.expiry import S3Expiry
from stores.postgres.audit.retention import AuditRetention
from stores.postgres.audit.verification import Chain
from stores.postgres.organizations.organizations import OrganizationStore

log = structlog.get_logger(__name__)
PERIOD_S = 3600.0
VIDEO_DAYS = 30
"""How many days videos are kept: pictures and numbers are the evidence, and are kept longer."""

PRINT_DAYS = 1
"""How many days a printed report is kept: it is printed anew for who asks."""


class Retention:
    """Forgets what is too old (audit months, pictures, videos) and what deleted organizations had stored."""

    def __init__(
        self,
        trails: AuditRetention,
        orgs: OrganizationStore,
        expiry: S3Expiry,
        *,
        audit_days: int,
        picture_days: int,
    ) -> None:
        self._trails = trails
        self._orgs = orgs
        self._expiry = expiry
        self._audit_days = audit_days
        self._picture_days = picture_days

    async def run(self) -> None:
        """Every hour, for ever. Two processes that do it at once disturb each other as little as one."""
        while True:
            await self.forget()
            await asyncio.sleep(PERIOD_S)  # a pulse, not a wait for a condition

    async def forget(self) -> None:
        """Once. What fails is logged, and hinders nothing else: the next hour tries again."""
        try:
            chains = [Chain(), *(Chain(org) for org in await self._orgs.slugs())]
        except UnavailableError as error:
            log.warning("nothing of the audit is forgotten", reason=str(error))
            chains = []
        for chain in chains:
            await self._drop(chain)
        await self._delete_orphans()
        now = datetime.now(UTC)
        try:
            pictures = await self._expiry.delete_pictures(now - timedelta(days=self._picture_days))
            videos = await self._expiry.delete_videos(
                now - timedelta(days=min(VIDEO_DAYS, self._picture_days))
            )
            prints = await self._expiry.delete_prints(now - timedelta(days=PRINT_DAYS))
            if pictures or videos or prints:
                log.info("old pictures are deleted", pictures=pictures, videos=videos, prints=prints)
        except Exception:  # whatever it is: the next hour may succeed
            log.exception("pictures are not deleted")

    async def _delete_orphans(self) -> None:
        """What organizations that were deleted left in the storage; their names are never given again."""
        try:
            for org in await self._orgs.slugs(OrgStatus.DELETED):
                if deleted := await self._expiry.delete_org(org):
                    log.info("a deleted organization's objects are gone", org=org, objects=deleted)
        except Exception:  # whatever it is: the next hour may succeed
            log.exception("a deleted organization's objects are still there")

    async def _drop(self, chain: Chain) -> None:
        try:
            if dropped := await self._trails.drop(chain, self._audit_days):
                log.info("old audit entries are dropped", chain=chain.name, months=dropped)
        except Exception:  # one chain must not keep the others
            log.exception("an audit trail is not shortened", chain=chain.name)
