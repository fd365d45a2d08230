from jsonschema import SchemaError
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from temporalio.worker import Worker

from activities.acting import Acting
from activities.proposing import Proposing
from adapters.actions.factory import load_actuators
from adapters.actions.registry import RegisteredActuators
from runtime.process_settings import ActionsSettings
from runtime.production import SAMPLE
from runtime.resources import Resources
from runtime.setting_types import Environment
from runtime.temporal import THROTTLE, connected
from stores.postgres.approvals.ledger import PostgresLedger
from stores.postgres.database import Database
from workers.gateway import gateway_approvals_of, gateway_of
from workers.running import DRAIN, WorkerProcess
from workflows.policies import ACTIONS


async def actions_worker(settings: ActionsSettings, resources: Resources) -> WorkerProcess:
    """Wires the only process that can consume an approval and change a target."""
    actuators = resources.closing(_actuators(settings))
    temporal = await connected(settings)
    database = resources.closing(Database(settings.database_url.get_secret_value(), pool_size=2))
    acting = Acting(PostgresLedger(database), actuators, gateway_of(settings), gateway_approvals_of(settings))
    proposing = Proposing(actuators)
    worker = Worker(
        temporal,
        task_queue=ACTIONS,
        activities=[proposing.propose, proposing.renew, proposing.propose_undo, acting.execute],
        max_concurrent_activities=4,
        max_heartbeat_throttle_interval=THROTTLE,
        graceful_shutdown_timeout=DRAIN,
    )
    return WorkerProcess(worker)


def _actuators(settings: ActionsSettings) -> RegisteredActuators:
    """Ends the process with one line where the file, or a secret that it names, is wrong."""
    refused = SAMPLE if settings.environment is Environment.PRODUCTION else ""
    try:
        return load_actuators(settings.actuators_file.read_text(), refused=refused)
    except ValidationError as error:
        raise SystemExit(f"ACTUATORS_FILE: {'; '.join(map(_mistake, error.errors()))}") from None
    except (ValueError, OSError, SchemaError) as error:
        raise SystemExit(f"ACTUATORS_FILE: {error}") from None


def _mistake(error: ErrorDetails) -> str:
    """One mistake, with its place in the file where it has one."""
    place, message = ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
