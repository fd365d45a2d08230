import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from psycopg import errors as pg
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from missions.errors import InvalidError, UnavailableError
from missions.organization import SLUG

DEADLINE_S = 15
"""Longest time for one transaction."""
_LAST = "last"
_ORG = "org"
KINDS = ("api", "missions", "actions")
"""Logins that work in one organization at a time, through a role in each organization."""
_PATH = text("SELECT set_config('search_path', :path, true)")
_ROLE = text("SELECT set_config('role', :role, true), set_config('search_path', :path, true)")
_SLUG = re.compile(SLUG)


def schema_of(org: str) -> str:
    """The organization's schema. Raises InvalidError for an invalid slug."""
    if not _SLUG.fullmatch(org):
        raise InvalidError(f"{org!r} is not an organization: use 2 to 31 of a-z, 0-9 and -.")
    return "org_" + org.replace("-", "_")


def _hide_values(error: DBAPIError) -> None:
    """Keeps only the primary message: DETAIL and CONTEXT quote rows, and so do messages about bad data."""
    if isinstance(error.orig, pg.Error):
        message = None if isinstance(error.orig, pg.DataError) else error.orig.diag.message_primary
        error.orig.args = (message or "",)
        error.args = (f"({type(error.orig).__name__}) {message or ''}".strip(),)


def organization_in(session: AsyncSession) -> str:
    """The organization of the session's transaction. Raises KeyError if it has none."""
    return str(session.info[_ORG])


def at_the_end(session: AsyncSession, step: Callable[[], Awaitable[Any]]) -> None:
    """Runs the step at the end of the transaction, so that its lock on a shared row is held briefly."""
    session.info.setdefault(_LAST, []).append(step)


class Database:
    """The only place that commits. One transaction per use, in one organization's schema."""

    def __init__(self, url: str, pool_size: int = 5) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=5,
            pool_pre_ping=True,
            hide_parameters=True,  # an error message must not carry a prompt or a hash into logs or history
            connect_args={
                "connect_timeout": 5,
                "tcp_user_timeout": 10_000,
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "options": "-c statement_timeout=10000 -c lock_timeout=5000"
                " -c idle_in_transaction_session_timeout=15000 -c timezone=UTC",
            },
        )
        login = make_url(url).username
        self._kind = login if login in KINDS else None
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self, org: str | None = None) -> AsyncIterator[AsyncSession]:
        """Commits at the end, rolls back on any error. Raises UnavailableError and InvalidError."""
        try:
            async with asyncio.timeout(DEADLINE_S), self._sessions() as session, session.begin():
                if org is not None:
                    await self._enter(session, schema_of(org))
                    session.info[_ORG] = org
                yield session
                for step in session.info.pop(_LAST, ()):
                    await step()
        except (OperationalError, InterfaceError, PoolTimeoutError, TimeoutError) as error:
            raise UnavailableError("The database does not answer.") from error
        except DBAPIError as error:
            _hide_values(error)
            if isinstance(error.orig, pg.DataError):  # a NUL in a text, a number beyond its column
                raise InvalidError(
                    "A value cannot be stored: it has a NUL character or is out of range."
                ) from error
            if isinstance(error.orig, pg.InvalidSchemaName | pg.UndefinedTable):
                raise UnavailableError(
                    "The database is not migrated: run `ops-agent owner migrate`."
                ) from error
            raise

    async def _enter(self, session: AsyncSession, schema: str) -> None:
        """Sets schema and role of the organization until the transaction ends."""
        if self._kind is None:  # the owner needs no role
            await session.execute(_PATH, {"path": f"{schema}, pg_temp"})
            return
        try:
            await session.execute(_ROLE, {"role": f"{schema}_{self._kind}", "path": f"{schema}, pg_temp"})
        except DBAPIError as error:
            if isinstance(error.orig, pg.InvalidParameterValue):  # no such role
                raise UnavailableError(
                    "The database is not migrated: run `ops-agent owner migrate`."
                ) from error
            raise

    async def close(self) -> None:
        """Closes all connections."""
        await self._engine.dispose()
