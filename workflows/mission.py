import asyncio
from collections.abc import Sequence
from uuid import UUID

from temporalio import workflow
from temporalio.common import RawValue, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

from activities.acting import Acting
from activities.deciding import ApprovalId
from activities.diagnosing import Diagnosing, Symptom
from activities.journaling import Chapter, Reporting
from activities.observing import Observing
from activities.planning import Planning
from activities.proposing import Assessing, Findings, Proposing, Submission
from activities.verifying import Looks, Verifying
from missions.approval import ApprovalStatus
from missions.diagnosis import Diagnosis, Finding
from missions.event import Acted, Closed, Diagnosed, Observed, Planned, Proposed, Started, Verified
from missions.evidence import Sighting, unseen
from missions.mission import FOREIGN, Brief, Outcome, Status, workflow_id
from missions.plan import Phase, Plan, Target, Visit, Window
from missions.proposal import Effect, Proposal, Receipt
from missions.verification import Recovery
from workflows.consent import Consent
from workflows.policies import SETTLING, decide_within
from workflows.stage import QUARANTINED, Stage, unbroken, why

MISSION_STATUS = SearchAttributeKey.for_keyword("MissionStatus")
SERVICE = SearchAttributeKey.for_keyword("Service")
RISK = SearchAttributeKey.for_keyword("Risk")
NOBODYS = Brief(mission_id=UUID(int=0), org="", prompt="", requester=UUID(int=0), requester_name="")
"""The brief of a workflow that somebody started by hand without one; its id fits no workflow's."""
APPROVAL_DECIDED = "approval_decided"
"""The signal that rings."""
LABEL = 200
"""Characters of a search attribute: the server ends a workflow whose value is too long."""


