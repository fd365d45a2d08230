from datetime import timedelta
from uuid import uuid4

from temporalio.client import (
    Client,
    WorkflowFailureError,
)
from temporalio.service import RPCError

from missions.connector import Connector
from missions.errors import UnavailableError
from missions.health import DashboardHealth, DashboardMatch, DashboardSearch, DetectedProduct
from missions.workflow_ids import WorkflowKind, workflow_id
from workflows.dashboards import (
    DashboardDetectionWorkflow,
    DashboardSearchWorkflow,
    DashboardTestWorkflow,
    ResealWorkflow,
)
from workflows.policies import MISSIONS

WITHIN = timedelta(seconds=90)


class Probes:
    """Has the browser worker visit dashboards, through Temporal: no other process can open credentials."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal

    async def test(self, org: str, connector: Connector) -> DashboardHealth:
        """Opens the dashboard and stores its health. UnavailableError where no browser answers in time."""
        probe = connector.probe(org)
        try:
            return await self._temporal.execute_workflow(
                DashboardTestWorkflow.run,
                probe,
                id=workflow_id(WorkflowKind.DASHBOARD_TEST, org, uuid4()),
                task_queue=MISSIONS,
                execution_timeout=WITHIN,
            )
        except (WorkflowFailureError, RPCError) as error:
            raise UnavailableError("No browser worker tested it in time.") from error

    async def search(self, org: str, connector: Connector, words: str) -> tuple[DashboardMatch, ...]:
        """The dashboard's pages that match the words. UnavailableError where no browser answers in time."""
        search = DashboardSearch(probe=connector.probe(org), words=words)
        try:
            return await self._temporal.execute_workflow(
                DashboardSearchWorkflow.run,
                search,
                id=workflow_id(WorkflowKind.DASHBOARD_SEARCH, org, uuid4()),
                task_queue=MISSIONS,
                execution_timeout=WITHIN,
            )
        except (WorkflowFailureError, RPCError) as error:
            raise UnavailableError("The dashboard could not be searched.") from error

    async def detect(self, org: str, connector: Connector) -> DetectedProduct:
        """The product at the connector's address. UnavailableError where no browser answers in time."""
        try:
            return await self._temporal.execute_workflow(
                DashboardDetectionWorkflow.run,
                connector.probe(org),
                id=workflow_id(WorkflowKind.DASHBOARD_DETECTION, org, uuid4()),
                task_queue=MISSIONS,
                execution_timeout=WITHIN,
            )
        except (WorkflowFailureError, RPCError) as error:
            raise UnavailableError("No browser worker looked at the address in time.") from error

    async def reseal(self, org: str) -> int:
        """Seals all credentials for the newest key. UnavailableError where no worker does it in time."""
        try:
            return await self._temporal.execute_workflow(
                ResealWorkflow.run,
                org,
                id=workflow_id(WorkflowKind.DASHBOARD_RESEAL, org, uuid4()),
                task_queue=MISSIONS,
                execution_timeout=5 * WITHIN,
            )
        except (WorkflowFailureError, RPCError) as error:
            raise UnavailableError("The credentials were not sealed again.") from error
