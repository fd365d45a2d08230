import asyncio
import contextlib
from datetime import timedelta

from temporalio import workflow

from activities.deciding import ApprovalId, Deciding, Petition, Standing
from missions.approval import Approval, ApprovalStatus
from missions.event import ApprovalClosed, ApprovalOpened
from missions.mission import Brief
from missions.proposal import Effect, Proposal, Verdict
from workflows.policies import ACT_WITHIN
from workflows.stage import Stage, unbroken


class Consent:
    """Asks people and waits. The row in the table decides; the doorbell only makes us look at it."""

    def __init__(self, brief: Brief, stage: Stage) -> None:
        self._brief = brief
        self._stage = stage
        self._rung = False
        self.approval: Approval | None = None

    def ring(self) -> None:
        """Somebody says that the row changed."""
        self._rung = True

    async def ask(self, proposal: Proposal, verdict: Verdict, within: timedelta) -> Standing:
        """Opens the approval and waits until its row is decided or its time is up."""
        petition = Petition(
            org=self._brief.org,
            mission_id=self._brief.mission_id,
            proposal=proposal,
            verdict=verdict,
            window=within,
            act_within=ACT_WITHIN,
        )
        approval = await unbroken(self._open(petition))
        standing = await self._decided(approval)
        if standing.status in (ApprovalStatus.EXPIRED, ApprovalStatus.CANCELLED):
            await self._stage.tell(ApprovalClosed(approval_id=approval.id, status=standing.status))
        return standing

    async def _open(self, petition: Petition) -> Approval:
        """Unbroken: a question that was asked is known, so that it can be withdrawn."""
        words, verdict = petition.proposal.action.words, petition.verdict
        approval = await self._stage.do(Deciding.open_approval, petition, f"Ask people: {words}", "ask")
        self.approval = approval
        allowed = verdict.effect is Effect.ALLOW
        await self._stage.tell(
            ApprovalOpened(
                approval_id=approval.id,
                # Not the row's: a retry may find it decided by people already.
                status=ApprovalStatus.APPROVED if allowed else ApprovalStatus.PENDING,
                action=words,
                action_hash=approval.action_hash,
                risk=approval.risk,
                quorum=approval.quorum,
                decide_by=approval.decide_by,
                rule=verdict.rule,
            )
        )
        return approval

    async def withdraw(self) -> bool:
        """Takes the question back where it was asked and not acted on; True where nothing was acted on."""
        if self.approval is None:
            return True
        which = ApprovalId(org=self._brief.org, approval_id=self.approval.id)
        standing = await self._stage.do(Deciding.revoke, which, "Withdraw the question", "revoke")
        if standing.status is ApprovalStatus.CANCELLED:
            await self._stage.tell(ApprovalClosed(approval_id=self.approval.id, status=standing.status))
            self.approval = None
        return not standing.consumed

    async def _decided(self, approval: Approval) -> Standing:
        which = ApprovalId(org=self._brief.org, approval_id=approval.id)
        while True:
            standing = await self._stage.do(Deciding.resolve, which, "Look at the approval", "resolve")
            if standing.status is not ApprovalStatus.PENDING:
                return standing
            with contextlib.suppress(asyncio.TimeoutError):
                await workflow.wait_condition(
                    lambda: self._rung,
                    timeout=timedelta(seconds=max(1.0, standing.seconds_left)),
                    timeout_summary="time to decide",
                )
            self._rung = False
