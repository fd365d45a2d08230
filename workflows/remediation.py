import asyncio
from dataclasses import dataclass
from uuid import UUID

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ActivityError

from activities.acting import Acting
from activities.assessing import Assessing, AssessInput
from activities.deciding import ApprovalId
from activities.proposing import Proposing, RenewInput
from missions.approval import AfterDenial, Approval, ApprovalState, ApprovalStatus
from missions.diagnosis import Diagnosis
from missions.event import Acted, Proposed
from missions.mission import Brief, Outcome, Status
from missions.plan import Plan
from missions.proposal import Effect, PolicyVerdict, Proposal, Receipt, Refusal
from workflows.activity_runner import ActivityRunner, innermost_message, shielded
from workflows.approval_wait import ApprovalWait
from workflows.policies import MAX_APPROVALS, decide_within

STATUS_AFTER_S = 1.0
RISK = SearchAttributeKey.for_keyword("Risk")


@dataclass(frozen=True)
class RemediationResult:
    """How one proposal ended: the mission's outcome if nothing follows, and whether another may be tried."""

    outcome: Outcome
    reason: str
    applied_under: UUID | None = None
    """The id of the approval under which the action was applied; None if it was not, or perhaps not."""
    may_try_next: bool = False
    contested: bool = False
    """Whether people contested the diagnosis behind the proposal before they decided."""


class Remediation:
    """Takes one proposal through policy, approval and execution.

    Where target or policy have changed since the approval was requested, a new one is requested.
    """

    def __init__(self, brief: Brief, activities: ActivityRunner, approval_wait: ApprovalWait) -> None:
        self._brief = brief
        self._activities = activities
        self._approval_wait = approval_wait
        self.finished = ""
        """A sentence about the applied action, for the ending of a mission that is stopped after it."""

    async def carry_out(self, plan: Plan, diagnosis: Diagnosis, proposal: Proposal) -> RemediationResult:
        """Executes the proposal once policy and people agree; asks again if target or policy have changed."""
        words = proposal.action.words
        for _ in range(MAX_APPROVALS):
            verdict = await self._assess(proposal, diagnosis)
            if verdict.effect is Effect.DENY:
                denied = f"The policy denies {words}: {verdict.reason}"
                return RemediationResult(Outcome.REFUSED, denied, may_try_next=True)
            self._activities.set_status(Status.AWAITING_APPROVAL, f"Waiting for approval: **{words}**")
            approval, state = await self._approval_wait.ask(proposal, verdict, decide_within(plan, verdict))
            if state.status is ApprovalStatus.CANCELLED:
                return RemediationResult(
                    Outcome.NOT_DONE, f"The approval of {words} was withdrawn.", contested=True
                )
            if state.status is not ApprovalStatus.APPROVED:
                return _not_approved(words, state)
            receipt = await shielded(self._execute(approval))
            if receipt.refusal is not Refusal.CHANGED or not receipt.certain:
                return await self._result(approval, receipt)
            await self._approval_wait.withdraw()
            renewed = await self._renew(diagnosis, proposal)
            if renewed is None:
                impossible = f"{receipt.detail} {words} is no longer possible."
                return RemediationResult(Outcome.NOT_DONE, impossible, may_try_next=True)
            proposal = renewed
        changed = f"Target or policy changed after each of the {MAX_APPROVALS} approvals of {words}."
        return RemediationResult(Outcome.NOT_DONE, changed)

    async def _assess(self, proposal: Proposal, diagnosis: Diagnosis) -> PolicyVerdict:
        assess_input = AssessInput(
            org=self._brief.org,
            mission_id=self._brief.mission_id,
            proposal=proposal,
            summary=diagnosis.summary,
        )
        verdict = await self._activities.run(Assessing.assess, assess_input, "Ask the policy", "assess")
        if diagnosis.stands:
            verdict = verdict.by_people("People gave feedback on the diagnosis: a rule alone allows nothing.")
        await self._activities.record(Proposed(proposal=proposal, verdict=verdict))
        workflow.upsert_search_attributes([RISK.value_set(verdict.risk.name)])
        return verdict

    async def _renew(self, diagnosis: Diagnosis, proposal: Proposal) -> Proposal | None:
        renew_input = RenewInput(org=self._brief.org, diagnosis=diagnosis, proposal=proposal)
        return await self._activities.run(Proposing.renew, renew_input, "Read the target again", "renew")

    async def _execute(self, approval: Approval) -> Receipt:
        """Runs shielded: a cancellation waits until the action is finished and recorded."""
        words = approval.proposal.action.words
        approval_id = ApprovalId(org=self._brief.org, approval_id=approval.id)
        execution = asyncio.ensure_future(
            self._activities.run(Acting.execute, approval_id, f"Execute: {words}", "execute")
        )
        # The status costs a task of its own: a quick execution does not wait for it.
        await workflow.wait([execution], timeout=STATUS_AFTER_S)
        self._activities.set_status(Status.RUNNING, f"Executing: **{words}**")
        try:
            receipt = await execution
        except ActivityError as error:
            receipt = await self._failed_receipt(approval, error)
        await self._activities.record(Acted(approval_id=approval.id, receipt=receipt))
        if receipt.applied:
            self.finished = f" The action that had begun was finished: {words}."
        return receipt

    async def _failed_receipt(self, approval: Approval, error: ActivityError) -> Receipt:
        """An approval that can still be withdrawn proves that the executor did not begin."""
        state = await self._approval_wait.withdraw()
        untouched = state is not None and not state.consumed
        prefix = "Nothing was done: " if untouched else "It is not known whether the action was done: "
        return Receipt(
            key=str(approval.id), applied=False, certain=untouched, detail=prefix + innermost_message(error)
        )

    async def _result(self, approval: Approval, receipt: Receipt) -> RemediationResult:
        if receipt.applied or not receipt.certain:
            applied_under = approval.id if receipt.applied else None
            return RemediationResult(Outcome.UNKNOWN, receipt.detail, applied_under=applied_under)
        state = await self._approval_wait.withdraw()
        if state is not None and state.status is ApprovalStatus.DENIED:  # an approver took the vote back
            return _not_approved(approval.proposal.action.words, state)
        return RemediationResult(Outcome.NOT_DONE, receipt.detail, may_try_next=receipt.refusal is None)


def _not_approved(words: str, state: ApprovalState) -> RemediationResult:
    """No answer counts as no; only a person who denies may ask for the next candidate."""
    notes = f" ({state.said})" if state.said else ""
    reason = f"{words} was not approved: {state.status}{notes}."
    if state.status is ApprovalStatus.DENIED:
        return RemediationResult(Outcome.DENIED, reason, may_try_next=state.then is AfterDenial.NEXT)
    return RemediationResult(Outcome.EXPIRED, reason)
