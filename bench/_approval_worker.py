"""`python -m bench._approval_worker KIND ADDRESS DATABASE_URL FOLDER SHIFT`: a worker."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from temporalio.worker import Worker

from activities.acting import Acting
from activities.assessing import Assessing
from activities.deciding import Deciding
from activities.diagnosing import Diagnosing
from activities.highlighting import Highlighting
from activities.journaling import Journaling, Reporting
from activities.planning import Planning
from activities.ports import Recorded
from activities.proposing import Proposing
from activities.verifying import Verifying
from adapters.actions.registry import RegisteredActuators, ServingActuator
from adapters.pictures.crops import PillowHighlighter
from bench._approval_fakes import (
    CATALOG,
    EmptyReporter,
    FixedPlanner,
    NoArtifacts,
    PromptDiagnoser,
    RiskByNameGateway,
    SilentNotifier,
    SinkActuator,
)
from bench._approval_stack import CODEC
from bench._bare_activities import BareActivities
from bench._bare_workflow import BareWorkflow
from runtime.temporal import STICKY, THROTTLE, connect
from runtime.topology import ORG
from stores.postgres.approvals.approvals import PostgresApprovalDesk
from stores.postgres.approvals.ledger import PostgresLedger
from stores.postgres.database import Database
from stores.postgres.missions.journal import PostgresJournal
from workflows.later_look import LaterLookWorkflow
from workflows.mission import MissionWorkflow
from workflows.policies import ACTIONS, MISSIONS


class SilentAnnouncer:
    """Announces nothing."""

    async def announce(self, org: str, recorded: Recorded) -> None: ...


def _missions(database: Database, folder: Path) -> dict[str, Any]:
    diagnoser, artifacts, journal = PromptDiagnoser(), NoArtifacts(), PostgresJournal(database)
    diagnosing = Diagnosing(diagnoser, artifacts, journal, Highlighting(artifacts, PillowHighlighter()))
    verifying = Verifying(diagnoser, artifacts)
    deciding = Deciding(PostgresApprovalDesk(database), SilentNotifier())
    return {
        "task_queue": MISSIONS,
        "workflows": [MissionWorkflow, LaterLookWorkflow, BareWorkflow],
        "activities": [
            Planning(FixedPlanner()).plan,
            diagnosing.diagnose,
            diagnosing.weigh,
            Assessing(RiskByNameGateway()).assess,
            verifying.plan_proof,
            verifying.verify,
            Journaling(journal, SilentAnnouncer()).record,
            Reporting(journal, artifacts, EmptyReporter()).report,
            deciding.open_approval,
            deciding.resolve,
            deciding.remind,
            deciding.revoke,
            BareActivities(database, folder).look,
        ],
        "sticky_queue_schedule_to_start_timeout": STICKY,
    }


def _actions(database: Database, folder: Path) -> dict[str, Any]:
    sink = SinkActuator(folder)
    actuators = RegisteredActuators(CATALOG, {"sink": ServingActuator(sink, (ORG,))})
    proposing = Proposing(actuators)
    return {
        "task_queue": ACTIONS,
        "activities": [
            proposing.propose,
            proposing.renew,
            proposing.propose_undo,
            Acting(PostgresLedger(database), actuators, RiskByNameGateway()).execute,
            BareActivities(database, folder).act,
        ],
    }


async def main(kind: str, address: str, database_url: str, folder: str, shift: str) -> None:
    """Runs until it is killed. Its clock is wrong by `shift` seconds, which must not affect any row."""
    real, wrong_by = time.time, float(shift)
    time.time = lambda: real() + wrong_by
    client, database = await connect(address, "default", CODEC), Database(database_url)
    (Path(folder) / f"ready-{os.getpid()}").touch()
    wired = (_missions if kind == MISSIONS else _actions)(database, Path(folder))
    await Worker(client, max_heartbeat_throttle_interval=THROTTLE, **wired).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
