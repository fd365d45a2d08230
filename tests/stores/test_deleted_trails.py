"""LG6: the audit trail of a deleted organization is kept, ends as its founder records, and is verified."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NamedTuple
from uuid import uuid4

import pytest
from chains import MONTH
from job_runs import job_run
from served_api import ORG, PROMPT, Urls
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from stories import Story

from cli.trail import VerifiedTrail, verified
from missions.mission import Priority
from missions.organization import OrgStatus
from missions.person import Person
from runtime.local.servers import Addresses
from runtime.owner_settings import AuditSettings
from runtime.retention import Retention
from stores.checkpoints import S3Checkpoints
from stores.expiry import S3Expiry
from stores.postgres.audit.deletions import RecordedTrail, recorded_trails, verify_recorded
from stores.postgres.audit.retention import AuditRetention
from stores.postgres.audit.verification import Chain, Checkpoint, checkpoint
from stores.postgres.database import Database, schema_of
from stores.postgres.missions.missions import MissionStore, NewMission
from stores.postgres.organizations.organizations import OrganizationStore
from stores.s3 import S3Artifacts

_NUMBERS = count(1)
DAYS = 90
EARLY = "the chain is gone: it was dropped before its time"


class Deleted(NamedTuple):
    """A deleted organization, its schema, and the last entry of its trail before the deletion."""

    slug: str
    schema: str
    last: Checkpoint


@pytest.fixture
async def api(urls: Urls) -> AsyncIterator[Database]:
    """The API's database."""
    database = Database(urls.api)
    yield database
    await database.close()


@pytest.fixture
async def deleted(story: Story, api: Database) -> Deleted:
    """Founded by the story's operator, used for three missions, and deleted."""
    slug = f"gone-{next(_NUMBERS)}-{uuid4().hex[:6]}"
    await found(api, story.operator, slug)
    return await delete(story, api, slug)


async def found(api: Database, founder: Person, slug: str) -> None:
    """An organization with an audit trail of three entries."""
    await OrganizationStore(api, maximum=100).found(founder, slug, "Gone")
    member = founder.model_copy(update={"org": slug})
    for _ in range(3):
        mission = NewMission(PROMPT, Priority.NORMAL, None, None, None)
        await MissionStore(api).create(member, mission, "http://localhost:8000")


async def delete(story: Story, api: Database, slug: str) -> Deleted:
    organizations = OrganizationStore(api)
    await organizations.set_status(story.operator, slug, OrgStatus.SUSPENDED)
    async with story.owner.transaction(slug) as session:
        await session.execute(text("UPDATE missions SET status = 'CANCELLED'"))
        last = await checkpoint(session, Chain(slug))
    await organizations.remove(story.operator, slug)
    return Deleted(slug, schema_of(slug), last)


async def trail(urls: Urls, slug: str) -> VerifiedTrail:
    """What `ops-agent audit verify` says of the organization's trail, and that it says the same of all."""
    settings = AuditSettings(database_url=urls.owner)
    every = {item.chain.org: item for item in await verified(settings, None)}
    (alone,) = await verified(settings, slug)
    assert alone == every[slug]
    for other in {None, ORG} - {slug}:
        assert every[other].result.bad is None
    return alone


async def test_lg6_the_trail_is_kept_and_verified(deleted: Deleted, urls: Urls) -> None:
    """All entries are still there, and end as the founder's entry says."""
    kept = await trail(urls, deleted.slug)
    assert (kept.result.bad, kept.result.entries) == (None, deleted.last.seq)
    assert kept.recorded is not None
    assert kept.recorded.last == deleted.last


CUT = (
    "{open}; DELETE FROM {schema}.audit_entries WHERE seq = 3; UPDATE {schema}.audit_head"
    " SET seq = 2, hash = (SELECT hash FROM {schema}.audit_entries WHERE seq = 2)"
)
ADDED = (
    "DROP TRIGGER closed ON {schema}.audit_entries;"
    " SELECT {schema}.audit_append('x', 'y', 'z', 'ok', '', '', '', '{{}}', 'null', 'null')"
)
ERASED = (
    "UPDATE shared.orgs SET status = 'ACTIVE' WHERE slug = '{slug}'; DROP SCHEMA {schema} CASCADE;"
    " DELETE FROM shared.mission_starts; DELETE FROM shared.orgs WHERE slug = '{slug}'"
)
CHANGES = [
    ("DROP SCHEMA {schema} CASCADE", 1, "gone"),
    ("DROP TABLE {schema}.audit_head", 1, "gone"),
    ("{open}; UPDATE {schema}.audit_entries SET actor = 'x' WHERE seq = 2", 2, "hash"),
    ("{open}; DELETE FROM {schema}.audit_entries", 1, "missing"),
    (CUT, 3, "missing"),
    (ADDED, 4, "added"),
    (ERASED, 1, "gone"),
]


