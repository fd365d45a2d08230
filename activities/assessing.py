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
    async def assess(self, assess_input: AssessInput) -> PolicyVerdict:
        """Allow, review or deny, with risk and rule; the risk is never lower than the catalog's severity."""
        proposal = assess_input.proposal
        verdict = await self._gateway.assess(
            assess_input.org, assess_input.mission_id, proposal, assess_input.summary
        )
        return verdict.at_least(proposal.severity)
