from datetime import timedelta
from uuid import UUID

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from missions.errors import UnavailableError
from missions.evidence import ArtifactRef
from missions.presigned_object import PresignedObject
from missions.workflow_ids import WorkflowKind, workflow_id
from runtime.temporal import has_poller
from workflows.policies import BROWSER, MISSIONS
from workflows.printing import PrintWorkflow

WITHIN = timedelta(seconds=50)
INSTEAD = "See whether one runs (python -m workers browser), or take the HTML: it is the same report."


class Prints:
    """Has reports printed by the browser worker, through Temporal: only there a browser runs."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal

    async def pdf(self, mission_id: UUID, loan: PresignedObject) -> ArtifactRef:
        """The PDF; who asks while it is printed gets the same one.

        Raises UnavailableError where no browser worker is there, or does not answer in time.
        """
        if not await has_poller(self._temporal, BROWSER):
            raise UnavailableError(f"No browser worker is there to print it. {INSTEAD}")
        try:
            printed = await self._temporal.execute_workflow(
                PrintWorkflow.run,
                loan,
                id=workflow_id(WorkflowKind.PRINT, loan.org, mission_id),
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                task_queue=MISSIONS,
                execution_timeout=WITHIN,
            )
        except (WorkflowFailureError, RPCError) as error:
            raise UnavailableError(f"No browser worker printed it in time. {INSTEAD}") from error
        # Whoever owns a browser must not choose what we sign a link for.
        sha256 = printed.sha256
        if printed.key != f"prints/{loan.org}/{sha256[:2]}/{sha256}.pdf":
            raise UnavailableError("The browser worker named something that is no print.")
        return printed
