from datetime import datetime

from gate import Gate

from missions.diagnosis import Diagnosis
from missions.evidence import Evidence
from missions.verification import AppliedAction, PanelRef, ProofPlan, Verification


class MemoryDiagnoser:
    """A root cause engine with preset results; the last comparison is repeated."""

    def __init__(self, diagnosis: Diagnosis, comparisons: list[Verification]) -> None:
        self.diagnosis = diagnosis
        self.comparisons = comparisons
        self.error: Exception | None = None
        self.compare_error: Exception | None = None
        self.gate = Gate()
        self.proof = ProofPlan(seconds=100, query_window_seconds=60, step_seconds=5, samples=5)
        self.evidence: list[tuple[Evidence, ...]] = []
        self.compared_since: list[datetime] = []

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:  # noqa: ARG002  known beforehand
        """The preset diagnosis, or the error."""
        self.evidence.append(evidence)
        await self.gate.pass_through()
        if self.error is not None:
            raise self.error
        return self.diagnosis

    async def plan_proof(self, diagnosis: Diagnosis, before: tuple[Evidence, ...]) -> ProofPlan:  # noqa: ARG002  known beforehand
        """The preset plan."""
        return self.proof

    async def compare(
        self,
        diagnosis: Diagnosis,  # noqa: ARG002  known beforehand
        before: tuple[Evidence, ...],  # noqa: ARG002  as above
        after: tuple[Evidence, ...],
        action: AppliedAction,
        unread: frozenset[PanelRef] = frozenset(),  # noqa: ARG002  as above
    ) -> Verification:
        """The next comparison, or the error."""
        self.evidence.append(after)
        self.compared_since.append(action.ended_at)
        if self.compare_error is not None:
            raise self.compare_error
        return self.comparisons.pop(0) if len(self.comparisons) > 1 else self.comparisons[0]