@pytest.mark.parametrize(("change", "seq", "reason"), CHANGES, ids=range(len(CHANGES)))
async def test_lg6_a_trail_that_was_changed_is_reported(
    story: Story, deleted: Deleted, urls: Urls, change: str, seq: int, reason: str
) -> None:
    """A superuser who drops, cuts, changes or extends the trail is noticed; the other chains stay whole."""
    tables = ("audit_entries", MONTH)
    opened = "; ".join(
        f"ALTER TABLE {deleted.schema}.{table} DISABLE TRIGGER append_only" for table in tables
    )
    statement = change.format(schema=deleted.schema, slug=deleted.slug, open=opened)
    await story.run(*statement.split(";"))
    bad = (await trail(urls, deleted.slug)).result.bad
    assert bad is not None
    assert bad.seq == seq
    assert reason in bad.reason


async def test_lg6_an_organization_that_vanished_is_reported(story: Story, api: Database, urls: Urls) -> None:
    """A schema that was dropped without a deletion is a chain that is gone, and stops no other check."""
    slug = f"gone-{next(_NUMBERS)}-{uuid4().hex[:6]}"
    await found(api, story.operator, slug)
    assert (await trail(urls, slug)).result.bad is None
    await story.run(f"DROP SCHEMA {schema_of(slug)} CASCADE")
    bad = (await trail(urls, slug)).result.bad
    assert bad is not None
    assert "gone" in bad.reason


@pytest.mark.parametrize("login", ["api", "missions", "actions", "owner"])
async def test_lg6_nobody_reads_or_extends_it(deleted: Deleted, urls: Urls, login: str) -> None:
    """No process's login reads the kept trail, and no login, the owner's neither, adds an entry."""
    database = Database(getattr(urls, login))
    arguments = "'x', 'y', 'z', 'ok', '', '', '', '{}', 'null', 'null'"
    statements = [f"SELECT {deleted.schema}.audit_append({arguments})"]
    if login != "owner":
        statements += [
            f"SELECT * FROM {deleted.schema}.audit_entries",  # noqa: S608  our own
            f"DROP SCHEMA {deleted.schema} CASCADE",
        ]
        statements.append(f"SELECT shared.drop_trail('{deleted.slug}', 90)")
    for statement in statements:
        with pytest.raises(ProgrammingError, match=r"permission denied|append-only|must be owner"):
            async with database.transaction() as session:
                await session.execute(text(re.sub(r":(?=\w)", r"\\:", statement)))
    await database.close()


@pytest.fixture
async def retention(urls: Urls, servers: Addresses) -> AsyncIterator[Retention]:
    """The missions worker's job, with its own login and key."""
    database, expiry = Database(urls.missions), S3Expiry(servers.bucket("missions"))
    organizations = OrganizationStore(database)
    yield Retention(AuditRetention(database), organizations, expiry, audit_days=DAYS, picture_days=36_000)
    await database.close()
    await expiry.close()


async def test_lg6_it_is_dropped_after_its_time_and_not_before(
    story: Story, deleted: Deleted, urls: Urls, retention: Retention
) -> None:
    """The worker drops it AUDIT_DAYS after the deletion; the drop is an entry of the founder."""
    for age, left in ((0, 1), (DAYS - 1, 1), (DAYS + 1, 0)):
        await story.run(
            f"UPDATE shared.orgs SET deleted_at = now() - interval '{age} days' WHERE slug = '{deleted.slug}'"  # noqa: S608  our own
        )
        run = job_run()
        await retention.drop_audit_months(run)
        assert run.failures == 0
        found_schemas = await story.run(f"SELECT 1 FROM pg_namespace WHERE nspname = '{deleted.schema}'")  # noqa: S608  our own
        assert len(found_schemas) == left, age
    deeds = await story.run(
        f"SELECT deed, actor FROM audit_entries WHERE subject = 'org/{deleted.slug}' ORDER BY seq"  # noqa: S608  our own
    )
    assert [tuple(row) for row in deeds][-1] == ("org.trail.dropped", "retention")
    bad = (await trail(urls, deleted.slug)).result.bad
    assert bad is not None, "the founder's own entries say that it was deleted just now"
    assert "before its time" in bad.reason
    (recorded,) = (await recorded_trails(story.owner, [ORG])).values()
    assert (recorded.last, recorded.keep_days) == (deleted.last, DAYS)


