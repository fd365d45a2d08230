"""What the owner of the database does: migrate, and check the audit trail."""

import asyncio

import typer
from rich.console import Console

from runtime.settings import OwnerSettings, load
from runtime.topology import ORG
from stores.postgres.audit import first_bad_entry
from stores.postgres.database import Database
from stores.postgres.migrating import migrate as run_migrations

admin = typer.Typer(no_args_is_help=True)
console = Console()


@admin.command()
def migrate() -> None:
    """Bring the database (DATABASE_URL, as its owner) to the newest version."""
    run_migrations(load(OwnerSettings).database_url.get_secret_value(), ORG)
    console.print("migrated")


@admin.command()
def audit() -> None:
    """Check the audit trail (DATABASE_URL); names the first entry that does not fit."""
    bad = asyncio.run(_verify(load(OwnerSettings).database_url.get_secret_value()))
    if bad is not None:
        console.print(f"[red]The audit trail is broken at entry {bad}.[/]")
        raise typer.Exit(1)
    console.print("The audit trail is whole.")


async def _verify(url: str) -> int | None:
    database = Database(url)
    try:
        async with database.transaction(ORG) as session:
            return await first_bad_entry(session)
    finally:
        await database.close()
