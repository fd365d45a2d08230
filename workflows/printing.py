from temporalio import workflow

from activities.printing import Printing
from missions.evidence import ArtifactRef
from missions.presigned_object import PresignedObject
from workflows.activity_runner import run_activity


@workflow.defn(name="PrintWorkflow")
class PrintWorkflow:
    """Prints one report in a browser while the caller waits."""

    @workflow.run
    async def run(self, report: PresignedObject) -> ArtifactRef:
        """Returns the reference of the PDF."""
        return await run_activity(Printing.print_report, report, summary="Print the report")
