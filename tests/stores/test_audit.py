"""The audit trail: one gapless, immutable chain for each organization and one for the system."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import structlog
from chains import MONTH, OPEN, SHUT, first_bad_entry
from job_runs import job_run
from served_api import ORG, Urls
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from stories import Story

from missions.audit_entry import HIDDEN, AuditEntry, genesis
from runtime.checkpointing import Checkpointing
from runtime.local.servers import Addresses
from stores.checkpoints import S3Checkpoints
from stores.postgres.audit.entries import ORIGIN, AuditOrigin, audit
from stores.postgres.audit.verification import Chain, checkpoint, verify
from stores.postgres.database import Database

APPENDED = (
    "INSERT INTO audit_entries SELECT 5, at, actor, deed, subject, result, ip, user_agent, correlation_id,"
    " detail, before, after, hash, hash FROM audit_entries WHERE seq = 4"
)
SWAPPED = "UPDATE audit_entries SET seq = CASE seq WHEN 2 THEN 3 WHEN 3 THEN 2 END WHERE seq IN (2, 3)"
CONTENTS_SWAPPED = (
    "UPDATE audit_entries mine SET detail = other.detail, subject = other.subject FROM audit_entries other"
    " WHERE (mine.seq, other.seq) IN ((2, 3), (3, 2))"
)
CUT_WITH_HEAD = (
    "DELETE FROM audit_entries WHERE seq > 2;"
    "UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit_entries WHERE seq = 2)"
)
FLOOR_FORGED = (
    "UPDATE audit_head SET floor_seq = 2, floor_hash = (SELECT hash FROM audit_entries WHERE seq = 2);"
    "DELETE FROM audit_entries WHERE seq <= 2"
)


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        ("UPDATE audit_entries SET actor = 'somebody else' WHERE seq = 2", 2),
        ('UPDATE audit_entries SET detail = \'{"prompt": "other"}\' WHERE seq = 1', 1),
        ("UPDATE audit_entries SET ip = ip || '1' WHERE seq = 2", 2),
        ("UPDATE audit_entries SET at = at + interval '1 second' WHERE seq = 3", 3),
        ("UPDATE audit_entries SET actor = actor || left(deed, 1), deed = substr(deed, 2) WHERE seq = 2", 2),
        (SWAPPED, 2),
        (CONTENTS_SWAPPED, 2),
        ("DELETE FROM audit_entries WHERE seq = 2", 2),
        ("DELETE FROM audit_entries WHERE seq = 1", 1),
        ("DELETE FROM audit_entries WHERE seq = 4", 4),
        ("DELETE FROM audit_entries WHERE seq > 2", 3),
        ("TRUNCATE audit_entries", 1),
        ("UPDATE audit_entries SET seq = 40 WHERE seq = 4", 4),
        (APPENDED, 5),
        ("UPDATE audit_head SET seq = 3", 4),
        (FLOOR_FORGED, 2),
    ],
)
async def test_lg1_the_first_bad_entry_is_named(story: Story, change: str, first_bad: int) -> None:
    """Verification finds edits, swaps, deletions, a cut tail and a forged start, even by a superuser."""
    for _ in range(3):
        await story.another()
    assert await first_bad_entry(story.owner) is None
    await story.run(*OPEN, *change.split(";"), *SHUT)
    assert await first_bad_entry(story.owner) == first_bad


@pytest.fixture
async def checkpoints(servers: Addresses) -> AsyncIterator[S3Checkpoints]:
    """Checkpoints with the key of the missions worker."""
    kept = S3Checkpoints(servers.bucket("missions"))
    yield kept
    await kept.close()


async def test_lg1_a_cut_chain_contradicts_its_checkpoint(
    story: Story, urls: Urls, checkpoints: S3Checkpoints
) -> None:
    """A cut tail with a reset head is found by the checkpoint in S3, at the right entry."""
    for _ in range(3):
        await story.another()
    worker = Database(urls.missions)
    await Checkpointing(worker, checkpoints).store_all(job_run())
    await worker.close()
    await story.run(*OPEN, *CUT_WITH_HEAD.split(";"), *SHUT)
    assert await first_bad_entry(story.owner) is None
    kept = [checkpoint for checkpoint in await checkpoints.all(Chain(ORG)) if checkpoint.seq == 4]
    assert kept
    verification = await verify(story.owner, Chain(ORG), kept)
    assert verification.bad is not None
    assert verification.bad.seq == 3


async def test_lg1_a_chain_that_is_written_anew_contradicts_its_checkpoint(story: Story) -> None:
    """A chain with recomputed hashes still contradicts the stored checkpoint."""
    await story.another()
    async with story.owner.transaction(ORG) as session:
        kept = await checkpoint(session, Chain(ORG))
    assert kept.seq == 2
    before = genesis("org_demo")
    rows = await story.run("SELECT * FROM audit_entries ORDER BY seq")
    await story.run(*OPEN)
    for row in rows:
        entry = AuditEntry.model_validate(dict(row._mapping)).model_copy(
            update={"actor": "nobody", "previous": before}
        )
        before = entry.digest("org_demo")
        forged = f"SET actor = 'nobody', previous = '{entry.previous}', hash = '{before}'"
        await story.run(f"UPDATE audit_entries {forged} WHERE seq = {row.seq}")
    await story.run(f"UPDATE audit_head SET hash = '{before}'", *SHUT)  # noqa: S608  our own
    assert await first_bad_entry(story.owner) is None
    verification = await verify(story.owner, Chain(ORG), [kept])
    assert verification.bad is not None
    assert verification.bad.seq == 2


async def test_lg1_entries_that_come_at_once_form_one_chain(story: Story) -> None:
    """Concurrent entries form a gapless, valid chain in the order of their times."""
    await asyncio.gather(*(story.another() for _ in range(20)))
    rows = await story.run("SELECT seq, at FROM audit_entries ORDER BY seq")
    assert [row.seq for row in rows] == list(range(1, 22))
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert await first_bad_entry(story.owner) is None


async def test_lg1_the_system_has_a_chain_of_its_own(story: Story, urls: Urls) -> None:
    """System entries are in the system's chain only, and both chains are valid."""
    database = Database(urls.api)
    async with database.transaction() as session:
        await audit(session, "unknown", "login.failed", "person/x@example.org", result="refused", system=True)
    await database.close()
    (row,) = await story.run("SELECT actor, deed, result, seq FROM shared.audit_entries")
    assert tuple(row) == ("unknown", "login.failed", "refused", 1)
    assert await verify(story.owner, Chain()) == await verify(story.owner, Chain())
    assert (await verify(story.owner, Chain())).bad is None
    assert await story.run("SELECT 1 FROM audit_entries WHERE deed = 'login.failed'") == []


