from uuid import UUID

from temporalio import activity

from activities.ports import Gateway
from missions.frozen_model import FrozenModel
from missions.proposal import PolicyVerdict, Proposal


class AssessInput(FrozenModel):
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
    async def assess(self, submission: AssessInput) -> PolicyVerdict:
        """Allow, review or deny, with the risk and the rule that says so; never milder than the catalog."""
        proposal = submission.proposal
        verdict = await self._gateway.assess(
            submission.org, submission.mission_id, proposal, submission.summary
        )
        return verdict.at_least(proposal.severity)
