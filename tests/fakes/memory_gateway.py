from missions.proposal import Proposal, Verdict


class MemoryGateway:
    """A policy with one answer, which a test may change."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.asked = 0

    async def assess(self, org: str, proposal: Proposal, summary: str) -> Verdict:  # noqa: ARG002  one answer
        """The answer."""
        self.asked += 1
        return self.verdict
