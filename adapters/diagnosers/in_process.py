import asyncio

from missions.diagnosis import Diagnosis
from missions.evidence import Evidence
from missions.verification import AppliedAction, PanelRef, ProofPlan, Verification
from rca import diagnosis as engine
from rca import verification
from rca.traffic import traffic


class InProcessDiagnoser:
    """The built-in engine, in a thread: its computation must not block the event loop."""

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        """The engine's diagnosis, with the services' traffic."""
        diagnosis = await asyncio.to_thread(engine.diagnose, symptom, evidence)
        return diagnosis.model_copy(update={"traffic": traffic(evidence)})

    async def plan_proof(self, diagnosis: Diagnosis, before: tuple[Evidence, ...]) -> ProofPlan:
        """How long the proof of a recovery takes."""
        return await asyncio.to_thread(verification.plan_proof, diagnosis, before)

    async def compare(
        self,
        diagnosis: Diagnosis,
        before: tuple[Evidence, ...],
        after: tuple[Evidence, ...],
        action: AppliedAction,
        unread: frozenset[PanelRef] = frozenset(),
    ) -> Verification:
        """Whether all that showed the incident is back to normal."""
        return await asyncio.to_thread(verification.compare, diagnosis, before, after, action, unread)
