from uuid import UUID

from temporalio import activity

from activities.ports import Gateway
from missions.proposal import Proposal, Verdict
from missions.word import Word


class Submission(Word):
    """The input of assess."""

    org: str
    mission_id: UUID
    proposal: Proposal
    summary: str


class Assessing:
    """Asks the policy."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @activity.defn
    async def assess(self, submission: Submission) -> Verdict:
        """Allow, review or deny, with the risk and the rule that says so; never milder than the catalog."""
        proposal = submission.proposal
        verdict = await self._gateway.assess(
            submission.org, submission.mission_id, proposal, submission.summary
        )
        return verdict.at_least(proposal.severity)
