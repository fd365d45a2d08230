from temporalio import activity

from activities.beating import beating
from activities.deciding import ApprovalId
from activities.ports import Actuator, Gateway, Ledger
from missions.approval import Approval
from missions.errors import RefusedError
from missions.proposal import Effect, Receipt


class Acting:
    """Does an approved action once: consume and intent, effect, outcome."""

    def __init__(self, ledger: Ledger, actuator: Actuator, gateway: Gateway) -> None:
        self._ledger = ledger
        self._actuator = actuator
        self._gateway = gateway

    @activity.defn
    async def execute(self, which: ApprovalId) -> Receipt:
        """Running it again continues: what was done is found at the target, never done twice."""
        org, approval_id = which.org, which.approval_id
        if (recorded := await self._ledger.outcome(org, approval_id)) is not None:
            return recorded
        key = str(approval_id)
        if (done := await self._actuator.find(key)) is not None:
            return await self._ledger.finish(org, approval_id, done)
        try:
            await self._check(org, await self._ledger.read(org, approval_id))
            approval, _ = await self._ledger.begin(org, approval_id, activity.info().workflow_id or "")
        except RefusedError as refusal:
            return await self._ledger.refuse(org, approval_id, refusal.detail)
        async with beating():
            receipt = await self._actuator.apply(approval.proposal.action, key)
        return await self._ledger.finish(org, approval_id, receipt)

    async def _check(self, org: str, approval: Approval) -> None:
        """Raises RefusedError where the world is not the one that was agreed to.

        Also after a crash behind the consume: the target knows nothing of our key, so whatever changed it
        was somebody else.
        """
        state = await self._actuator.state(approval.proposal.action.service)
        if state != approval.proposal.pre_state:
            raise RefusedError("The target changed after the approval was asked for.")
        if approval.verdict.effect is not Effect.ALLOW:
            return
        verdict = await self._gateway.assess(org, approval.proposal, approval.proposal.reason)
        if verdict != approval.verdict:
            raise RefusedError("The policy does not allow this without people any more.")
