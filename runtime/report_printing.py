from datetime import timedelta
from uuid import UUID

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from missions.artifacts import require_artifact
from missions.errors import InvalidError, UnavailableError
from missions.evidence import ArtifactRef
from missions.presigned_object import PresignedObject
from missions.workflow_ids import WorkflowKind, workflow_id
from runtime.temporal import has_poller
from workflows.policies import BROWSER, MISSIONS
from workflows.printing import PrintWorkflow

WITHIN = timedelta(seconds=50)
INSTEAD = "Start one (python -m workers browser), or download the HTML: it is the same report."


class Prints:
    """Has reports printed by the browser worker, through Temporal: no other process has a browser."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal

    async def pdf(self, mission_id: UUID, report: PresignedObject) -> ArtifactRef:
        """The PDF of a report. Requests during a print share its result.

        Raises UnavailableError where no browser worker runs, or none prints it in time.
        """
        if not await has_poller(self._temporal, BROWSER):
            raise UnavailableError(f"No browser worker runs that could print it. {INSTEAD}")
        try:
            printed = await self._temporal.execute_workflow(
                PrintWorkflow.run,
                report,
                id=workflow_id(WorkflowKind.PRINT, report.org, mission_id),
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                task_queue=MISSIONS,
                execution_timeout=WITHIN,
            )
        except (WorkflowFailureError, RPCError) as error:
            raise UnavailableError(f"No browser worker printed it in time. {INSTEAD}") from error
        try:  # a hijacked browser worker must not choose the object that we sign a link for
            require_artifact(report.org, printed, "report-pdf")
        except InvalidError as error:
            raise UnavailableError("The browser worker returned an object that is not a print.") from error
        return printed
