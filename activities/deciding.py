from datetime import timedelta
from uuid import UUID

from temporalio import activity

from activities.ports import ApprovalDesk, Notifier
from missions.approval import Approval, ApprovalStatus
from missions.proposal import Proposal, Verdict
from missions.word import Word


class Petition(Word):
    """The input of open_approval."""

    org: str
    mission_id: UUID
    proposal: Proposal
    verdict: Verdict
    window: timedelta
    act_within: timedelta


class ApprovalId(Word):
    """Which approval; it carries no authority."""

    org: str
    approval_id: UUID


class Standing(Word):
    """What the row says now: the status, the seconds left to decide, and whether it was consumed."""

    status: ApprovalStatus
    seconds_left: float = 0
    consumed: bool = False


class Deciding:
    """Opens, looks at and revokes approvals. Only people (through the API) and rules decide them."""

    def __init__(self, desk: ApprovalDesk, notifier: Notifier) -> None:
        self._desk = desk
        self._notifier = notifier

    @activity.defn
    async def open_approval(self, petition: Petition) -> Approval:
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
    async def resolve(self, which: ApprovalId) -> Standing:
        """Reads the row; what is past its time expires, by the database's clock."""
        status, left = await self._desk.resolve(which.org, which.approval_id)
        return Standing(status=status, seconds_left=left)

    @activity.defn
    async def revoke(self, which: ApprovalId) -> Standing:
        """Withdraws the question, unless it was consumed already."""
        status, consumed = await self._desk.revoke(which.org, which.approval_id)
        return Standing(status=status, consumed=consumed)
