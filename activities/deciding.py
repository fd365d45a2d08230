from datetime import timedelta
from uuid import UUID

from temporalio import activity

from activities.ports import ApprovalDesk, Notifier
from missions.approval import Approval, ApprovalState
from missions.frozen_model import FrozenModel
from missions.proposal import PolicyVerdict, Proposal
from missions.reminder import Urgency


class ApprovalRequest(FrozenModel):
    """The input of open_approval."""

    org: str
    mission_id: UUID
    proposal: Proposal
    verdict: PolicyVerdict
    window: timedelta
    act_within: timedelta


class ApprovalId(FrozenModel):
    """Which approval; it carries no authority."""

    org: str
    approval_id: UUID


class Reminder(FrozenModel):
    """The input of remind: what still waits, and how urgent it is."""

    org: str
    approval: Approval
    urgency: Urgency


class Deciding:
    """Opens, looks at and revokes approvals. Only people (through the API) and rules decide them."""

    def __init__(self, desk: ApprovalDesk, notifier: Notifier) -> None:
        self._desk = desk
        self._notifier = notifier

    @activity.defn
    async def open_approval(self, petition: ApprovalRequest) -> Approval:
        """Opens the row and asks people; opening it again finds it."""
        approval = await self._desk.open(
            petition.org,
            petition.mission_id,
            proposal=petition.proposal,
            verdict=petition.verdict,
            window_s=int(petition.window.total_seconds()),
            act_s=int(petition.act_within.total_seconds()),
        )
        await self._notifier.ask(petition.org, approval)
        return approval

    @activity.defn
    async def resolve(self, which: ApprovalId) -> ApprovalState:
        """Reads the row; what is past its time expires, by the database's clock."""
        return await self._desk.resolve(which.org, which.approval_id)

    @activity.defn
    async def remind(self, reminder: Reminder) -> None:
        """Tells people again that it waits."""
        await self._notifier.remind(reminder.org, reminder.approval, reminder.urgency)

    @activity.defn
    async def revoke(self, which: ApprovalId) -> ApprovalState:
        """Withdraws the question, unless it was consumed already."""
        return await self._desk.revoke(which.org, which.approval_id)
