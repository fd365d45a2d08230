from datetime import timedelta

from temporalio import workflow

LOOK, ACT = "bare_look", "bare_act"


@workflow.defn(name="BareWorkflow")
class BareWorkflow:
    """What approval-latency is measured against: a signal, then two activities on the two queues."""

    def __init__(self) -> None:
        self._rung = False

    @workflow.run
    async def run(self, key: str, queues: tuple[str, str]) -> None:
        """Waits for the signal, looks once, acts once."""
        await workflow.wait_condition(lambda: self._rung)
        for verb, queue in zip((LOOK, ACT), queues, strict=True):
            await workflow.execute_activity(
                verb, key, task_queue=queue, start_to_close_timeout=timedelta(seconds=10)
            )

    @workflow.signal
    def ring(self) -> None:
        """Go on."""
        self._rung = True
