from datetime import timedelta
from uuid import UUID

from temporalio import activity

from activities.ports import ApprovalDesk, Notifier
from missions.approval import Approval, ApprovalState
from missions.frozen_model import FrozenModel
from missions.proposal import PolicyVerdict, Proposal
from missions.reminder import Urgency


class ApprovalRequest(FrozenModel):
    """The input of open_approval; `earlier` counts the approvals that the mission asked for before."""

    org: str
    mission_id: UUID
    proposal: Proposal
    verdict: PolicyVerdict
    window: timedelta
    act_within: timedelta
    earlier: int = 0


class ApprovalId(FrozenModel):
    """The input of resolve, revoke and execute. Knowing an id grants nothing."""

    org: str
    approval_id: UUID


class Reminder(FrozenModel):
    """The input of remind."""

    org: str
    approval: Approval
    urgency: Urgency


class Deciding:
    """Opens, reads and revokes approvals. Only people (through the API) and policy rules decide them."""

    def __init__(self, desk: ApprovalDesk, notifier: Notifier) -> None:
        self._desk = desk
        self._notifier = notifier

    @activity.defn
    async def open_approval(self, request: ApprovalRequest) -> Approval:
        """Opens the row and notifies people; a retry returns the same row."""
        approval = await self._desk.open(
            request.org,
            request.mission_id,
            proposal=request.proposal,
            verdict=request.verdict,
            window_s=int(request.window.total_seconds()),
            act_s=int(request.act_within.total_seconds()),
            earlier=request.earlier,
        )
        await self._notifier.ask(request.org, approval)
        return approval

    @activity.defn
    async def resolve(self, request: ApprovalId) -> ApprovalState:
        """Reads the row; sets it to EXPIRED when its time is over by the database's clock."""
        return await self._desk.resolve(request.org, request.approval_id)

    @activity.defn
    async def remind(self, reminder: Reminder) -> None:
        """Notifies people again."""
        await self._notifier.remind(reminder.org, reminder.approval, reminder.urgency)

    @activity.defn
    async def revoke(self, request: ApprovalId) -> ApprovalState:
        """Cancels the approval unless it was consumed."""
        return await self._desk.revoke(request.org, request.approval_id)
