from datetime import timedelta

from temporalio import workflow

LOOK, ACT = "bare_look", "bare_act"


@workflow.defn(name="BareWorkflow")
class BareWorkflow:
    """The reference of approval-latency: a signal, then two activities on the two queues."""

    def __init__(self) -> None:
        self._signalled = False

    @workflow.run
    async def run(self, key: str, queues: tuple[str, str]) -> None:
        """Waits for the signal, then runs both activities."""
        await workflow.wait_condition(lambda: self._signalled)
        for name, queue in zip((LOOK, ACT), queues, strict=True):
            await workflow.execute_activity(
                name, key, task_queue=queue, start_to_close_timeout=timedelta(seconds=10)
            )

    @workflow.signal
    def proceed(self) -> None:
        """Ends the wait."""
        self._signalled = True
