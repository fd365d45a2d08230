"""An organization that fails does not stop the others, in any job of the missions worker."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest
from job_runs import ListedOrganizations, job_run
from prometheus_client import CollectorRegistry
from served_api import ORG, Urls
from stories import Story
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from missions.mission import Outcome
from missions.workflow_ids import WorkflowKind, mission_workflow_id, schedule_id
from runtime.checkpointing import Checkpointing
from runtime.dashboard_schedules import DashboardSchedules
from runtime.local.servers import Addresses
from runtime.periodic import Job
from runtime.reconciler import Reconciler
from runtime.relay import Relay
from runtime.retention import Retention
from stores.checkpoints import S3Checkpoints
from stores.expiry import S3Expiry
from stores.postgres.audit.retention import AuditRetention
from stores.postgres.audit.verification import Chain
from stores.postgres.database import Database
from stores.postgres.organizations.organizations import OrganizationStore

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
BROKEN = "a-broken-one"
"""Sorts before the others, and has no schema, so that every query of its rows raises."""


class Stores(NamedTuple):
    """The stores of the jobs, on the database of the test's mission."""

    database: Database
    organizations: OrganizationStore
    expiry: S3Expiry
    checkpoints: S3Checkpoints


class FailingExpiry(S3Expiry):
    """Fails to delete the objects of one organization, and records the others."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    async def delete_org(self, org: str) -> int:
        if org == BROKEN:
            raise PermissionError("Access denied.")
        self.deleted.append(org)
        return 0


@pytest.fixture
async def stores(story: Story, urls: Urls, servers: Addresses) -> AsyncIterator[Stores]:
    await insert_organization(story, BROKEN, "ACTIVE")
    database, bucket = Database(urls.missions), servers.bucket("missions")
    made = Stores(database, OrganizationStore(database), S3Expiry(bucket), S3Checkpoints(bucket))
    yield made
    for resource in (made.database, made.expiry, made.checkpoints):
        await resource.close()


async def insert_organization(story: Story, slug: str, status: str) -> None:
    """Inserts an organization without a schema."""
    await story.run(f"INSERT INTO shared.orgs (slug, name, status) VALUES ('{slug}', '', '{status}')")  # noqa: S608  our own


async def run_once(job: Job, failures: int = 1) -> None:
    """Runs the job once, and checks that this many turns failed: logged, counted and not raised."""
    registry = CollectorRegistry()
    run = job_run("job", registry)
    with capture_logs() as logs:
        await job(run)
    failed = [line for line in logs if line.get("organization") == BROKEN]
    assert len(failed) == run.failures == failures, logs
    assert registry.get_sample_value("ops_agent_job_organization_failures_total", {"job": "job"}) == failures


@pytest.mark.usefixtures("stores")
async def test_the_relay_admits_and_sends_for_the_others(story: Story, temporal: Client) -> None:
    """A start and a decision of the broken organization do not stop those of the others."""
    for kind, admitted in (("start", "NULL"), ("decided", "now()")):
        await story.run(
            "INSERT INTO shared.outbox (org, kind, mission_id, body, admitted_at, due_at) VALUES"  # noqa: S608  our own
            f" ('{BROKEN}', '{kind}', '{uuid4()}', '{{}}', {admitted}, now() - interval '1 second')"
        )
    relay = Relay(story.outbox, story.admission(), temporal)
    await run_once(relay.send_due, failures=2)
    await temporal.get_workflow_handle(mission_workflow_id(ORG, story.mission_id)).describe()


async def test_the_reconciler_ends_the_missions_of_the_others(
    story: Story, stores: Stores, temporal: Client, relay: Relay
) -> None:
    """A mission of another organization whose workflow was terminated is ended."""
    assert story.change.message is not None
    assert await relay.deliver(story.change.message)
    await temporal.get_workflow_handle(mission_workflow_id(ORG, story.mission_id)).terminate()
    reconciler = Reconciler(story.journal, story.desk, stores.organizations, temporal)
    await run_once(reconciler.reconcile_all)
    assert (await story.missions.get(story.operator, story.mission_id)).outcome is Outcome.FAILED


async def test_the_missions_of_other_suspended_organizations_are_cancelled(
    story: Story, stores: Stores, temporal: Client, relay: Relay
) -> None:
    """Suspended organizations' missions are cancelled, even beside one without a workflow."""
    unstarted, started = story.change, await story.another()
    assert unstarted.message is not None
    assert started.message is not None
    await story.outbox.done(unstarted.message)
    assert await relay.deliver(started.message)
    await story.run("UPDATE shared.orgs SET status = 'SUSPENDED'")
    reconciler = Reconciler(story.journal, story.desk, stores.organizations, temporal)
    await run_once(reconciler.stop_suspended)
    handle = temporal.get_workflow_handle(mission_workflow_id(ORG, started.mission.id))
    kinds = [event.WhichOneof("attributes") for event in (await handle.fetch_history()).events]
    assert "workflow_execution_cancel_requested_event_attributes" in kinds