@pytest.mark.parametrize(
    ("keep_days", "age", "bad"),
    [(90, 90, ""), (90, 89, EARLY), (31, 31, ""), (1, 30, EARLY), (1, 32, ""), (400, 399, EARLY)],
)
async def test_lg6_only_a_timely_drop_is_accepted(story: Story, keep_days: int, age: int, bad: str) -> None:
    """A missing trail is accepted if its drop was late enough, by its own setting and by 31 days."""
    deleted_at = datetime.now(UTC) - timedelta(days=500)
    recorded = RecordedTrail(
        "never-there", Checkpoint(3, "x"), deleted_at, deleted_at + timedelta(days=age), keep_days
    )
    finding = (await verify_recorded(story.owner, recorded)).bad
    assert (finding.reason if finding else "") == bad


async def test_lg6_old_months_of_a_kept_trail_are_dropped(
    story: Story, deleted: Deleted, urls: Urls, retention: Retention
) -> None:
    """Its old months go as those of every trail, which is the only entry that a kept trail takes."""
    arguments = "'retention', 'audit.dropped', 'x', 'ok', '', '', '', '{}', 'null', 'null'"
    await story.run(f"SELECT {deleted.schema}.audit_append({arguments})")
    await retention.drop_audit_months(job_run())
    kept = await trail(urls, deleted.slug)
    assert (kept.result.bad, kept.result.entries) == (None, deleted.last.seq + 1)


async def test_lg6_its_objects_are_deleted_and_its_checkpoints_stay(
    story: Story, api: Database, urls: Urls, servers: Addresses, retention: Retention
) -> None:
    """In the bucket nothing of it is left but the checkpoints; another organization's objects stay."""
    slug = f"gone-{next(_NUMBERS)}-{uuid4().hex[:6]}"
    similar = f"{slug}-2"
    for org in (slug, similar):
        await found(api, story.operator, org)
    bucket = servers.bucket("missions")
    artifacts, checkpoints = S3Artifacts(bucket), S3Checkpoints(bucket)
    for org in (slug, similar):
        for kind, content_type in (
            ("screenshot", "image/jpeg"),
            ("numbers", "application/json"),
            ("trace", "application/zip"),
            ("video", "image/webp"),
            ("report", "text/html"),
            ("report-pdf", "application/pdf"),
        ):
            await artifacts.put(org, kind.encode(), content_type, kind, "")
        async with story.owner.transaction(org) as session:
            await checkpoints.put(Chain(org), await checkpoint(session, Chain(org)))
    before = keys(servers, similar)
    deleted = await delete(story, api, slug)
    for _ in range(2):
        run = job_run()
        await retention.delete_orphans(run)
        assert run.failures == 0
    assert keys(servers, slug) == {f"audit/{deleted.schema}/{deleted.last.seq:016d}.json"}
    assert keys(servers, similar) == before
    assert len(before) == 7
    settings = AuditSettings(
        database_url=urls.owner,
        s3_endpoint=servers.s3_endpoint,
        s3_bucket=servers.s3_bucket,
        s3_access_key=servers.s3_keys["missions"][0],
        s3_secret_key=servers.s3_keys["missions"][1],
    )
    (kept,) = await verified(settings, slug)
    assert (kept.result.bad, kept.checkpoints) == (None, 1)
    await artifacts.close()
    await checkpoints.close()


def keys(servers: Addresses, org: str) -> set[str]:
    """The keys of the whole bucket that belong to the organization."""
    client = servers.bucket("missions").client()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=servers.s3_bucket)
    every = {item["Key"] for page in pages for item in page.get("Contents", ())}
    client.close()
    return {key for key in every if {org, schema_of(org)} & set(key.split("/"))}
