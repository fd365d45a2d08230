import asyncio
from collections.abc import Sequence
from uuid import UUID

from temporalio import workflow
from temporalio.common import RawValue, SearchAttributeKey
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    is_cancelled_exception,
)

from activities.journaling import Reporting, ReportInput
from activities.planning import Planning
from activities.proposing import ProposeInput, Proposing, UndoInput
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.event import Closed, Diagnosed, Planned, Started
from missions.evidence import PageObservation
from missions.mission import FOREIGN, Brief, Outcome, Status
from missions.plan import Plan
from missions.proposal import Action, Proposal
from missions.verification import Recovery
from missions.workflow_ids import mission_workflow_id
from workflows.activity_runner import QUARANTINED, ActivityRunner, innermost_message, shielded
from workflows.approval_wait import ApprovalWait
from workflows.investigation import Investigation
from workflows.observation import Observation
from workflows.policies import MAX_CANDIDATES
from workflows.recovery import RecoveryVerification
from workflows.remediation import Remediation, RemediationResult

SERVICE = SearchAttributeKey.for_keyword("Service")
EMPTY_BRIEF = Brief(mission_id=UUID(int=0), org="", prompt="", requester=UUID(int=0), requester_name="")
"""The brief of a workflow that was started by hand without one; its workflow id never matches."""
APPROVAL_DECIDED = "approval_decided"
HYPOTHESES_STEERED = "hypotheses_steered"
"""Signals without content: the workflow reads the table again."""
MAX_LABEL = 200
"""Characters of a search attribute: the server fails a workflow whose value is longer."""
NO_EFFECT = frozenset({Outcome.REFUSED, Outcome.DENIED, Outcome.EXPIRED, Outcome.NOT_DONE})
"""Outcomes without an effect: they do not hide that an earlier action did not help."""


