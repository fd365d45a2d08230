from temporalio import activity

from activities.deciding import ApprovalId
from activities.ports import ApprovalDesk, GatewayApprovals
from missions.approval import Approval, ApprovalState, ApprovalStatus, GatewayStatus, VoteChoice


class Agreeing:
    """Keeps our approval and the gateway's own in step; without a gateway there is nothing to keep."""

    def __init__(self, desk: ApprovalDesk, gateway: GatewayApprovals | None) -> None:
        self._desk = desk
        self._gateway = gateway

    @activity.defn
    async def keep_in_step(self, which: ApprovalId) -> ApprovalState:
        """Posts what was decided here, and keeps what was said there: its no is ours, its yes is no vote.

        Raises UnavailableError where the gateway cannot be asked: then nothing changes here.
        """
        standing = await self._desk.resolve(which.org, which.approval_id)
        approval = await self._desk.read(which.org, which.approval_id)
        token = approval.verdict.approval_token
        if token is None or self._gateway is None:
            return standing
        action = approval.proposal.action
        said = await self._gateway.look(token, action)
        if said is GatewayStatus.PENDING and approval.status is not ApprovalStatus.PENDING:
            agreed = approval.status is ApprovalStatus.APPROVED
            await self._gateway.answer(token, agreed=agreed, reason=_why(approval, standing))
            said = await self._gateway.look(token, action)
        return await self._desk.note(which.org, which.approval_id, said)


def _why(approval: Approval, standing: ApprovalState) -> str:
    """Our decision in words, for the gateway's people."""
    agreed = ", ".join(vote.name for vote in approval.votes if vote.answer is VoteChoice.APPROVED)
    if approval.status is ApprovalStatus.APPROVED:
        return f"Approved by {agreed or approval.verdict.rule}."
    return f"It is {approval.status}. {standing.said}".strip()
