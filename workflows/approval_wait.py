import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.agreeing import Agreeing
from activities.deciding import ApprovalId, ApprovalRequest, Deciding, Reminder
from missions.approval import Approval, ApprovalState, ApprovalStatus, GatewayStatus, allowed_by_rule
from missions.event import ApprovalClosed, ApprovalOpened, ApprovalReminded
from missions.mission import Brief
from missions.proposal import PolicyVerdict, Proposal
from missions.reminder import Urgency, until_next, urgency_of
from workflows.activity_runner import ActivityRunner, shielded
from workflows.policies import ACT_WITHIN, STEP


class ApprovalWait:
    """Asks people and waits. The row in the table decides; the doorbell only makes us look at it."""

    def __init__(self, brief: Brief, activities: ActivityRunner, moot: Callable[[], bool]) -> None:
        """`moot` says whether the question rests on what people have contested since."""
        self._brief = brief
        self._activities = activities
        self._moot = moot
        self._rung = False
        self.approval: Approval | None = None

    def ring(self) -> None:
        """Somebody says that the row changed."""
        self._rung = True

    async def ask(
        self, proposal: Proposal, verdict: PolicyVerdict, within: timedelta
    ) -> tuple[Approval, ApprovalState]:
        """Opens the approval and waits until its row is decided or its time is up."""
        petition = ApprovalRequest(
            org=self._brief.org,
            mission_id=self._brief.mission_id,
            proposal=proposal,
            verdict=verdict,
            window=within,
            act_within=ACT_WITHIN,
        )
        approval = await shielded(self._open(petition))
        state = await self._decided(approval)
        gone = state.status in (ApprovalStatus.EXPIRED, ApprovalStatus.CANCELLED)
        if state.vetoed or (gone and self.approval is not None):
            closed = ApprovalClosed(approval_id=approval.id, status=state.status, reason=state.said)
            await self._activities.record(closed)
        return approval, state

    async def withdraw(self) -> ApprovalState | None:
        """Takes the question back where it was asked and not acted on; what its row says then."""
        if self.approval is None:
            return None
        which = ApprovalId(org=self._brief.org, approval_id=self.approval.id)
        state = await self._activities.run(Deciding.revoke, which, "Withdraw the question", "revoke")
        if state.status is ApprovalStatus.CANCELLED:
            await self._activities.record(ApprovalClosed(approval_id=self.approval.id, status=state.status))
            await self._in_step(self.approval, state)
            self.approval = None
        return state

    async def _open(self, petition: ApprovalRequest) -> Approval:
        """Unbroken: a question that was asked is known, so that it can be withdrawn."""
        words, verdict = petition.proposal.action.words, petition.verdict
        approval = await self._activities.run(Deciding.open_approval, petition, f"Ask people: {words}", "ask")
        self.approval = approval
        await self._activities.record(
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

    async def _decided(self, approval: Approval) -> ApprovalState:
        """Looks whenever the doorbell rings and whenever people are to be reminded."""
        which = ApprovalId(org=self._brief.org, approval_id=approval.id)
        told: Urgency | None = None
        waits_until: datetime | None = None
        soon, late = STEP
        while True:
            self._rung = False
            state = await self._activities.run_local(Deciding.resolve, which, "Look at the approval")
            state = await self._in_step(approval, state)
            if state.status is ApprovalStatus.APPROVED and _apart(approval, state):
                waits_until = waits_until or workflow.now() + ACT_WITHIN
                if workflow.now() >= waits_until:  # the executor says what is missing
                    return state
            elif state.status is not ApprovalStatus.PENDING:
                return state
            elif self._moot():
                return await self.withdraw() or state
            else:
                told = await self._remind(approval, state, told)
            due = timedelta(seconds=max(1.0, until_next(approval.window, state.seconds_left)))
            if approval.verdict.approval_token is not None:
                due, soon = min(due, soon), min(2 * soon, late)
            with contextlib.suppress(asyncio.TimeoutError):
                moot = self._moot if state.status is ApprovalStatus.PENDING else _never
                await workflow.wait_condition(
                    partial(self._woken, moot),
                    timeout=due,
                    timeout_summary="time to decide",
                )

    def _woken(self, moot: Callable[[], bool]) -> bool:
        return self._rung or moot()

    async def _in_step(self, approval: Approval, state: ApprovalState) -> ApprovalState:
        """The state once the gateway knows of it, and we of its; as it was where it cannot be asked."""
        if approval.verdict.approval_token is None:
            return state
        which = ApprovalId(org=self._brief.org, approval_id=approval.id)
        try:
            return await self._activities.run(Agreeing.keep_in_step, which, "Keep in step with the gateway")
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return state

    async def _remind(self, approval: Approval, state: ApprovalState, told: Urgency | None) -> Urgency | None:
        """Reminds people where that is due; a reminder that cannot be sent must not end the mission."""
        urgency = urgency_of(approval.window, state.seconds_left)
        if urgency is None or urgency is told:
            return told
        reminder = Reminder(org=self._brief.org, approval=approval, urgency=urgency)
        try:
            await self._activities.run(
                Deciding.remind, reminder, f"Tell people again: {urgency}", f"{urgency}"
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
        due = ApprovalReminded(approval_id=approval.id, urgency=urgency, decide_by=approval.decide_by)
        await self._activities.record(due)
        return urgency


def _apart(approval: Approval, state: ApprovalState) -> bool:
    """Whether the gateway has an approval of its own that it did not give (yet)."""
    return approval.verdict.approval_token is not None and state.gateway is not GatewayStatus.APPROVED


def _never() -> bool:
    return False
