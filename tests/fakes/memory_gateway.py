from uuid import UUID

from gate import Gate

from missions.proposal import PolicyVerdict, Proposal


class MemoryGateway:
    """A policy with one verdict, and optionally another for undo actions."""

    def __init__(self, verdict: PolicyVerdict) -> None:
        self.verdict = verdict
        self.of_undoing: PolicyVerdict | None = None
        self.asked = 0
        self.gate = Gate()

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> PolicyVerdict:  # noqa: ARG002  one answer
        """The verdict."""
        self.asked += 1
        await self.gate.pass_through()
        return self.of_undoing if proposal.undoes and self.of_undoing else self.verdict
