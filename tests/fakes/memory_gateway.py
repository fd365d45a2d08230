from uuid import UUID

from memory_gate import MemoryGate

from missions.proposal import Proposal, Verdict


class MemoryGateway:
    """A policy with one answer, and perhaps another for what takes something back."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.of_undoing: Verdict | None = None
        self.asked = 0
        self.gate = MemoryGate()

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> Verdict:  # noqa: ARG002  one answer
        """The answer."""
        self.asked += 1
        await self.gate.pass_through()
        return self.of_undoing if proposal.undoes and self.of_undoing else self.verdict