async def test_checkpoints_of_the_other_chains_are_stored(stores: Stores) -> None:
    """The checkpoints of the other chains are stored, including that of the installation."""
    await run_once(Checkpointing(stores.database, stores.checkpoints).store_all)
    assert await stores.checkpoints.all(Chain(ORG))


async def test_the_other_audit_trails_are_shortened(stores: Stores) -> None:
    """The other audit trails are shortened, each in its own transaction."""
    shortened: list[str] = []

    class Trails(AuditRetention):
        async def drop(self, chain: Chain, keep_days: int) -> int:
            dropped = await super().drop(chain, keep_days)
            shortened.append(chain.name)
            return dropped

    retention = Retention(
        Trails(stores.database), stores.organizations, stores.expiry, audit_days=90, picture_days=30
    )
    await run_once(retention.drop_audit_months)
    assert shortened == [Chain().name, Chain(ORG).name]


async def test_the_objects_of_other_deleted_organizations_are_deleted(story: Story, stores: Stores) -> None:
    """If one organization's objects cannot be deleted, those of the others are."""
    await story.run(f"UPDATE shared.orgs SET status = 'DELETED' WHERE slug = '{BROKEN}'")  # noqa: S608  our own
    await insert_organization(story, "z-deleted", "DELETED")
    expiry = FailingExpiry()
    retention = Retention(
        AuditRetention(stores.database), stores.organizations, expiry, audit_days=90, picture_days=30
    )
    await run_once(retention.delete_orphans)
    assert expiry.deleted == ["z-deleted"]


async def test_the_other_organizations_get_their_schedules(temporal: Client) -> None:
    """A Schedule that cannot be created or deleted does not stop the others."""

    class Schedules(DashboardSchedules):
        async def _create(self, org: str) -> None:
            if org == BROKEN:
                raise ConnectionError("The connection was lost.")
            await super()._create(org)

    other = f"org-{uuid4().hex[:8]}"
    await run_once(Schedules(temporal, ListedOrganizations(BROKEN, other), timedelta(hours=1)).update)
    handle = temporal.get_schedule_handle(schedule_id(WorkflowKind.DASHBOARDS_HEALTH, other))
    await handle.describe()
    await handle.delete()


async def test_lg6_the_schedule_of_a_deleted_organization_is_deleted(
    story: Story, temporal: Client, eventually: Eventually
) -> None:
    """An organization's Schedule exists while it is active, and no longer."""
    slug = f"org-{uuid4().hex[:8]}"
    await insert_organization(story, slug, "ACTIVE")
    schedules = DashboardSchedules(temporal, OrganizationStore(story.owner), timedelta(hours=1))
    handles = [
        temporal.get_schedule_handle(schedule_id(WorkflowKind.DASHBOARDS_HEALTH, org)) for org in (slug, ORG)
    ]
    await schedules.update(job_run())
    for handle in handles:
        await handle.describe()
    await story.run(f"UPDATE shared.orgs SET status = 'DELETED' WHERE slug = '{slug}'")  # noqa: S608  our own

    async def gone() -> bool:
        await schedules.update(job_run())  # Temporal lists a new Schedule a little later
        try:
            await handles[0].describe()
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        return False

    await eventually(gone)
    await handles[1].describe()
    await handles[1].delete()
