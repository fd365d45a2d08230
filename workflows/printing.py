from temporalio import workflow

from activities.printing import Printing
from missions.evidence import ArtifactRef
from missions.printing import Loan
from workflows.running import run


@workflow.defn(name="PrintWorkflow")
class PrintWorkflow:
    """Prints one report in a browser, for somebody who waits."""

    @workflow.run
    async def run(self, loan: Loan) -> ArtifactRef:
        """Where the PDF is."""
        return await run(Printing.print_report, loan, summary="Print the report")
