from temporalio import activity

from activities.deciding import ApprovalId
from activities.heartbeating import heartbeating
from activities.ports import Actuator, Actuators, Gateway, GatewayApprovals, Ledger
from missions.approval import Approval, GatewayStatus
from missions.errors import RefusedError, TargetChangedError
from missions.proposal import Effect, Receipt, Refusal


class Acting:
    """Does an approved action once: consume and intent, effect, outcome."""

    def __init__(
        self,
        ledger: Ledger,
        actuators: Actuators,
        gateway: Gateway,
        gateway_approvals: GatewayApprovals | None = None,
    ) -> None:
        self._ledger = ledger
        self._actuators = actuators
        self._gateway = gateway
        self._gateway_approvals = gateway_approvals

    @activity.defn
    async def execute(self, which: ApprovalId) -> Receipt:
        """Running it again continues: what was done is found at the target, never done twice."""
        org, approval_id = which.org, which.approval_id
        approval, recorded = await self._ledger.read(org, approval_id)
        if recorded is not None:
            return recorded
        key, action = str(approval_id), approval.proposal.action
        try:
            actuator = self._actuators.checked(action)
            if (done := await actuator.find(action, key)) is not None:
                return await self._ledger.finish(org, approval_id, done)
            if approval.consumed_at is not None and not actuator.repeatable:
                return await self._ledger.finish(org, approval_id, _lost(key))
            await self._check(org, approval, actuator)
            approval, _ = await self._ledger.begin(org, approval_id, activity.info().workflow_id or "")
        except RefusedError as error:
            changed = isinstance(error, TargetChangedError)
            refusal = Refusal.CHANGED if changed else Refusal.FORBIDDEN
            return await self._ledger.refuse(org, approval_id, error.detail or str(error), refusal)
        async with heartbeating():
            receipt = await actuator.apply(approval.proposal.action, key)
        return await self._ledger.finish(org, approval_id, receipt)

    async def _check(self, org: str, approval: Approval, actuator: Actuator) -> None:
        """Raises RefusedError where the world is not the one that was agreed to.

        Also after a crash behind the consume: the target knows nothing of our key, so whatever changed it
        was somebody else. The policy is asked again: a rule may have gone, or a kill switch been thrown.
        Where the gateway has an approval of its own, it must have been given.
        """
        proposal = approval.proposal
        if await actuator.state(proposal.action.service) != proposal.pre_state:
            raise TargetChangedError
        verdict = await self._gateway.assess(org, approval.mission_id, proposal, proposal.reason)
        if verdict.effect is Effect.DENY:
            raise RefusedError(f"The policy denies it by now: {verdict.reason}")
        if approval.by_rule and verdict.at_least(proposal.severity) != approval.verdict:
            raise RefusedError("The policy does not allow this without people any more.")
        await self._check_gateway(approval)

    async def _check_gateway(self, approval: Approval) -> None:
        """Raises RefusedError, and UnavailableError where the gateway cannot be asked."""
        token = approval.verdict.approval_token
        if token is None:
            return
        if self._gateway_approvals is None:
            raise RefusedError("The gateway that opened an approval of its own cannot be asked any more.")
        said = await self._gateway_approvals.look(token, approval.proposal.action)
        if said is not GatewayStatus.APPROVED:
            raise RefusedError(f"The gateway's own approval is {said}.")


def _lost(key: str) -> Receipt:
    """An earlier attempt was lost between consuming and recording; the target promises nothing."""
    told = "A worker was lost while it did this, and the target cannot say whether it was done."
    return Receipt(key=key, applied=False, certain=False, detail=told)
