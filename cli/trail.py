"""The implementation of `ops-agent audit`, separate because its imports are slow."""

from dataclasses import dataclass

from rich.console import Console

from runtime.owner_settings import AuditSettings
from stores.bucket import Bucket
from stores.checkpoints import S3Checkpoints
from stores.postgres.audit.deletions import RecordedTrail, is_there, recorded_trails, verify_recorded
from stores.postgres.audit.retention import AuditRetention
from stores.postgres.audit.verification import Chain, ChainVerification
from stores.postgres.audit.verification import verify as verify_chain
from stores.postgres.database import Database
from stores.postgres.organizations.organizations import OrganizationStore

console = Console()


@dataclass(frozen=True)
class VerifiedTrail:
    """A chain with the number of its checkpoints, its result, and what its founder's trail records."""

    chain: Chain
    checkpoints: int
    result: ChainVerification
    recorded: RecordedTrail | None = None


async def verified(settings: AuditSettings, org: str | None) -> list[VerifiedTrail]:
    """Verifies every chain, or one organization's.

    The chains are those of the organizations, of deleted ones as long as they are kept, and all that a chain
    records, whether they are there or not.
    """
    database = Database(settings.database_url.get_secret_value())
    kept = _checkpoints(settings)
    try:
        slugs = set(await OrganizationStore(database).slugs())
        founders = [slug for slug in sorted(slugs) if await is_there(database, Chain(slug))]
        recorded = await recorded_trails(database, founders)
        every = sorted({*slugs, *recorded, *await AuditRetention(database).kept()})
        results = []
        for slug in [org] if org else every:
            trail = recorded.get(slug, RecordedTrail(slug))
            checkpoints = [] if kept is None else await kept.all(Chain(slug))
            result = await verify_recorded(database, trail, checkpoints)
            results.append(VerifiedTrail(Chain(slug), len(checkpoints), result, trail))
        if not org:
            checkpoints = [] if kept is None else await kept.all(Chain())
            result = await verify_chain(database, Chain(), checkpoints)
            results.append(VerifiedTrail(Chain(), len(checkpoints), result))
        return results
    finally:
        await database.close()
        if kept is not None:
            await kept.close()


def _checkpoints(settings: AuditSettings) -> S3Checkpoints | None:
    if settings.s3_endpoint is None:
        console.print("[yellow]S3_ENDPOINT is not set: without checkpoints a rewritten chain passes.[/]")
        return None
    bucket = Bucket(
        endpoint=settings.s3_endpoint,
        name=settings.s3_bucket,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        region=settings.s3_region,
    )
    return S3Checkpoints(bucket)
