"""Starts the servers of the tests once a session: PostgreSQL, Valkey, S3 and Temporal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from runtime.local.chromium import NoChromiumError, find_chromium
from runtime.local.processes import Supervisor
from runtime.local.servers import Addresses, LocalServers
from runtime.topology import ORG, PROCESSES
from stores.postgres.migrating import ensure_login, migrate

# How long an example takes says more about the machine's other load than about the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

pytest_plugins = ["pytester", "strict_skips"]
TEMPLATE = "ops_template"
PASSWORD = "test-password"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Urls:
    """The SQLAlchemy URLs of one test's database, for its owner and for each kind of process."""

    owner: str
    api: str
    missions: str
    actions: str


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Addresses]:
    """The addresses of the four servers, which stop at the end of the session."""
    supervisor = Supervisor(lambda _: None)
    with LocalServers(tmp_path_factory.mktemp("servers"), lambda _: None) as local:
        try:
            addresses = await local.start(supervisor)
            await _write_lazily(addresses)
            yield addresses
        finally:
            await supervisor.stop()


async def _write_lazily(servers: Addresses) -> None:
    """Turns fsync off, as tests survive no power failure: a database is dropped in 80 ms instead of 1 s."""
    for setting in ("fsync", "full_page_writes"):
        await _admin(servers, sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
    await _admin(servers, sql.SQL("SELECT pg_reload_conf()").format())


@pytest.fixture(scope="session")
async def template(servers: Addresses) -> str:
    """A migrated database to copy: creating one takes a second, copying it 50 ms."""
    await _admin(servers, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    url = _place(servers.database_url, TEMPLATE)
    await asyncio.to_thread(migrate, url, ORG)
    for process in PROCESSES:
        if process.database_group is not None:
            await asyncio.to_thread(ensure_login, url, process.name, PASSWORD, process.database_group)
    return TEMPLATE


@pytest.fixture
async def urls(servers: Addresses, template: str) -> AsyncIterator[Urls]:
    """An empty, migrated database for one test."""
    name = f"test_{next(_NUMBERS)}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    await _admin(servers, copy.format(sql.Identifier(name), sql.Identifier(template)))
    owner = _place(servers.database_url, name)
    _, _, place = owner.partition("@")
    roles = {
        role: f"postgresql+psycopg://{role}:{PASSWORD}@{place}" for role in ("api", "missions", "actions")
    }
    yield Urls(owner=owner, **roles)
    await _admin(servers, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def eventually() -> Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]:
    """Waits for a condition: checks it after 50 ms, later every 200 ms, and fails after 20 s.

    Short waits stay short, and long ones stay below the limit of requests of one person.
    """

    async def wait(condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
        pause_s = 0.05
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(pause_s)
                pause_s = min(0.2, 1.1 * pause_s)

    return wait


def _place(url: str, database: str) -> str:
    return url.rpartition("/")[0] + "/" + database


async def _admin(servers: Addresses, statement: sql.Composed) -> None:
    url = servers.database_url.replace("postgresql+psycopg", "postgresql")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(statement)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def chromium(root: Path) -> Path:
    """The browser that `make setup` found or installed."""
    try:
        return find_chromium(None, root / "var" / "chromium").path
    except NoChromiumError as error:
        pytest.skip(str(error))
