from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry
from temporalio.client import Client
from temporalio.worker import Worker

from activities.assessing import Assessing
from activities.deciding import Deciding
from activities.diagnosing import Diagnosing
from activities.gateway_syncing import GatewaySyncing
from activities.highlighting import Highlighting
from activities.journaling import Journaling, Reporting
from activities.planning import Planning
from activities.ports import Diagnoser
from activities.probing import Registering
from activities.verifying import Verifying
from adapters.diagnosers.fallback import FallbackDiagnoser
from adapters.diagnosers.http import HttpDiagnoser
from adapters.diagnosers.in_process import InProcessDiagnoser
from adapters.notifiers.sockets import SocketNotifier
from adapters.pictures.crops import PillowHighlighter
from adapters.planners.registry import RegistryPlanner
from adapters.reports.pages import PageReporter
from runtime.checkpointing import Checkpointing
from runtime.dashboard_schedules import DashboardSchedules
from runtime.job_metrics import JobMetrics, serve_metrics
from runtime.process_settings import MissionsSettings
from runtime.reconciler import Reconciler
from runtime.relay import Relay
from runtime.resources import Resources
from runtime.retention import Retention
from runtime.storage import bucket_of
from runtime.supervision import BackgroundLoops
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
from stores.socketio_internals import close_channel
from stores.sockets import SocketAnnouncer, approval_rooms, reminder_rooms, sockets_of
from workers.gateway import gateway_approvals_of, gateway_of
from workers.running import DRAIN, WorkerProcess
from workflows.dashboards import (
    DashboardDetectionWorkflow,
    DashboardHealthWorkflow,
    DashboardSearchWorkflow,
    DashboardTestWorkflow,
    ResealWorkflow,
)
from workflows.later_look import LaterLookWorkflow
from workflows.mission import MissionWorkflow
from workflows.policies import MISSIONS
from workflows.printing import PrintWorkflow

WORKFLOWS = (
    MissionWorkflow,
    LaterLookWorkflow,
    PrintWorkflow,
    DashboardTestWorkflow,
    DashboardSearchWorkflow,
    DashboardDetectionWorkflow,
    DashboardHealthWorkflow,
    ResealWorkflow,
)


def diagnoser_of(settings: MissionsSettings) -> Diagnoser:
    """The built-in engine, as the fallback of an external one where that is configured."""
    built_in = InProcessDiagnoser()
    if not settings.autorca_core_url:
        return built_in
    return FallbackDiagnoser(HttpDiagnoser(settings.autorca_core_url, timeout=10), built_in, deadline=10)


async def missions_worker(settings: MissionsSettings, resources: Resources) -> WorkerProcess:
    """Wires the workflows, their quick activities, and the background jobs of the installation."""
    temporal = await connected(settings)
    database = resources.closing(Database(settings.database_url.get_secret_value()))
    registry = CollectorRegistry()
    loops = BackgroundLoops(JobMetrics(registry))
    serve_metrics(settings.metrics_address, registry, resources)
    _add_jobs(loops, settings, resources, database, temporal)
    worker = Worker(
        temporal,
        task_queue=MISSIONS,
        workflows=WORKFLOWS,
        activities=_activities(settings, resources, database),
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=DRAIN,
    )
    return WorkerProcess(worker, loops)


def _activities(
    settings: MissionsSettings, resources: Resources, database: Database
) -> list[Callable[..., Any]]:
    artifacts = resources.closing(S3Artifacts(bucket_of(settings)))
    channel = sockets_of(settings.redis_url.get_secret_value())
    resources.push_async_callback(close_channel, channel)
    announcer = resources.closing(SocketAnnouncer(channel))
    journal, desk, connectors = (
        PostgresJournal(database),
        PostgresApprovalDesk(database),
        PostgresConnectors(database),
    )
    diagnoser = diagnoser_of(settings)
    diagnosing = Diagnosing(diagnoser, artifacts, journal, Highlighting(artifacts, PillowHighlighter()))
    registering, verifying = Registering(connectors), Verifying(diagnoser, artifacts)
    deciding = Deciding(desk, SocketNotifier(announcer.emit, approval_rooms, reminder_rooms))
    return [
        Planning(RegistryPlanner(connectors)).plan,
        diagnosing.diagnose,
        diagnosing.weigh,
        Assessing(gateway_of(settings)).assess,
        verifying.plan_proof,
        verifying.verify,
        Journaling(journal, announcer).record,
        Reporting(journal, artifacts, PageReporter()).report,
        registering.list_probes,
        registering.note_health,
        registering.replace_seal,
        deciding.open_approval,
        deciding.resolve,
        deciding.remind,
        deciding.revoke,
        GatewaySyncing(desk, gateway_approvals_of(settings)).keep_in_step,
    ]


def _add_jobs(
    loops: BackgroundLoops,
    settings: MissionsSettings,
    resources: Resources,
    database: Database,
    temporal: Client,
) -> None:
    organizations = OrganizationStore(database)
    admission = AdmissionStore(database, settings.max_concurrent_missions)
    checkpoints = resources.closing(S3Checkpoints(bucket_of(settings)))
    expiry = resources.closing(S3Expiry(bucket_of(settings)))
    Relay(OutboxStore(database), admission, temporal).add_to(loops)
    journal, desk = PostgresJournal(database), PostgresApprovalDesk(database)
    Reconciler(journal, desk, organizations, temporal).add_to(loops)
    Checkpointing(database, checkpoints).add_to(loops)
    Retention(
        AuditRetention(database),
        organizations,
        expiry,
        audit_days=settings.audit_days,
        picture_days=settings.picture_days,
    ).add_to(loops)
    DashboardSchedules(temporal, organizations, settings.dashboards_every).add_to(loops)