@workflow.defn(name="MissionWorkflow")
class MissionWorkflow:
    """The story of one mission. Whatever ends it early, the question to people is withdrawn first."""

    @workflow.init
    def __init__(self, brief: Brief = NOBODYS) -> None:
        self._brief = brief
        self._stage = Stage(brief)
        self._consent = Consent(brief, self._stage)
        self._ending = (Outcome.FAILED, "The mission ended before it found anything.")
        self._done = ""
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
            return await unbroken(self._close(Status.COMPLETED))
        except (FailureError, asyncio.CancelledError, TimeoutError) as error:
            return await unbroken(self._cut_short(error))

    async def _tell_story(self, brief: Brief) -> None:
        plan = await self._plan(brief)
        sightings = await self._observe(plan, Phase.BEFORE)
        diagnosis = await self._diagnose(sightings)
        proposal = await self._propose(plan, diagnosis)
        if await self._allowed(plan, proposal) and await self._act():
            await self._verify(plan, diagnosis, sightings)

    # Dynamic, so that no content is read: one argument too few or too many would fail the task for ever.
    @workflow.signal(dynamic=True)
    def doorbell(self, name: str, content: Sequence[RawValue]) -> None:  # noqa: ARG002  the row decides
        """Makes the workflow look at the row again; carries no authority."""
        if name == APPROVAL_DECIDED:
            self._consent.ring()

    async def _plan(self, brief: Brief) -> Plan:
        await self._stage.tell(Started())
        self._begun = True
        self._show(Status.RUNNING, "Deciding where to look")
        plan = await self._stage.do(Planning.plan, brief, "Decide where to look", "plan")
        await self._stage.tell(Planned(plan=plan))
        return plan

    async def _observe(self, plan: Plan, phase: Phase) -> tuple[Sighting, ...]:
        now = workflow.now()
        window = Window(start=now - plan.window, end=now)
        looks = (self._look(target, window, phase) for target in plan.targets)
        return tuple(await asyncio.gather(*looks))

    async def _look(self, target: Target, window: Window, phase: Phase) -> Sighting:
        visit = Visit(
            org=self._brief.org,
            mission_id=str(self._brief.mission_id),
            target=target,
            window=window,
            phase=phase,
        )
        try:
            sighting = await self._stage.do(
                Observing.observe, visit, f"Look at {target.title} ({phase})", f"observe-{phase}-{target.id}"
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            sighting = unseen(target, phase, why(error))
        await self._stage.tell(Observed(sighting=sighting))
        return sighting

    async def _diagnose(self, sightings: tuple[Sighting, ...]) -> Diagnosis:
        self._show(Status.RUNNING, f"Looking for the cause in {len(sightings)} pages")
        symptom = Symptom(prompt=self._brief.prompt, sightings=sightings)
        diagnosis = await self._stage.do(Diagnosing.diagnose, symptom, "Find the cause", "diagnose")
        await self._stage.tell(Diagnosed(diagnosis=diagnosis))
        if diagnosis.cause is not None:
            workflow.upsert_search_attributes([SERVICE.value_set(diagnosis.cause.service[:LABEL])])
        outcomes = {Finding.HEALTHY: Outcome.HEALTHY, Finding.INCONCLUSIVE: Outcome.INCONCLUSIVE}
        self._ending = (outcomes.get(diagnosis.verdict, Outcome.NOTHING_TO_DO), diagnosis.summary)
        return diagnosis

    async def _propose(self, plan: Plan, diagnosis: Diagnosis) -> Proposal | None:
        if diagnosis.cause is None:
            return None
        findings = Findings(diagnosis=diagnosis, plan=plan)
        return await self._stage.do(Proposing.propose, findings, "Shape one action", "propose")

    async def _allowed(self, plan: Plan, proposal: Proposal | None) -> bool:
        """True where the policy allows, or people said yes in time."""
        if proposal is None:
            return False
        submission = Submission(
            org=self._brief.org,
            mission_id=self._brief.mission_id,
            proposal=proposal,
            summary=self._ending[1],
        )
        verdict = await self._stage.do(Assessing.assess, submission, "Ask the policy", "assess")
        await self._stage.tell(Proposed(proposal=proposal, verdict=verdict))
        workflow.upsert_search_attributes([RISK.value_set(verdict.risk.name)])
        words = proposal.action.words
        if verdict.effect is Effect.DENY:
            self._ending = (Outcome.REFUSED, f"The policy refuses {words}: {verdict.reason}")
            return False
        self._show(Status.AWAITING_APPROVAL, f"Waiting for people: **{words}**")
        standing = await self._consent.ask(proposal, verdict, decide_within(plan, verdict))
        denied = standing.status is ApprovalStatus.DENIED
        told = f"{words} was not approved: the answer was {standing.status}."
        self._ending = (Outcome.DENIED if denied else Outcome.EXPIRED, told)
        return standing.status is ApprovalStatus.APPROVED

    async def _act(self) -> bool:
        """Past this point a cancellation waits: what was begun is finished and recorded."""
        if self._consent.approval is None:
            raise ApplicationError("There is no approval to act on.", non_retryable=True)
        approval = self._consent.approval
        words = approval.proposal.action.words
        self._show(Status.RUNNING, f"Doing: **{words}**")
        which = ApprovalId(org=self._brief.org, approval_id=approval.id)
        return await unbroken(self._execute(which, words))

    async def _execute(self, which: ApprovalId, words: str) -> bool:
        try:
            receipt = await self._stage.do(Acting.execute, which, f"Do it: {words}", "execute")
        except ActivityError as error:
            untouched = await self._consent.withdraw()
            told = (
                "Nothing was done: " if untouched else "Asked for, and it is not known whether it was done: "
            )
            key = str(which.approval_id)
            receipt = Receipt(key=key, applied=False, certain=untouched, detail=told + why(error))
        await self._stage.tell(Acted(approval_id=which.approval_id, receipt=receipt))
        unknown = receipt.applied or not receipt.certain
        self._ending = (Outcome.UNKNOWN if unknown else Outcome.NOT_DONE, receipt.detail)
        if receipt.applied:
            self._done = f" What was begun was finished: {words}."
        else:
            await self._consent.withdraw()
        return receipt.applied

    async def _verify(self, plan: Plan, diagnosis: Diagnosis, before: tuple[Sighting, ...]) -> None:
        for wait in SETTLING:
            self._show(Status.RUNNING, "Letting the target settle, then looking again")
            await workflow.sleep(wait, summary="let the target settle")
            after = await self._observe(plan, Phase.AFTER)
            looks = Looks(diagnosis=diagnosis, before=before, after=after)
            verification = await self._stage.do(Verifying.verify, looks, "Compare the same panels", "verify")
            await self._stage.tell(Verified(verification=verification))
            self._ending = (Outcome(verification.recovery.value), verification.reason)
            if verification.recovery is Recovery.RECOVERED:
                return

    async def _close(self, status: Status) -> Outcome:
        outcome, reason = self._ending
        brief = self._brief
        chapter = Chapter(org=brief.org, mission_id=brief.mission_id, outcome=outcome, reason=reason)
        try:
            await self._stage.tell(await self._stage.do(Reporting.report, chapter, "Write the report"))
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            reason = f"{reason} The report could not be stored: {why(error)}"
        await self._stage.tell(Closed(status=status, outcome=outcome, reason=reason))
        self._closed = True
        self._show(status, f"Ended: **{outcome}**. {reason}")
        return outcome

    async def _cut_short(self, error: BaseException) -> Outcome:
        """Withdraws the question to people, tells why the story ended, and ends the workflow the same way."""
        if self._closed:
            return self._ending[0]
        if not self._begun and isinstance(error, FailureError) and not is_cancelled_exception(error):
            # Nobody asked for this mission, or it has ended: nothing to withdraw and nothing to tell.
            raise ApplicationError(why(error), type=FOREIGN, non_retryable=True) from error
        await self._consent.withdraw()
        if is_cancelled_exception(error):
            self._ending = (Outcome.CANCELLED, f"Stopped by people.{self._done}")
            await self._close(Status.CANCELLED)
            raise error
        if isinstance(error, TimeoutError):
            reason = f"It had not ended after {self._brief.timeout}, and was ended.{self._done}"
            self._ending = (Outcome.TIMED_OUT, reason)
            await self._close(Status.FAILED)
            raise ApplicationError(reason, type="MissionTimedOut", non_retryable=True) from error
        if isinstance(error, ApplicationError) and error.type == QUARANTINED:
            self._ending = (Outcome.QUARANTINED, error.message + self._done)
            await self._close(Status.FAILED)
            raise error
        self._ending = (Outcome.FAILED, why(error) + self._done)
        await self._close(Status.FAILED)
        raise ApplicationError(why(error), type="MissionFailed", non_retryable=True) from error

    def _show(self, status: Status, text: str) -> None:
        """For people in the Temporal UI."""
        workflow.set_current_details(text)
        workflow.upsert_search_attributes([MISSION_STATUS.value_set(status.value)])
