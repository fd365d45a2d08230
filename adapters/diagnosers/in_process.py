import asyncio
from datetime import datetime

from missions.diagnosis import Diagnosis
from missions.evidence import Evidence
from missions.verification import Verification
from rca import diagnosis as engine
from rca import recovery
from rca.traffic import traffic


class InProcessDiagnoser:
    """The built-in engine, in a thread: its computation must not block the event loop."""

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        """The engine's diagnosis, with the services' traffic."""
        diagnosis = await asyncio.to_thread(engine.diagnose, symptom, evidence)
        return diagnosis.model_copy(update={"traffic": traffic(evidence)})

    async def compare(
        self,
        diagnosis: Diagnosis,
        before: tuple[Evidence, ...],
        after: tuple[Evidence, ...],
        since: datetime,
    ) -> Verification:
        """Whether the series that showed the incident are back to normal."""
        return await asyncio.to_thread(recovery.compare, diagnosis, before, after, since)
