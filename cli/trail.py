"""The implementation of `ops-agent audit`, separate because its imports are slow."""

from rich.console import Console

from runtime.owner_settings import AuditSettings
from stores.bucket import Bucket
from stores.checkpoints import S3Checkpoints
from stores.postgres.audit.verification import Chain, ChainVerification, Checkpoint
from stores.postgres.audit.verification import verify as verify_chain
from stores.postgres.database import Database
from stores.postgres.organizations.organizations import OrganizationStore

console = Console()


async def verified(
    settings: AuditSettings, org: str | None
) -> list[tuple[Chain, list[Checkpoint], ChainVerification]]:
    """Verifies every chain, or one organization's; returns each with its checkpoints and its result."""
    database = Database(settings.database_url.get_secret_value())
    kept = _checkpoints(settings)
    try:
        slugs = [org] if org else await OrganizationStore(database).slugs()
        chains = [Chain(slug) for slug in slugs] + ([] if org else [Chain()])
        results = []
        for chain in chains:
            checkpoints = [] if kept is None else await kept.all(chain)
            results.append((chain, checkpoints, await verify_chain(database, chain, checkpoints)))
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
