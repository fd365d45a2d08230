import asyncio
import contextlib
from collections.abc import AsyncIterator

from temporalio.worker import Worker

from activities.agreeing import Agreeing
from activities.assessing import Assessing
from activities.deciding import Deciding
from activities.diagnosing import Diagnosing
from activities.highlighting import Highlighting
from activities.journaling import Journaling, Reporting
from activities.planning import Planning
from activities.ports import Diagnoser
from activities.probing import Registering
from activities.verifying import Verifying
from adapters.diagnosers.engine import EngineDiagnoser
from adapters.diagnosers.falling_back import FallingBackDiagnoser
from adapters.diagnosers.http import HttpDiagnoser
from adapters.notifiers.sockets import SocketNotifier
from adapters.pictures.jpegs import PillowHighlighter
from adapters.planners.registry import RegistryPlanner
from adapters.reports.pages import PageReporter
from runtime.checkpointing import Checkpointing
from runtime.clocks import DashboardClocks
from runtime.reconciler import Reconciler
from runtime.relay import Relay
from runtime.retention import Retention
from runtime.settings import MissionsSettings
from runtime.storage import bucket_of
from runtime.temporal import STICKY, connected
from stores.checkpoints import S3Checkpoints
from stores.expiry import S3Expiry
from stores.postgres.approvals.approvals import PostgresApprovalDesk
from stores.postgres.audit.retention import AuditRetention
from stores.postgres.database import Database
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.journal import PostgresJournal
from stores.postgres.missions.outbox import OutboxStore
from stores.postgres.organizations.connectors import PostgresConnectors
from stores.postgres.organizations.organizations import OrganizationStore
from stores.s3 import S3Artifacts
from stores.sockets import SocketAnnouncer, approval_rooms, reminder_rooms, sockets_of
from workers.gateway import gateway_approvals_of, gateway_of
from workers.running import DRAIN
from workflows.dashboards import (
    DashboardHealthWorkflow,
    DashboardSearchWorkflow,
    DashboardTestWorkflow,
    ResealWorkflow,
)
from workflows.mission import MissionWorkflow
from workflows.policies import MISSIONS
from workflows.printing import PrintWorkflow

LOOKING_AFTER = (
    DashboardTestWorkflow,
    DashboardSearchWorkflow,
    DashboardHealthWorkflow,
    ResealWorkflow,
)
"""The stories about registered dashboards."""


def diagnoser_of(settings: MissionsSettings) -> Diagnoser:
    """The engine in process; behind another one where that is configured, for when it does not answer."""
    own = EngineDiagnoser()
    if not settings.autorca_core_url:
        return own
    return FallingBackDiagnoser(HttpDiagnoser(settings.autorca_core_url, timeout=10), own, deadline=20)


@contextlib.asynccontextmanager
async def missions_worker(settings: MissionsSettings) -> AsyncIterator[Worker]:
    """Wires the story: workflows, quick I/O and the relay of the outbox."""
    temporal = await connected(settings)
    database = Database(settings.database_url.get_secret_value())
    announcer = SocketAnnouncer(sockets_of(settings.redis_url.get_secret_value()))
    artifacts, pictures = (
        S3Artifacts(
            bucket_of(settings),
            prefix=prefix,
        )
        for prefix in ("reports", "evidence")
    )
    checkpoints = S3Checkpoints(bucket_of(settings))
    journal = PostgresJournal(database)
    diagnoser = diagnoser_of(settings)
    diagnosing = Diagnosing(diagnoser, artifacts, journal, Highlighting(pictures, PillowHighlighter()))
    verbs = (
        Planning(RegistryPlanner(PostgresConnectors(database))).plan,
        diagnosing.diagnose,
        diagnosing.weigh,
        Assessing(gateway_of(settings)).assess,
        Verifying(diagnoser, artifacts).verify,
        Journaling(journal, announcer).record,
        Reporting(journal, artifacts, PageReporter()).report,
    )
    desk = PostgresApprovalDesk(database)
    dashboards = Registering(PostgresConnectors(database))
    registering = (dashboards.list_probes, dashboards.note_health, dashboards.replace_seal)
    deciding = Deciding(desk, SocketNotifier(announcer.emit, approval_rooms, reminder_rooms))
    admission = AdmissionStore(database, settings.max_concurrent_missions)
    expiry = S3Expiry(bucket_of(settings))
    retention = Retention(
        AuditRetention(database),
        OrganizationStore(database),
        expiry,
        audit_days=settings.audit_days,
        picture_days=settings.picture_days,
    )
    watching = asyncio.gather(
        Relay(OutboxStore(database), admission, temporal).run(),
        Reconciler(journal, desk, temporal).run(OrganizationStore(database)),
        Checkpointing(database, checkpoints).run(),
        retention.run(),
        DashboardClocks(temporal, settings.dashboards_every).run(OrganizationStore(database)),
    )
    try:
        yield Worker(
            temporal,
            task_queue=MISSIONS,
            workflows=[MissionWorkflow, PrintWorkflow, *LOOKING_AFTER],
            activities=[
                *verbs,
                *registering,
                deciding.open_approval,
                deciding.resolve,
                deciding.remind,
                deciding.revoke,
                Agreeing(desk, gateway_approvals_of(settings)).keep_in_step,
            ],
            sticky_queue_schedule_to_start_timeout=STICKY,
            graceful_shutdown_timeout=DRAIN,
        )
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await announcer.close()
        await checkpoints.close()
        await expiry.close()
        await artifacts.close()
        await pictures.close()
        await database.close()
