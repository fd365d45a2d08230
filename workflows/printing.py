from temporalio import workflow

from activities.printing import Printing
from missions.evidence import ArtifactRef
from missions.presigned_object import PresignedObject
from workflows.run_activity import run_activity


@workflow.defn(name="PrintWorkflow")
class PrintWorkflow:
    """Prints one report in a browser, for somebody who waits."""

    @workflow.run
    async def run(self, loan: PresignedObject) -> ArtifactRef:
        """Where the PDF is."""
        return await run_activity(Printing.print_report, loan, summary="Print the report")
