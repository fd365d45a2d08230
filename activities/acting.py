from temporalio import activity

from activities.deciding import ApprovalId
from activities.heartbeating import heartbeating
from activities.ports import Actuator, Actuators, Gateway, GatewayApprovals, Ledger
from missions.approval import Approval, GatewayStatus, asks_for_more
from missions.errors import OutdatedError, RefusedError, StricterPolicyError, TargetChangedError
from missions.proposal import Effect, PolicyVerdict, Receipt, Refusal


class Acting:
    """Executes an approved action once: consume and record the intent, apply, record the outcome."""

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
    async def execute(self, request: ApprovalId) -> Receipt:
        """A retry continues: it looks for the effect at the target first, and never applies it twice."""
        org, approval_id = request.org, request.approval_id
        approval, recorded = await self._ledger.read(org, approval_id)
        if recorded is not None:
            return recorded
        key, action = str(approval_id), approval.proposal.action
        try:
            actuator = self._actuators.checked(org, action)
            if (receipt := await actuator.find(action, key)) is not None:
                # Refused where nobody consumed the approval: then the receipt is not of our doing.
                return await self._ledger.finish(org, approval_id, receipt)
            if approval.consumed_at is not None and not actuator.repeatable:
                return await self._ledger.finish(org, approval_id, _unknown_outcome(key))
            await self._check(org, approval, actuator)
            approval, _ = await self._ledger.begin(org, approval_id, activity.info().workflow_id or "")
        except RefusedError as error:
            refusal = Refusal.CHANGED if isinstance(error, OutdatedError) else Refusal.FORBIDDEN
            return await self._ledger.refuse(org, approval_id, error.detail or str(error), refusal)
        async with heartbeating():
            receipt = await actuator.apply(approval.proposal.action, key, approval.proposal.pre_state)
        return await self._ledger.finish(org, approval_id, receipt)

    async def _check(self, org: str, approval: Approval, actuator: Actuator) -> None:
        """Raises RefusedError if target, policy or gateway are not what the approval was given for.

        Also checked after a crash between consume and apply: the target does not know the key, so another
        party changed it. The policy is evaluated again: it may deny by now, or ask for more than before. If
        the gateway keeps an approval of its own, it must be approved.
        """
        proposal = approval.proposal
        if await actuator.state(proposal.action.service) != proposal.pre_state:
            raise TargetChangedError
        verdict = await self._verdict(org, approval)
        more = asks_for_more(verdict, approval)
        if more is not None:
            raise RefusedError(more) if verdict.effect is Effect.DENY else StricterPolicyError(more)
        await self._check_gateway(approval)

    async def _verdict(self, org: str, approval: Approval) -> PolicyVerdict:
        """The policy's verdict now, with the catalog's severity of then or now, whichever is higher."""
        proposal = approval.proposal
        verdict = await self._gateway.assess(org, approval.mission_id, proposal, proposal.reason)
        entry = self._actuators.entry(org, proposal.action)
        return verdict.at_least(max(proposal.severity, entry.severity) if entry else proposal.severity)

    async def _check_gateway(self, approval: Approval) -> None:
        """Raises RefusedError, and UnavailableError if the gateway does not answer."""
        token = approval.verdict.approval_token
        if token is None:
            return
        if self._gateway_approvals is None:
            raise RefusedError("No gateway is configured any more, but the approval needs one.")
        status = await self._gateway_approvals.look(token, approval.proposal.action)
        if status is not GatewayStatus.APPROVED:
            raise RefusedError(f"The gateway's own approval is {status}.")


def _unknown_outcome(key: str) -> Receipt:
    """The receipt after an attempt that died between consume and outcome, for a target without keys."""
    detail = "A worker died during the action, and the target cannot say whether it was done."
    return Receipt(key=key, applied=False, certain=False, detail=detail)
