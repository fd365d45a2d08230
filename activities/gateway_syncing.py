from temporalio import activity

from activities.deciding import ApprovalId
from activities.ports import ApprovalDesk, GatewayApprovals
from missions.approval import Approval, ApprovalState, ApprovalStatus, GatewayStatus


class GatewaySyncing:
    """Synchronizes our approval with the one that an external gateway keeps, if there is one."""

    def __init__(self, desk: ApprovalDesk, gateway: GatewayApprovals | None) -> None:
        self._desk = desk
        self._gateway = gateway

    @activity.defn
    async def keep_in_step(self, request: ApprovalId) -> ApprovalState:
        """Sends our decision to the gateway and stores the gateway's: its denial denies, its yes is no vote.

        Raises UnavailableError if the gateway does not answer; then nothing changes.
        """
        state = await self._desk.resolve(request.org, request.approval_id)
        approval = await self._desk.read(request.org, request.approval_id)
        token = approval.verdict.approval_token
        if token is None or self._gateway is None:
            return state
        action = approval.proposal.action
        status = await self._gateway.look(token, action)
        if status is GatewayStatus.PENDING and approval.status is not ApprovalStatus.PENDING:
            agreed = approval.status is ApprovalStatus.APPROVED
            await self._gateway.answer(token, agreed=agreed, reason=_reason(approval, state))
            status = await self._gateway.look(token, action)
        return await self._desk.note(request.org, request.approval_id, status)


def _reason(approval: Approval, state: ApprovalState) -> str:
    """Our decision as a sentence for the gateway."""
    agreed = ", ".join(vote.name for vote in approval.counted_approvals)
    if approval.status is ApprovalStatus.APPROVED:
        return f"Approved by {agreed or approval.verdict.rule}."
    return f"Our approval is {approval.status}. {state.said}".strip()
