import asyncio
from collections.abc import Sequence
from uuid import UUID

from temporalio import workflow
from temporalio.common import RawValue, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

from activities.journaling import Reporting, ReportInput
from activities.planning import Planning
from activities.proposing import ProposeInput, Proposing, UndoInput
from missions.diagnosis import Diagnosis, DiagnosisVerdict
from missions.event import Closed, Diagnosed, Planned, Started, Verified
from missions.evidence import PageObservation
from missions.mission import FOREIGN, Brief, Outcome, Status, workflow_id
from missions.plan import Plan
from missions.proposal import Action, Proposal
from missions.verification import Recovery
from workflows.activity_runner import QUARANTINED, ActivityRunner, innermost_message, shielded
from workflows.approval_wait import ApprovalWait
from workflows.investigation import Investigation
from workflows.observation import Observation
from workflows.policies import CANDIDATES
from workflows.remediation import Remediation, RemediationResult

SERVICE = SearchAttributeKey.for_keyword("Service")
NOBODYS = Brief(mission_id=UUID(int=0), org="", prompt="", requester=UUID(int=0), requester_name="")
"""The brief of a workflow that somebody started by hand without one; its id fits no workflow's."""
APPROVAL_DECIDED = "approval_decided"
HYPOTHESES_STEERED = "hypotheses_steered"
"""The signals that ring."""
LABEL = 200
"""Characters of a search attribute: the server ends a workflow whose value is too long."""
IDLE = frozenset({Outcome.REFUSED, Outcome.DENIED, Outcome.EXPIRED, Outcome.NOT_DONE})
"""Ends without an effect: they do not hide that an earlier action did not help."""


