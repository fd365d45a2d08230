import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.deciding import ApprovalId, ApprovalRequest, Deciding, Reminder
from activities.gateway_syncing import GatewaySyncing
from missions.approval import Approval, ApprovalState, ApprovalStatus, GatewayStatus, allowed_by_rule
from missions.event import ApprovalClosed, ApprovalOpened, ApprovalReminded
from missions.mission import Brief
from missions.proposal import PolicyVerdict, Proposal
from missions.reminder import Urgency, until_next, urgency_of
from workflows.activity_runner import ActivityRunner, shielded
from workflows.policies import ACT_WITHIN, GATEWAY_POLL


class ApprovalWait:
    """Opens an approval and waits for its row to be decided. A signal only makes it read the row."""

    def __init__(self, brief: Brief, activities: ActivityRunner, is_contested: Callable[[], bool]) -> None:
        """`is_contested` says whether people have changed the diagnosis behind the proposal."""
        self._brief = brief
        self._activities = activities
        self._is_contested = is_contested
        self._notified = False
        self._asked = 0
        self.approval: Approval | None = None

    def notify(self) -> None:
        """Says that the row may have changed."""
        self._notified = True

    async def ask(
        self, proposal: Proposal, verdict: PolicyVerdict, within: timedelta
    ) -> tuple[Approval, ApprovalState]:
        """Opens the approval and waits until its row is decided or `within` has passed."""
        request = ApprovalRequest(
            org=self._brief.org,
            mission_id=self._brief.mission_id,
            proposal=proposal,
            verdict=verdict,
            window=within,
            act_within=ACT_WITHIN,
            earlier=self._asked,
        )
        self._asked += 1
        approval = await shielded(self._open(request))
        state = await self._decided(approval)
        ended = state.status in (ApprovalStatus.EXPIRED, ApprovalStatus.CANCELLED)
        if state.vetoed or (ended and self.approval is not None):
            closed = ApprovalClosed(approval_id=approval.id, status=state.status, reason=state.said)
            await self._activities.record(closed)
        return approval, state

    async def withdraw(self) -> ApprovalState | None:
        """Cancels the open approval unless it was consumed; returns what its row says then."""
        if self.approval is None:
            return None
        approval_id = ApprovalId(org=self._brief.org, approval_id=self.approval.id)
        state = await self._activities.run(Deciding.revoke, approval_id, "Withdraw the approval", "revoke")
        if state.status is ApprovalStatus.CANCELLED:
            await self._activities.record(ApprovalClosed(approval_id=self.approval.id, status=state.status))
            await self._synced(self.approval, state)
            self.approval = None
        return state

    async def _open(self, request: ApprovalRequest) -> Approval:
        """Runs shielded, so that an approval that was opened can always be withdrawn."""
        words, verdict = request.proposal.action.words, request.verdict
        approval = await self._activities.run(
            Deciding.open_approval, request, f"Ask for approval: {words}", "ask"
        )
        self.approval = approval
        await self._activities.record(
            ApprovalOpened(
                approval_id=approval.id,
                # Not the row's status: on a retry people may have decided already.
                status=ApprovalStatus.APPROVED if allowed_by_rule(verdict) else ApprovalStatus.PENDING,
                action=words,
                action_hash=approval.action_hash,
                risk=approval.risk,
                quorum=approval.quorum,
                decide_by=approval.decide_by,
                rule=verdict.rule,
                participants=approval.participants,
            )
        )
        return approval

    async def _decided(self, approval: Approval) -> ApprovalState:
        """Reads the row after each signal and whenever a reminder or a poll of the gateway is due."""
        approval_id = ApprovalId(org=self._brief.org, approval_id=approval.id)
        reminded: Urgency | None = None
        gateway_deadline: datetime | None = None
        poll, max_poll = GATEWAY_POLL
        while True:
            self._notified = False
            state = await self._activities.run_local(Deciding.resolve, approval_id, "Read the approval")
            state = await self._synced(approval, state)
            if state.status is ApprovalStatus.APPROVED and _gateway_is_missing(approval, state):
                gateway_deadline = gateway_deadline or workflow.now() + ACT_WITHIN
                if workflow.now() >= gateway_deadline:  # the executor refuses, and says what is missing
                    return state
            elif state.status is not ApprovalStatus.PENDING:
                return state
            elif self._is_contested():
                return await self.withdraw() or state
            else:
                reminded = await self._remind(approval, state, reminded)
            timeout = timedelta(seconds=max(1.0, until_next(approval.window, state.seconds_left)))
            if approval.verdict.approval_token is not None:
                timeout, poll = min(timeout, poll), min(2 * poll, max_poll)
            with contextlib.suppress(asyncio.TimeoutError):
                is_contested = self._is_contested if state.status is ApprovalStatus.PENDING else _never
                await workflow.wait_condition(
                    partial(self._must_read, is_contested),
                    timeout=timeout,
                    timeout_summary="time to decide",
                )

    def _must_read(self, is_contested: Callable[[], bool]) -> bool:
        return self._notified or is_contested()

    async def _synced(self, approval: Approval, state: ApprovalState) -> ApprovalState:
        """The state after a sync with the gateway's own approval; unchanged if that fails."""
        if approval.verdict.approval_token is None:
            return state
        approval_id = ApprovalId(org=self._brief.org, approval_id=approval.id)
        try:
            return await self._activities.run(
                GatewaySyncing.keep_in_step, approval_id, "Synchronize with the gateway"
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return state

    async def _remind(
        self, approval: Approval, state: ApprovalState, reminded: Urgency | None
    ) -> Urgency | None:
        """Reminds people when that is due. A reminder that cannot be sent does not end the mission."""
        urgency = urgency_of(approval.window, state.seconds_left)
        if urgency is None or urgency is reminded:
            return reminded
        reminder = Reminder(org=self._brief.org, approval=approval, urgency=urgency)
        try:
            await self._activities.run(Deciding.remind, reminder, f"Remind people: {urgency}", f"{urgency}")
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
        event = ApprovalReminded(approval_id=approval.id, urgency=urgency, decide_by=approval.decide_by)
        await self._activities.record(event)
        return urgency


def _gateway_is_missing(approval: Approval, state: ApprovalState) -> bool:
    """Whether the gateway keeps an approval of its own and has not approved it yet."""
    return approval.verdict.approval_token is not None and state.gateway is not GatewayStatus.APPROVED


def _never() -> bool:
    return False