@pytest.mark.parametrize("login", ["api", "missions", "actions", "owner"])
@pytest.mark.parametrize("schema", ["org_demo", "shared"])
async def test_lg2_nobody_changes_an_entry(story: Story, urls: Urls, login: str, schema: str) -> None:
    """UPDATE, DELETE and TRUNCATE are refused, on partitions too; logins only read and append."""
    async with story.owner.transaction(ORG) as session:
        await audit(session, "a", "b", "c", system=True)
    database = Database(getattr(urls, login), pool_size=1)
    statements = [
        change.format(f"{schema}.{table}")
        for table in ("audit_entries", MONTH)
        for change in ("UPDATE {} SET actor = 'x'", "DELETE FROM {}", "TRUNCATE {}")
    ]
    if login != "owner":
        statements += [
            f"INSERT INTO {schema}.audit_entries SELECT * FROM {schema}.audit_entries",  # noqa: S608  our own
            f"UPDATE {schema}.audit_head SET seq = 0",  # noqa: S608  our own
            f"SELECT {schema}.audit_drop(90)",
            f"DROP TABLE {schema}.audit_entries",
        ]
    for statement in statements:
        with pytest.raises(ProgrammingError, match=r"permission denied|append-only|must be owner"):
            async with database.transaction(ORG) as session:
                await session.execute(text(statement))
    await database.close()


async def test_lg3_an_entry_exists_exactly_if_its_change_does(story: Story, urls: Urls) -> None:
    """A rolled-back transaction leaves no entry and no gap."""
    database = Database(urls.api)

    async def fail() -> None:
        async with database.transaction(ORG) as session:
            await audit(session, "a", "never.done", "c")
            await session.execute(text("SELECT nothing"))

    with pytest.raises(ProgrammingError):
        await fail()
    async with database.transaction(ORG) as session:
        await audit(session, "a", "done", "c")
    await database.close()
    rows = await story.run("SELECT seq, deed FROM audit_entries ORDER BY seq")
    assert [tuple(row) for row in rows] == [(1, "mission.created"), (2, "done")]


async def test_lg3_an_audit_that_fails_undoes_the_change(story: Story) -> None:
    """A change that cannot be audited is rolled back."""
    await story.run("ALTER TABLE audit_head RENAME TO audit_head_away")
    with pytest.raises(Exception, match=r"audit|migrate"):
        await story.another()
    (row,) = await story.run("SELECT count(*) FROM missions")
    assert row[0] == 1


async def test_an_entry_tells_who_from_where_and_what_changed_without_secrets(story: Story) -> None:
    """An entry has IP, user agent, correlation id, before and after; secrets are masked at any depth."""
    with structlog.contextvars.bound_contextvars(correlation_id="c0ffee"):
        token = ORIGIN.set(AuditOrigin("203.0.113.7", "curl/8"))
        async with story.owner.transaction(ORG) as session:
            before = {"name": "a", "config": {"apiKey": "sesame", "password": None}}
            after = {"name": "b", "credentials": ["sesame"], "nul": "\0"}
            await audit(session, "ada", "dashboard.written", "dashboard/a", before=before, after=after)
        ORIGIN.reset(token)
    (row,) = await story.run("SELECT * FROM audit_entries WHERE seq = 2")
    entry = AuditEntry.model_validate(dict(row._mapping))
    assert (entry.ip, entry.user_agent, entry.correlation_id) == ("203.0.113.7", "curl/8", "c0ffee")
    assert json.loads(entry.before) == {"name": "a", "config": {"apiKey": HIDDEN, "password": None}}
    assert json.loads(entry.after) == {"name": "b", "credentials": HIDDEN, "nul": "\ufffd"}
    assert "sesame" not in str(row)
    assert entry.hash == entry.digest("org_demo"), "SQL and Python compute the same hash"
