"""`ops-agent audit`: whether the audit trail is as it was written."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from missions.errors import OpsError
from runtime.settings import AuditSettings, load
from stores.checkpoints import S3Checkpoints
from stores.postgres.audit_verification import Chain, Checkpoint, Verified
from stores.postgres.audit_verification import verify as verify_chain
from stores.postgres.database import Database
from stores.postgres.orgs import PostgresOrgs

audit = typer.Typer(no_args_is_help=True)
console = Console()
Org = Annotated[str | None, typer.Option(help="Only this organization; else all, and the system's chain.")]


@audit.callback()
def trail() -> None:
    """The audit trail."""


@audit.command()
def verify(org: Org = None) -> None:
    """Compute every hash again (DATABASE_URL; S3_* for the checkpoints); names the first bad entry.

    Exit code 1 where a chain is broken.
    """
    try:
        results = asyncio.run(_verify(load(AuditSettings), org))
    except OpsError as error:
        console.print(f"[red]{error}[/]", highlight=False)
        raise typer.Exit(1) from None
    for chain, checkpoints, result in results:
        name = chain.org or "system"
        if result.bad is None:
            beside = f", {len(checkpoints)} checkpoints agree" if checkpoints else ""
            console.print(f"{name}: {result.entries} entries, whole{beside}", highlight=False)
        else:
            console.print(f"[red]{name}: broken at entry {result.bad.seq}: {result.bad.reason}[/]")
    if any(result.bad is not None for _, _, result in results):
        raise typer.Exit(1)


async def _verify(settings: AuditSettings, org: str | None) -> list[tuple[Chain, list[Checkpoint], Verified]]:
    database = Database(settings.database_url.get_secret_value())
    kept = _checkpoints(settings)
    try:
        slugs = [org] if org else await PostgresOrgs(database).slugs()
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
        console.print("[yellow]S3_ENDPOINT is not set: without checkpoints a chain written anew passes.[/]")
        return None
    return S3Checkpoints(
        endpoint=settings.s3_endpoint,
        bucket=settings.s3_bucket,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        region=settings.s3_region,
    )
