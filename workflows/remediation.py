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
from workflows.policies import ASKS, decide_within

MOMENT_S = 1.0
RISK = SearchAttributeKey.for_keyword("Risk")


@dataclass(frozen=True)
class RemediationResult:
    """How far one proposal came: how a mission would end with it, and whether another may be tried."""

    outcome: Outcome
    reason: str
    done: UUID | None = None
    """The approval under which it was done at the target; None where it certainly or perhaps was not."""
    go_on: bool = False
    moot: bool = False
    """Whether people contested, before they answered, the diagnosis from which it followed."""


class Remediation:
    """Carries one proposal out: policy, people, effect. A changed target is asked about anew."""

    def __init__(self, brief: Brief, activities: ActivityRunner, approval_wait: ApprovalWait) -> None:
        self._brief = brief
        self._activities = activities
        self._approval_wait = approval_wait
        self.done = ""
        """What was begun at a target and finished, in words: for a mission that is stopped behind it."""

    async def carry_out(self, plan: Plan, diagnosis: Diagnosis, proposal: Proposal) -> RemediationResult:
        """Does it where policy and people agree to exactly this; asks ASKS times where the target changes."""
        words = proposal.action.words
        for _ in range(ASKS):
            verdict = await self._assess(proposal, diagnosis)
            if verdict.effect is Effect.DENY:
                refused = f"The policy refuses {words}: {verdict.reason}"
                return RemediationResult(Outcome.REFUSED, refused, go_on=True)
            self._activities.set_status(Status.AWAITING_APPROVAL, f"Waiting for people: **{words}**")
            approval, state = await self._approval_wait.ask(proposal, verdict, decide_within(plan, verdict))
            if state.status is ApprovalStatus.CANCELLED:
                return RemediationResult(Outcome.NOT_DONE, f"{words} was not asked for any more.", moot=True)
            if state.status is not ApprovalStatus.APPROVED:
                return _unapproved(words, state)
            receipt = await shielded(self._act(approval))
            if receipt.refusal is not Refusal.CHANGED or not receipt.certain:
                return await self._deed(approval, receipt)
            await self._approval_wait.withdraw()
            renewed = await self._renew(diagnosis, proposal)
            if renewed is None:
                gone = f"{receipt.detail} {words} is not possible any more."
                return RemediationResult(Outcome.NOT_DONE, gone, go_on=True)
            proposal = renewed
        often = f"The target changed each of the {ASKS} times that people were asked about {words}."
        return RemediationResult(Outcome.NOT_DONE, often)

    async def _assess(self, proposal: Proposal, diagnosis: Diagnosis) -> PolicyVerdict:
        submission = AssessInput(
            org=self._brief.org,
            mission_id=self._brief.mission_id,
            proposal=proposal,
            summary=diagnosis.summary,
        )
        verdict = await self._activities.run(Assessing.assess, submission, "Ask the policy", "assess")
        if diagnosis.stands:
            verdict = verdict.by_people("People steered the diagnosis: no rule alone allows what follows.")
        await self._activities.record(Proposed(proposal=proposal, verdict=verdict))
        workflow.upsert_search_attributes([RISK.value_set(verdict.risk.name)])
        return verdict

    async def _renew(self, diagnosis: Diagnosis, proposal: Proposal) -> Proposal | None:
        renewal = RenewInput(diagnosis=diagnosis, proposal=proposal)
        return await self._activities.run(Proposing.renew, renewal, "Read the target again", "renew")

    async def _act(self, approval: Approval) -> Receipt:
        """Past this point a cancellation waits: what was begun is finished and recorded."""
        words, which = (
            approval.proposal.action.words,
            ApprovalId(org=self._brief.org, approval_id=approval.id),
        )
        doing = asyncio.ensure_future(
            self._activities.run(Acting.execute, which, f"Do it: {words}", "execute")
        )
        # People wait for the target: what the Temporal UI tells is written when it is done, or soon.
        await workflow.wait([doing], timeout=MOMENT_S)
        self._activities.set_status(Status.RUNNING, f"Doing: **{words}**")
        try:
            receipt = await doing
        except ActivityError as error:
            state = await self._approval_wait.withdraw()
            untouched = state is not None and not state.consumed
            told = (
                "Nothing was done: " if untouched else "Asked for, and it is not known whether it was done: "
            )
            receipt = Receipt(
                key=str(approval.id), applied=False, certain=untouched, detail=told + innermost_message(error)
            )
        await self._activities.record(Acted(approval_id=approval.id, receipt=receipt))
        if receipt.applied:
            self.done = f" What was begun was finished: {words}."
        return receipt

    async def _deed(self, approval: Approval, receipt: Receipt) -> RemediationResult:
        if receipt.applied or not receipt.certain:
            return RemediationResult(
                Outcome.UNKNOWN, receipt.detail, done=approval.id if receipt.applied else None
            )
        state = await self._approval_wait.withdraw()
        if state is not None and state.status is ApprovalStatus.DENIED:  # a yes was taken back
            return _unapproved(approval.proposal.action.words, state)
        return RemediationResult(Outcome.NOT_DONE, receipt.detail, go_on=receipt.refusal is None)


def _unapproved(words: str, state: ApprovalState) -> RemediationResult:
    """No yes is a no; only a denier may ask for the next candidate."""
    said = f" ({state.said})" if state.said else ""
    told = f"{words} was not approved: the answer was {state.status}{said}."
    if state.status is ApprovalStatus.DENIED:
        return RemediationResult(Outcome.DENIED, told, go_on=state.then is AfterDenial.NEXT)
    return RemediationResult(Outcome.EXPIRED, told)
