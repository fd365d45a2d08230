import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

from lab.faults.fault import Fault
from lab.operations.operations import OperationError
from lab.platform import Lab
from lab.recording.plan import PlannedDecoy
from lab.recording.truth import RecordedAction
from lab.topology import INSTANCES


class Decoys:
    """Harmless operations around an onset, on services that no fault is about. Keeps what was done.

    Only services with several instances are restarted: one after the other, which customers do not notice.
    """

    def __init__(
        self,
        lab: Lab,
        planned: Sequence[PlannedDecoy],
        faults: Sequence[Fault],
        progress: Callable[[str], None],
    ) -> None:
        self._lab = lab
        self._progress = progress
        about = {str(component) for fault in faults for component in fault.components}
        about |= {action.service for fault in faults for action in fault.helps}
        services = [str(name) for name, count in INSTANCES.items() if count > 1 and str(name) not in about]
        self._planned = planned if services else ()
        self._services = services
        self.done: list[RecordedAction] = []

    @property
    def lead_s(self) -> float:
        """How long before the onset the first one begins, in seconds."""
        return max(0.0, -min((decoy.offset_s for decoy in self._planned), default=0.0))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Does them while the block runs, whose onset is `lead_s` after its beginning."""
        tasks = [asyncio.create_task(self._do(decoy)) for decoy in self._planned]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _do(self, decoy: PlannedDecoy) -> None:
        await asyncio.sleep(self.lead_s + decoy.offset_s)
        service = self._services[decoy.service % len(self._services)]
        operations = self._lab.operations
        at = datetime.now(UTC)
        try:
            await (operations.deploy if decoy.kind == "deploy" else operations.restart)(service)
        except OperationError as error:
            self._progress(f"the decoy {decoy.kind} {service} was refused: {error}")
            return
        self.done.append(RecordedAction(at=at, kind=decoy.kind, service=service))