@workflow.defn(name="MissionWorkflow")
class MissionWorkflow:
    """The story of one mission. Whatever ends it early, the question to people is withdrawn first."""

    @workflow.init
    def __init__(self, brief: Brief = NOBODYS) -> None:
        self._brief = brief
        self._activities = ActivityRunner(brief)
        self._observation = Observation(brief, self._activities)
        self._investigation = Investigation(brief, self._activities, self._observation)
        self._approval_wait = ApprovalWait(brief, self._activities, lambda: self._investigation.steered)
        self._remediation = Remediation(brief, self._activities, self._approval_wait)
        self._ending = (Outcome.FAILED, "The mission ended before it found anything.")
        self._begun = False
        self._closed = False

    @workflow.run
    async def run(self, brief: Brief = NOBODYS) -> Outcome:
        """Ends with the outcome; as Cancelled or Failed where people or errors cut it short."""
        if workflow.info().workflow_id != workflow_id(brief.org, brief.mission_id):
            # Started by hand, perhaps beside the mission's own workflow: Temporal keeps only equal ids apart.
            raise ApplicationError("This is no mission's workflow.", type=FOREIGN, non_retryable=True)
        try:
            async with asyncio.timeout(brief.timeout.total_seconds()):
                await self._tell_story(brief)
            return await shielded(self._close(Status.COMPLETED))
        except (FailureError, asyncio.CancelledError, TimeoutError) as error:
            return await shielded(self._cut_short(error))

    async def _tell_story(self, brief: Brief) -> None:
        plan = await self._plan(brief)
        diagnosis, before = await self._diagnose(plan, await self._investigation.look(plan))
        tried: list[Action] = []
        while proposal := await self._propose(plan, diagnosis, tried):
            deed = await self._remediation.carry_out(plan, diagnosis, proposal)
            if deed.moot:  # people steered: what was asked followed from another diagnosis
                diagnosis, before = await self._diagnose(plan, before)
                continue
            tried.append(proposal.action)
            self._conclude(deed)
            if deed.done is not None:
                if await self._helped(plan, diagnosis, before, deed.done):
                    return
                deed = await self._take_back(plan, diagnosis, proposal, deed.done)
            if not deed.go_on:
                return

    # Dynamic, so that no content is read: one argument too few or too many would fail the task for ever.
    @workflow.signal(dynamic=True)
    def doorbell(self, name: str, content: Sequence[RawValue]) -> None:  # noqa: ARG002  the row decides
        """Makes the workflow look at the row again; carries no authority."""
        if name == APPROVAL_DECIDED:
            self._approval_wait.ring()
        if name == HYPOTHESES_STEERED:
            self._investigation.ring()

    async def _plan(self, brief: Brief) -> Plan:
        await self._activities.record(Started())
        self._begun = True
        self._activities.set_status(Status.RUNNING, "Deciding where to look")
        plan = await self._activities.run(Planning.plan, brief, "Decide where to look", "plan")
        await self._activities.record(Planned(plan=plan.shown))
        return plan

    async def _diagnose(
        self, plan: Plan, seen: tuple[PageObservation, ...]
    ) -> tuple[Diagnosis, tuple[PageObservation, ...]]:
        self._activities.set_status(Status.RUNNING, f"Looking for the cause in {len(seen)} pages")
        diagnosis, seen = await self._investigation.diagnose(plan, seen)
        await self._activities.record(Diagnosed(diagnosis=diagnosis))
        if diagnosis.cause is not None:
            workflow.upsert_search_attributes([SERVICE.value_set(diagnosis.cause.service[:LABEL])])
        outcomes = {
            DiagnosisVerdict.HEALTHY: Outcome.HEALTHY,
            DiagnosisVerdict.INCONCLUSIVE: Outcome.INCONCLUSIVE,
        }
        self._ending = (outcomes.get(diagnosis.verdict, Outcome.NOTHING_TO_DO), diagnosis.summary)
        return diagnosis, seen

    async def _propose(self, plan: Plan, diagnosis: Diagnosis, tried: list[Action]) -> Proposal | None:
        """The best candidate that was not tried yet, within the mission's budget of attempts."""
        if diagnosis.cause is None or len(tried) == CANDIDATES:
            return None
        findings = ProposeInput(diagnosis=diagnosis, plan=plan, tried=tuple(tried))
        return await self._activities.run(Proposing.propose, findings, "Shape one action", "propose")

    async def _helped(
        self, plan: Plan, diagnosis: Diagnosis, before: tuple[PageObservation, ...], done: UUID
    ) -> bool:
        """False where the numbers of the last look say that it did not; unknown ends the story as unknown."""
        since = workflow.now()
        recovery = Recovery.UNKNOWN
        for wait in plan.settling:
            self._activities.set_status(Status.RUNNING, "Letting the target settle, then looking again")
            await workflow.sleep(wait, summary="let the target settle")
            verification = await self._observation.compare(plan, diagnosis, before, since)
            await self._activities.record(Verified(approval_id=done, verification=verification))
            recovery = verification.recovery
            self._ending = (Outcome(recovery.value), verification.reason)
            if recovery is Recovery.RECOVERED:
                break
        return recovery is not Recovery.NOT_RECOVERED

    async def _take_back(
        self, plan: Plan, diagnosis: Diagnosis, proposal: Proposal, done: UUID
    ) -> RemediationResult:
        """What did not help is undone where that is possible and agreed to; then another may be tried."""
        words = proposal.action.words
        undoing = UndoInput(diagnosis=diagnosis, proposal=proposal, approval_id=done)
        undo = await self._activities.run(
            Proposing.propose_undo, undoing, f"Shape the way back: {words}", "undo"
        )
        if undo is None:
            deed = RemediationResult(Outcome.NOT_DONE, f"There is no way back from {words}.", go_on=True)
        else:
            deed = await self._remediation.carry_out(plan, diagnosis, undo)
            if deed.done is not None:
                deed = RemediationResult(
                    Outcome.NOT_DONE, f"It was taken back: {undo.action.words}.", go_on=True
                )
        self._conclude(deed)
        return deed

    def _conclude(self, deed: RemediationResult) -> None:
        """How the mission would end now: what did not help is not hidden by what was not done after it."""
        was, told = self._ending
        if was is Outcome.NOT_RECOVERED and deed.outcome in IDLE:
            self._ending = (was, f"{told} {deed.reason}")
        else:
            self._ending = (deed.outcome, deed.reason)

    async def _close(self, status: Status) -> Outcome:
        outcome, reason = self._ending
        brief = self._brief
        chapter = ReportInput(org=brief.org, mission_id=brief.mission_id, outcome=outcome, reason=reason)
        try:
            await self._activities.record(
                await self._activities.run(Reporting.report, chapter, "Write the report")
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            reason = f"{reason} The report could not be stored: {innermost_message(error)}"
        await self._activities.record(Closed(status=status, outcome=outcome, reason=reason))
        self._closed = True
        self._activities.set_status(status, f"Ended: **{outcome}**. {reason}")
        return outcome

    async def _cut_short(self, error: BaseException) -> Outcome:
        """Withdraws the question to people, tells why the story ended, and ends the workflow the same way."""
        if self._closed:
            return self._ending[0]
        if not self._begun and isinstance(error, FailureError) and not is_cancelled_exception(error):
            # Nobody asked for this mission, or it has ended: nothing to withdraw and nothing to tell.
            raise ApplicationError(innermost_message(error), type=FOREIGN, non_retryable=True) from error
        await self._approval_wait.withdraw()
        done = self._remediation.done
        if is_cancelled_exception(error):
            self._ending = (Outcome.CANCELLED, f"Stopped by people.{done}")
            await self._close(Status.CANCELLED)
            raise error
        if isinstance(error, TimeoutError):
            reason = f"It had not ended after {self._brief.timeout}, and was ended.{done}"
            self._ending = (Outcome.TIMED_OUT, reason)
            await self._close(Status.FAILED)
            raise ApplicationError(reason, type="MissionTimedOut", non_retryable=True) from error
        if isinstance(error, ApplicationError) and error.type == QUARANTINED:
            self._ending = (Outcome.QUARANTINED, error.message + done)
            await self._close(Status.FAILED)
            raise error
        self._ending = (Outcome.FAILED, innermost_message(error) + done)
        await self._close(Status.FAILED)
        raise ApplicationError(innermost_message(error), type="MissionFailed", non_retryable=True) from error
