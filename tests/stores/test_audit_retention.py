"""LG5: one role deletes old months of the trail, and the chain stays valid."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from chains import OPEN, SHUT, first_bad_entry
from job_runs import job_run
from served_api import ORG, Urls
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from stories import Story

from missions.audit_entry import AuditEntry, genesis
from runtime.local.servers import Addresses
from runtime.retention import Retention
from stores.expiry import S3Expiry
from stores.postgres.audit.retention import AuditRetention
from stores.postgres.audit.verification import Chain, Checkpoint, verify
from stores.postgres.database import Database
from stores.postgres.organizations.organizations import OrganizationStore
from stores.s3 import S3Artifacts


async def grow_old(story: Story, months: int) -> list[AuditEntry]:
    """A handwritten chain with one entry for each of the last months."""
    row = (await story.run("SELECT * FROM audit_entries ORDER BY seq"))[0]
    template = AuditEntry.model_validate(dict(row._mapping))
    await story.run(*OPEN, "DELETE FROM audit_entries", *SHUT)
    entries, before = [], genesis("org_demo")
    for seq in range(1, months + 1):
        at = datetime.now(UTC).replace(day=15) - timedelta(days=30.4 * (months - seq))
        changes = {"seq": seq, "at": at, "previous": before}
        entry = template.model_copy(update=changes)
        entry = entry.model_copy(update={"hash": entry.digest("org_demo")})
        before = entry.hash
        entries.append(entry)
        names = ", ".join(f":{name}" for name in AuditEntry.model_fields)
        async with story.owner.transaction(ORG) as session:
            await session.execute(text("SELECT audit_partition(:at)"), {"at": at})
            await session.execute(text(f"INSERT INTO audit_entries VALUES ({names})"), entry.model_dump())  # noqa: S608  our own
    await story.run(f"UPDATE audit_head SET seq = {months}, hash = '{before}'")  # noqa: S608  our own
    return entries


async def test_lg5_old_months_are_dropped_and_the_chain_goes_on(story: Story) -> None:
    """The retention role drops whole old months; each drop is audited, and the rest verifies."""
    await grow_old(story, 8)
    assert await first_bad_entry(story.owner) is None
    ((dropped,),) = await story.run("SET LOCAL ROLE ops_retention", "SELECT audit_drop(90)")
    assert 3 <= dropped <= 5
    rows = await story.run("SELECT deed, actor, subject, detail FROM audit_entries ORDER BY seq")
    drops = [row for row in rows if row.deed == "audit.dropped"]
    assert len(drops) == dropped
    assert {drop.actor for drop in drops} == {"retention"}
    assert json.loads(drops[-1].detail)["lastSeq"] == len(drops)
    verified = await verify(story.owner, Chain(ORG))
    assert verified.bad is None
    assert verified.entries == 8
    again = await story.run("SET LOCAL ROLE ops_retention", "SELECT audit_drop(90)")
    assert again[0][0] == 0
    await story.run(*OPEN, "DELETE FROM audit_entries WHERE deed = 'audit.dropped'", *SHUT)
    assert await first_bad_entry(story.owner) is not None


async def test_lg5_a_short_time_is_refused(story: Story) -> None:
    """The retention role cannot drop entries of the last 31 days."""
    with pytest.raises(Exception, match="31 days"):
        await story.run("SET LOCAL ROLE ops_retention", "SELECT audit_drop(1)")


async def test_lg5_dropped_entries_stay_proven_by_their_checkpoint(story: Story) -> None:
    """A checkpoint from before the drop agrees with the remaining chain."""
    entries = await grow_old(story, 8)
    kept = [Checkpoint(entry.seq, entry.hash) for entry in entries]
    await story.run("SET LOCAL ROLE ops_retention", "SELECT audit_drop(90)")
    assert (await verify(story.owner, Chain(ORG), kept)).bad is None
    other = [Checkpoint(8, "0" * 64)]
    verification = await verify(story.owner, Chain(ORG), other)
    assert verification.bad is not None
    assert verification.bad.seq == 8


async def test_lg5_the_missions_worker_forgets_by_itself(
    story: Story, urls: Urls, servers: Addresses, caplog: pytest.LogCaptureFixture
) -> None:
    """The worker's own login and key suffice for every trail, and a second run changes nothing more."""
    await grow_old(story, 8)
    bucket = servers.bucket("missions")
    expiry = S3Expiry(bucket)
    worker = Database(urls.missions)
    trails = AuditRetention(worker)
    await story.run("INSERT INTO shared.orgs (slug, name, status) VALUES ('buried', '', 'DELETED')")
    left = S3Artifacts(bucket)
    await left.put("buried", b"a report", "text/html", "report", "")
    await left.close()
    retention = Retention(trails, OrganizationStore(worker), expiry, audit_days=90, picture_days=36_000)
    for _ in range(2):
        for job in (retention.drop_audit_months, retention.delete_orphans, retention.delete_old_objects):
            run = job_run()
            await job(run)
            assert run.failures == 0
    assert await expiry.delete_org("buried") == 0, "a deleted organization's objects are deleted too"
    deeds = [row.deed for row in await story.run("SELECT deed FROM audit_entries ORDER BY seq")]
    assert 3 <= deeds.count("audit.dropped") <= 5
    assert (await verify(story.owner, Chain(ORG))).bad is None
    assert await trails.drop(Chain(), 90) == 0
    await expiry.close()
    await worker.close()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("login", ["api", "actions"])
async def test_lg5_nobody_else_becomes_the_role_that_drops(urls: Urls, login: str) -> None:
    """The logins `api` and `actions` cannot drop months of a trail."""
    database = Database(getattr(urls, login))
    with pytest.raises(ProgrammingError, match="permission denied"):
        await AuditRetention(database).drop(Chain(ORG), 90)
    await database.close()
