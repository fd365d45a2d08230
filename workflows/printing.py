from datetime import timedelta

from temporalio import workflow

from activities.printing import Printing
from missions.evidence import ArtifactRef
from missions.printing import Loan
from workflows.policies import TABLE


@workflow.defn(name="PrintWorkflow")
class PrintWorkflow:
    """Prints one report in a browser, for somebody who waits."""

    @workflow.run
    async def run(self, loan: Loan) -> ArtifactRef:
        """Where the PDF is."""
        policy = TABLE[Printing.print_report]
        return await workflow.execute_activity_method(
            Printing.print_report,
            loan,
            task_queue=policy.queue,
            start_to_close_timeout=timedelta(seconds=policy.each),
            schedule_to_close_timeout=timedelta(seconds=policy.total) if policy.total else None,
            heartbeat_timeout=timedelta(seconds=policy.heartbeat) if policy.heartbeat else None,
            retry_policy=policy.retry,
            summary="Print the report",
        )
