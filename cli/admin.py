"""Commands of an installation's owner: migrate, make logins, users and links."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console

from missions.errors import GoneError, OpsError
from runtime.ending import end_now
from runtime.owner_settings import (
    BucketSettings,
    IdentitySettings,
    LinkSettings,
    LoginSettings,
    OwnerSettings,
    TemporalSettings,
)
from runtime.settings import BrowserKeySettings, load
from runtime.topology import ORG, PROCESSES

admin = typer.Typer(no_args_is_help=True)
console = Console()


@admin.command()
def migrate() -> None:
    """Bring the database (DATABASE_URL, as its owner) to the newest version."""
    from stores.postgres.migrating import migrate as run_migrations

    run_migrations(load(OwnerSettings).database_url.get_secret_value(), ORG)
    console.print("migrated")


@admin.command()
def logins() -> None:
    """Make the processes' database logins, or change their passwords (DATABASE_URL, *_DATABASE_PASSWORD)."""
    from stores.postgres.migrating import ensure_login

    settings = load(LoginSettings)
    for process in PROCESSES:
        if process.database_group is not None:
            password = _secret(settings, f"{process.name}_database_password")
            ensure_login(
                settings.database_url.get_secret_value(), process.name, password, process.database_group
            )
    console.print("the logins are made")


@admin.command()
def identities(
    valkey: Annotated[Path, typer.Option(help="Where users.acl is written.")],
    seaweedfs: Annotated[Path, typer.Option(help="Where identities.json is written.")],
) -> None:
    """Write Valkey's and SeaweedFS' users and rights (*_REDIS_PASSWORD, *_S3_SECRET_KEY)."""
    from runtime.local.seaweedfs import access_key
    from runtime.local.seaweedfs import identities as s3_identities
    from runtime.local.valkey import users_acl

    settings = load(IdentitySettings)
    users = ("admin", *(process.redis_user for process in PROCESSES if process.redis_user))
    keys = ("admin", *(process.s3_identity for process in PROCESSES if process.s3_identity))
    valkey.joinpath("users.acl").write_text(
        users_acl({user: _secret(settings, f"{user}_redis_password") for user in users})
    )
    seaweedfs.joinpath("identities.json").write_text(
        s3_identities({key: (access_key(key), _secret(settings, f"{key}_s3_secret_key")) for key in keys})
    )
    console.print("the users are written")


@admin.command()
def bucket() -> None:
    """Create the bucket in S3 if there is none (S3_ENDPOINT, S3_BUCKET, ADMIN_S3_SECRET_KEY)."""
    from runtime.local.seaweedfs import access_key
    from stores.bucket import Bucket, ensure_bucket

    settings = load(BucketSettings)
    secret = settings.admin_s3_secret_key.get_secret_value()
    try:
        asyncio.run(
            ensure_bucket(Bucket(settings.s3_endpoint, settings.s3_bucket, access_key("admin"), secret))
        )
    except OpsError as error:
        raise SystemExit(str(error)) from None
    console.print("the bucket is there")


@admin.command()
def namespace() -> None:
    """Prepare Temporal's namespace (TEMPORAL_ADDRESS): retention and search attributes."""
    settings = load(TemporalSettings)
    asyncio.run(_settle(settings.temporal_address, settings.temporal_namespace))
    console.print("the namespace is ready")
    end_now(0)


@admin.command("browser-key")
def browser_key() -> None:
    """Make a key pair for dashboards' credentials and print both settings; the old keys still decrypt.

    To rotate: put BROWSER_PRIVATE_KEYS as it is now into the environment, set what this prints, restart the
    browser worker and then the API, and run `ops-agent reseal`. The old keys can go after that.
    """
    from adapters.credentials.keys import new_pair

    old = load(BrowserKeySettings).browser_private_keys
    private, public = new_pair()
    kept = f",{old.get_secret_value()}" if old is not None else ""
    console.print(f"BROWSER_PUBLIC_KEY={public}", soft_wrap=True, highlight=False)
    console.print(f"BROWSER_PRIVATE_KEYS={private}{kept}", soft_wrap=True, highlight=False)


@admin.command()
def password(email: str) -> None:
    """Print a one-time link for this person to set a new password (DATABASE_URL)."""
    from runtime.bootstrap import password_token

    settings = load(LinkSettings)
    try:
        token = asyncio.run(password_token(settings.database_url.get_secret_value(), email))
    except OpsError as error:
        raise SystemExit(str(error)) from None
    print(link(settings, "set-password", token))


def bootstrap() -> None:
    """Print the one-time link that makes the first administrator (DATABASE_URL, PUBLIC_URL)."""
    from runtime.bootstrap import first_token

    settings = load(LinkSettings)
    try:
        token = asyncio.run(first_token(settings.database_url.get_secret_value(), ORG))
    except GoneError as error:
        console.print(str(error))
        return
    except OpsError as error:
        raise SystemExit(str(error)) from None
    print(link(settings, "welcome", token))


def link(settings: LinkSettings, page: str, token: str) -> str:
    """The token in a link's fragment, which browsers do not send; the token alone without PUBLIC_URL."""
    return token if settings.public_url is None else f"{settings.public_url}/{page}#token={token}"


def _secret(settings: LoginSettings | IdentitySettings, name: str) -> str:
    secret: SecretStr = getattr(settings, name)
    return secret.get_secret_value()


async def _settle(address: str, name: str) -> None:
    from temporalio.service import RPCError

    from runtime.namespace import settle
    from runtime.temporal import connect

    try:
        await settle(await connect(address, name, None))
    except (OpsError, RPCError) as error:
        raise SystemExit(f"Temporal at {address}: {error}") from None
