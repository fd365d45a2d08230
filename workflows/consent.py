import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.agreeing import Agreeing
from activities.deciding import ApprovalId, Deciding, Petition, Reminder
from missions.approval import Approval, ApprovalStatus, GatewayStatus, Standing, allowed_by_rule
from missions.event import ApprovalClosed, ApprovalOpened, ApprovalReminded
from missions.mission import Brief
from missions.proposal import Proposal, Verdict
from missions.reminder import Urgency, until_next, urgency_of
from workflows.policies import ACT_WITHIN, STEP
from workflows.stage import Stage, unbroken


class Consent:
    """Asks people and waits. The row in the table decides; the doorbell only makes us look at it."""

    def __init__(self, brief: Brief, stage: Stage, moot: Callable[[], bool]) -> None:
        """`moot` says whether the question rests on what people have contested since."""
        self._brief = brief
        self._stage = stage
        self._moot = moot
        self._rung = False
        self.approval: Approval | None = None

    def ring(self) -> None:
        """Somebody says that the row changed."""
        self._rung = True

    async def ask(self, proposal: Proposal, verdict: Verdict, within: timedelta) -> tuple[Approval, Standing]:
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
        gone = standing.status in (ApprovalStatus.EXPIRED, ApprovalStatus.CANCELLED)
        if standing.vetoed or (gone and self.approval is not None):
            closed = ApprovalClosed(approval_id=approval.id, status=standing.status, reason=standing.said)
            await self._stage.tell(closed)
        return approval, standing

    async def withdraw(self) -> Standing | None:
        """Takes the question back where it was asked and not acted on; what its row says then."""
        if self.approval is None:
            return None
        which = ApprovalId(org=self._brief.org, approval_id=self.approval.id)
        standing = await self._stage.do(Deciding.revoke, which, "Withdraw the question", "revoke")
        if standing.status is ApprovalStatus.CANCELLED:
            await self._stage.tell(ApprovalClosed(approval_id=self.approval.id, status=standing.status))
            await self._in_step(self.approval, standing)
            self.approval = None
        return standing

    async def _open(self, petition: Petition) -> Approval:
        """Unbroken: a question that was asked is known, so that it can be withdrawn."""
        words, verdict = petition.proposal.action.words, petition.verdict
        approval = await self._stage.do(Deciding.open_approval, petition, f"Ask people: {words}", "ask")
        self.approval = approval
        await self._stage.tell(
            ApprovalOpened(
                approval_id=approval.id,
                # Not the row's: a retry may find it decided by people already.
                status=ApprovalStatus.APPROVED if allowed_by_rule(verdict) else ApprovalStatus.PENDING,
                action=words,
                action_hash=approval.action_hash,
                risk=approval.risk,
                quorum=approval.quorum,
                decide_by=approval.decide_by,
                rule=verdict.rule,
            )
        )
        return approval

    async def _decided(self, approval: Approval) -> Standing:
        """Looks whenever the doorbell rings and whenever people are to be reminded."""
        which = ApprovalId(org=self._brief.org, approval_id=approval.id)
        told: Urgency | None = None
        waits_until: datetime | None = None
        soon, late = STEP
        while True:
            self._rung = False
            standing = await self._stage.here(Deciding.resolve, which, "Look at the approval")
            standing = await self._in_step(approval, standing)
            if standing.status is ApprovalStatus.APPROVED and _apart(approval, standing):
                waits_until = waits_until or workflow.now() + ACT_WITHIN
                if workflow.now() >= waits_until:  # the executor says what is missing
                    return standing
            elif standing.status is not ApprovalStatus.PENDING:
                return standing
            elif self._moot():
                return await self.withdraw() or standing
            else:
                told = await self._remind(approval, standing, told)
            due = timedelta(seconds=max(1.0, until_next(approval.window, standing.seconds_left)))
            if approval.verdict.approval_token is not None:
                due, soon = min(due, soon), min(2 * soon, late)
            with contextlib.suppress(asyncio.TimeoutError):
                moot = self._moot if standing.status is ApprovalStatus.PENDING else _never
                await workflow.wait_condition(
                    partial(self._woken, moot),
                    timeout=due,
                    timeout_summary="time to decide",
                )

    def _woken(self, moot: Callable[[], bool]) -> bool:
        return self._rung or moot()

    async def _in_step(self, approval: Approval, standing: Standing) -> Standing:
        """The standing once the gateway knows of it, and we of its; as it was where it cannot be asked."""
        if approval.verdict.approval_token is None:
            return standing
        which = ApprovalId(org=self._brief.org, approval_id=approval.id)
        try:
            return await self._stage.do(Agreeing.keep_in_step, which, "Keep in step with the gateway")
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return standing

    async def _remind(self, approval: Approval, standing: Standing, told: Urgency | None) -> Urgency | None:
        """Reminds people where that is due; a reminder that cannot be sent must not end the mission."""
        urgency = urgency_of(approval.window, standing.seconds_left)
        if urgency is None or urgency is told:
            return told
        reminder = Reminder(org=self._brief.org, approval=approval, urgency=urgency)
        try:
            await self._stage.do(Deciding.remind, reminder, f"Tell people again: {urgency}", f"{urgency}")
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
        due = ApprovalReminded(approval_id=approval.id, urgency=urgency, decide_by=approval.decide_by)
        await self._stage.tell(due)
        return urgency


def _apart(approval: Approval, standing: Standing) -> bool:
    """Whether the gateway has an approval of its own that it did not give (yet)."""
    return approval.verdict.approval_token is not None and standing.gateway is not GatewayStatus.APPROVED


def _never() -> bool:
    return False
