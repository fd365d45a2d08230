"""The audit trail: 100,000 entries by 8 writers, chained and as plain inserts; then the chain is verified."""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from runtime.local.processes import Supervisor
from runtime.local.servers import LocalServers, ServerName
from stores.postgres.audit.entries import audit
from stores.postgres.audit.verification import Chain, verify
from stores.postgres.database import Database
from stores.postgres.migrating import ensure_login, migrate

ORG = "demo"
WRITERS, ENTRIES, ROUND = 8, 100_000, 5_000
LIMIT = 3.0
PLAIN = """
CREATE TABLE plain (LIKE audit_entries INCLUDING ALL);
CREATE SEQUENCE plain_seq;
ALTER TABLE plain ALTER seq SET DEFAULT nextval('plain_seq'), ALTER at SET DEFAULT clock_timestamp();
GRANT INSERT ON plain TO ops_api;
GRANT USAGE ON plain_seq TO ops_api
"""
INSERT = text(
    "INSERT INTO plain (actor, deed, subject, result, ip, user_agent, correlation_id, detail, before, after,"
    " previous, hash) VALUES (:actor, 'bench.done', 'bench', 'ok', '', '', '', :detail, 'null', 'null',"
    " repeat('0', 64), repeat('0', 64))"
)
MONTHS = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entries'::regclass")
DAMAGES = (
    ("edited", "UPDATE audit_entries SET actor = 'x' WHERE seq = 50000", 50_000),
    ("deleted", "DELETE FROM audit_entries WHERE seq = 40000", 40_000),
    ("swapped", "UPDATE audit_entries SET seq = 60001 - seq WHERE seq IN (30000, 30001)", 30_000),
    ("truncated", "DELETE FROM audit_entries WHERE seq > 20000", 20_001),
)
Write = Callable[[AsyncSession, int], Awaitable[object]]


def main() -> int:
    """Exit code 1 if the chain costs more than LIMIT, is not valid, or does not show a damage."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> int:
    supervisor = Supervisor(lambda _: None)
    with LocalServers(folder, lambda _: None) as local:
        try:
            url = (await local.start(supervisor, [ServerName.POSTGRES])).database_url
            await asyncio.to_thread(migrate, url, ORG)
            await asyncio.to_thread(ensure_login, url, "api", "bench-password", "ops_api")
            return await _run(url, f"postgresql+psycopg://api:bench-password@{url.partition('@')[2]}")
        finally:
            await supervisor.stop()


async def _run(owner_url: str, api_url: str) -> int:
    owner, api = Database(owner_url), Database(api_url, pool_size=WRITERS)
    async with owner.transaction(ORG) as session:
        for statement in PLAIN.split(";"):
            await session.execute(text(statement))
    seconds = {"plain": 0.0, "chain": 0.0}
    for first in range(0, ENTRIES, ROUND):  # in turns, so that a busy machine slows down both
        seconds["plain"] += await _write(api, first, _plain)
        seconds["chain"] += await _write(api, first, _chain)
        _progress(first + ROUND, seconds)
    began = time.perf_counter()
    verified = await verify(owner, Chain(ORG))
    verify_s = time.perf_counter() - began
    detected = {name: await _damaged(owner, change) == seq for name, change, seq in DAMAGES}
    await owner.close()
    await api.close()
    ratio = seconds["chain"] / seconds["plain"]
    whole = verified.bad is None and verified.entries == ENTRIES
    figures = {
        "entries": verified.entries,
        "per_second": round(ENTRIES / seconds["chain"]),
        "plain_per_second": round(ENTRIES / seconds["plain"]),
        "ratio": round(ratio, 2),
        "limit": LIMIT,
        "verify_s": round(verify_s, 1),
        "whole": whole,
        "found": detected,
    }
    print(json.dumps(figures))
    return 0 if whole and ratio <= LIMIT and all(detected.values()) else 1


async def _write(database: Database, first: int, write: Write) -> float:
    """Seconds for one round: all writers' entries, each in its own transaction, as in requests."""

    async def writer(number: int) -> None:
        for entry in range(first + number, first + ROUND, WRITERS):
            async with database.transaction(ORG) as session:
                await write(session, entry)

    began = time.perf_counter()
    await asyncio.gather(*(writer(number) for number in range(WRITERS)))
    return time.perf_counter() - began


async def _chain(session: AsyncSession, entry: int) -> None:
    await audit(session, f"writer{entry % WRITERS}", "bench.done", "bench", {"entry": entry})


async def _plain(session: AsyncSession, entry: int) -> None:
    values = {"actor": f"writer{entry % WRITERS}", "detail": json.dumps({"entry": entry})}
    await session.execute(INSERT, values)


async def _damaged(owner: Database, change: str) -> int | None:
    """The first bad entry after a superuser disabled the triggers and made this change."""
    async with owner.transaction(ORG) as session:
        months = (await session.scalars(MONTHS)).all()
        for table in (*months, "audit_entries"):
            await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER append_only"))
        await session.execute(text(change))
    bad = (await verify(owner, Chain(ORG))).bad
    return None if bad is None else bad.seq


def _progress(done: int, seconds: dict[str, float]) -> None:
    sys.stderr.write(f"{done} entries: chain {seconds['chain']:.0f} s, plain {seconds['plain']:.0f} s\n")