@workflow.defn(name="MissionWorkflow")
class MissionWorkflow:
    """One mission from its plan to its report. An early end withdraws the open approval first."""

    @workflow.init
    def __init__(self, brief: Brief = EMPTY_BRIEF) -> None:
        self._brief = brief
        self._activities = ActivityRunner(brief)
        self._observation = Observation(brief, self._activities)
        self._recovery = RecoveryVerification(brief, self._activities, self._observation)
        self._investigation = Investigation(brief, self._activities, self._observation)
        self._approval_wait = ApprovalWait(brief, self._activities, lambda: self._investigation.contested)
        self._remediation = Remediation(brief, self._activities, self._approval_wait)
        self._ending = (Outcome.FAILED, "The mission ended before it had a diagnosis.")
        self._started = False
        self._closed = False

    @workflow.run
    async def run(self, brief: Brief = EMPTY_BRIEF) -> Outcome:
        """Returns the outcome; ends as Cancelled or Failed when people or errors end it early."""
        if workflow.info().workflow_id != mission_workflow_id(brief.org, brief.mission_id):
            # A workflow started by hand could run beside the mission's own: only equal ids exclude it.
            raise ApplicationError(
                "This workflow id belongs to no mission.", type=FOREIGN, non_retryable=True
            )
        try:
            async with asyncio.timeout(brief.timeout.total_seconds()):
                await self._run_mission(brief)
            return await shielded(self._close(Status.COMPLETED))
        except (FailureError, asyncio.CancelledError, TimeoutError) as error:
            return await shielded(self._close_early(error))

    async def _run_mission(self, brief: Brief) -> None:
        plan = await self._plan(brief)
        diagnosis, before = await self._diagnose(plan, await self._investigation.observe(plan))
        tried: list[Action] = []
        while proposal := await self._propose(plan, diagnosis, before, tried):
            result = await self._remediation.carry_out(plan, diagnosis, proposal)
            if result.contested:  # the proposal followed from a diagnosis that people have changed since
                diagnosis, before = await self._diagnose(plan, before)
                continue
            tried.append(proposal.action)
            self._set_ending(result)
            if result.applied_under is not None:
                recovery = await self._verify(plan, diagnosis, before, proposal, result.applied_under)
                if recovery is not Recovery.NOT_RECOVERED:
                    return
                result = await self._undo(plan, diagnosis, proposal, result.applied_under)
            if not result.may_try_next:
                return

    # Dynamic, so that the content is never decoded: a wrong number of arguments would fail the task for ever.
    @workflow.signal(dynamic=True)
    def on_signal(self, name: str, content: Sequence[RawValue]) -> None:  # noqa: ARG002  the row decides
        """Makes the workflow read the table again. A signal carries no authority."""
        if name == APPROVAL_DECIDED:
            self._approval_wait.notify()
        if name == HYPOTHESES_STEERED:
            self._investigation.notify()

    async def _plan(self, brief: Brief) -> Plan:
        await self._activities.record(Started())
        self._started = True
        self._activities.set_status(Status.RUNNING, "Planning which pages to look at")
        plan = await self._activities.run(Planning.plan, brief, "Plan which pages to look at", "plan")
        await self._activities.record(Planned(plan=plan.shown))
        return plan

    async def _diagnose(
        self, plan: Plan, observations: tuple[PageObservation, ...]
    ) -> tuple[Diagnosis, tuple[PageObservation, ...]]:
        self._activities.set_status(Status.RUNNING, f"Looking for the cause in {len(observations)} pages")
        diagnosis, observations = await self._investigation.diagnose(plan, observations)
        await self._activities.record(Diagnosed(diagnosis=diagnosis))
        if diagnosis.cause is not None:
            workflow.upsert_search_attributes([SERVICE.value_set(diagnosis.cause.service[:MAX_LABEL])])
        outcomes = {
            DiagnosisVerdict.HEALTHY: Outcome.HEALTHY,
            DiagnosisVerdict.INCONCLUSIVE: Outcome.INCONCLUSIVE,
        }
        self._ending = (outcomes.get(diagnosis.verdict, Outcome.NOTHING_TO_DO), diagnosis.summary)
        return diagnosis, observations

    async def _propose(
        self, plan: Plan, diagnosis: Diagnosis, before: tuple[PageObservation, ...], tried: list[Action]
    ) -> Proposal | None:
        """The best candidate that was not tried yet; None when there is none or the budget is used up.

        With the time that the proof of its effect takes: the approver sees it.
        """
        if diagnosis.cause is None or len(tried) == MAX_CANDIDATES:
            return None
        propose_input = ProposeInput(org=self._brief.org, diagnosis=diagnosis, plan=plan, tried=tuple(tried))
        proposal = await self._activities.run(
            Proposing.propose, propose_input, "Propose one action", "propose"
        )
        return None if proposal is None else await self._recovery.with_proof(proposal, diagnosis, before)

    async def _verify(
        self,
        plan: Plan,
        diagnosis: Diagnosis,
        before: tuple[PageObservation, ...],
        proposal: Proposal,
        approval_id: UUID,
    ) -> Recovery:
        """What the numbers of the last look say."""
        verifications = self._recovery.verifications(plan, diagnosis, before, proposal, approval_id)
        recovery = Recovery.UNKNOWN
        async for verification in verifications:
            recovery = verification.recovery
            self._ending = (Outcome(recovery.value), verification.reason)
        return recovery

    async def _undo(
        self, plan: Plan, diagnosis: Diagnosis, proposal: Proposal, approval_id: UUID
    ) -> RemediationResult:
        """Undoes an action that did not help, if that is possible and approved; another may follow."""
        words = proposal.action.words
        undo_input = UndoInput(
            org=self._brief.org, diagnosis=diagnosis, proposal=proposal, approval_id=approval_id
        )
        undo = await self._activities.run(
            Proposing.propose_undo, undo_input, f"Propose how to undo: {words}", "undo"
        )
        if undo is None:
            result = RemediationResult(Outcome.NOT_DONE, f"{words} cannot be undone.", may_try_next=True)
        else:
            result = await self._remediation.carry_out(plan, diagnosis, undo)
            if result.applied_under is not None:
                undone = f"The action was undone: {undo.action.words}."
                result = RemediationResult(Outcome.NOT_DONE, undone, may_try_next=True)
        self._set_ending(result)
        return result

    def _set_ending(self, result: RemediationResult) -> None:
        """Keeps "not recovered" when what came after it had no effect, and adds the reason."""
        outcome, reason = self._ending
        if outcome is Outcome.NOT_RECOVERED and result.outcome in NO_EFFECT:
            self._ending = (outcome, f"{reason} {result.reason}")
        else:
            self._ending = (result.outcome, result.reason)

    async def _close(self, status: Status) -> Outcome:
        outcome, reason = self._ending
        brief = self._brief
        looks_again_at = await self._recovery.start_later_look(outcome)
        if looks_again_at is not None:
            reason = f"{reason} So far: the same pages are looked at again at {looks_again_at:%H:%M} UTC."
        report_input = ReportInput(org=brief.org, mission_id=brief.mission_id, outcome=outcome, reason=reason)
        try:
            report = await self._activities.run(Reporting.report, report_input, "Write the report")
            await self._activities.record(report)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            reason = f"{reason} The report could not be stored: {innermost_message(error)}"
        closed = Closed(status=status, outcome=outcome, reason=reason, looks_again_at=looks_again_at)
        await self._activities.record(closed)
        self._closed = True
        self._activities.set_status(status, f"Ended: **{outcome}**. {reason}")
        return outcome

    async def _close_early(self, error: BaseException) -> Outcome:
        """Withdraws the open approval, records why the mission ended, and ends the workflow the same way."""
        if self._closed:
            return self._ending[0]
        if not self._started and isinstance(error, FailureError) and not is_cancelled_exception(error):
            # The table has no such mission, or it has ended: there is nothing to withdraw or to record.
            raise ApplicationError(innermost_message(error), type=FOREIGN, non_retryable=True) from error
        await self._approval_wait.withdraw()
        finished = self._remediation.finished
        if is_cancelled_exception(error):
            self._ending = (Outcome.CANCELLED, f"Cancelled by a person.{finished}")
            await self._close(Status.CANCELLED)
            raise error
        if isinstance(error, TimeoutError):
            reason = f"The mission had not ended after {self._brief.timeout}, and was ended.{finished}"
            self._ending = (Outcome.TIMED_OUT, reason)
            await self._close(Status.FAILED)
            raise ApplicationError(reason, type="MissionTimedOut", non_retryable=True) from error
        if isinstance(error, ApplicationError) and error.type == QUARANTINED:
            self._ending = (Outcome.QUARANTINED, error.message + finished)
            await self._close(Status.FAILED)
            raise error
        self._ending = (Outcome.FAILED, innermost_message(error) + finished)
        await self._close(Status.FAILED)
        raise ApplicationError(innermost_message(error), type="MissionFailed", non_retryable=True) from error
