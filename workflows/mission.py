import asyncio
from collections.abc import Sequence
from uuid import UUID

from temporalio import workflow
from temporalio.common import RawValue, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

from activities.journaling import Chapter, Reporting
from activities.planning import Planning
from activities.proposing import Findings, Proposing, Undoing
from missions.diagnosis import Diagnosis, Finding
from missions.event import Closed, Diagnosed, Planned, Started, Verified
from missions.evidence import Sighting
from missions.mission import FOREIGN, Brief, Outcome, Status, workflow_id
from missions.plan import Plan
from missions.proposal import Action, Proposal
from missions.verification import Recovery
from workflows.carrying import Deed, Hands
from workflows.consent import Consent
from workflows.looking import Eyes
from workflows.policies import CANDIDATES
from workflows.stage import QUARANTINED, Stage, unbroken, why
from workflows.weighing import Mind

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
        self._stage = Stage(brief)
        self._eyes = Eyes(brief, self._stage)
        self._mind = Mind(brief, self._stage, self._eyes)
        self._consent = Consent(brief, self._stage, lambda: self._mind.steered)
        self._hands = Hands(brief, self._stage, self._consent)
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
            return await unbroken(self._close(Status.COMPLETED))
        except (FailureError, asyncio.CancelledError, TimeoutError) as error:
            return await unbroken(self._cut_short(error))

    async def _tell_story(self, brief: Brief) -> None:
        plan = await self._plan(brief)
        diagnosis, before = await self._diagnose(plan, await self._mind.look(plan))
        tried: list[Action] = []
        while proposal := await self._propose(plan, diagnosis, tried):
            deed = await self._hands.carry_out(plan, diagnosis, proposal)
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
            self._consent.ring()
        if name == HYPOTHESES_STEERED:
            self._mind.ring()

    async def _plan(self, brief: Brief) -> Plan:
        await self._stage.tell(Started())
        self._begun = True
        self._stage.show(Status.RUNNING, "Deciding where to look")
        plan = await self._stage.do(Planning.plan, brief, "Decide where to look", "plan")
        await self._stage.tell(Planned(plan=plan.shown))
        return plan

    async def _diagnose(
        self, plan: Plan, seen: tuple[Sighting, ...]
    ) -> tuple[Diagnosis, tuple[Sighting, ...]]:
        self._stage.show(Status.RUNNING, f"Looking for the cause in {len(seen)} pages")
        diagnosis, seen = await self._mind.diagnose(plan, seen)
        await self._stage.tell(Diagnosed(diagnosis=diagnosis))
        if diagnosis.cause is not None:
            workflow.upsert_search_attributes([SERVICE.value_set(diagnosis.cause.service[:LABEL])])
        outcomes = {Finding.HEALTHY: Outcome.HEALTHY, Finding.INCONCLUSIVE: Outcome.INCONCLUSIVE}
        self._ending = (outcomes.get(diagnosis.verdict, Outcome.NOTHING_TO_DO), diagnosis.summary)
        return diagnosis, seen

    async def _propose(self, plan: Plan, diagnosis: Diagnosis, tried: list[Action]) -> Proposal | None:
        """The best candidate that was not tried yet, within the mission's budget of attempts."""
        if diagnosis.cause is None or len(tried) == CANDIDATES:
            return None
        findings = Findings(diagnosis=diagnosis, plan=plan, tried=tuple(tried))
        return await self._stage.do(Proposing.propose, findings, "Shape one action", "propose")

    async def _helped(
        self, plan: Plan, diagnosis: Diagnosis, before: tuple[Sighting, ...], done: UUID
    ) -> bool:
        """False where the numbers of the last look say that it did not; unknown ends the story as unknown."""
        since = workflow.now()
        recovery = Recovery.UNKNOWN
        for wait in plan.settling:
            self._stage.show(Status.RUNNING, "Letting the target settle, then looking again")
            await workflow.sleep(wait, summary="let the target settle")
            verification = await self._eyes.compare(plan, diagnosis, before, since)
            await self._stage.tell(Verified(approval_id=done, verification=verification))
            recovery = verification.recovery
            self._ending = (Outcome(recovery.value), verification.reason)
            if recovery is Recovery.RECOVERED:
                break
        return recovery is not Recovery.NOT_RECOVERED

    async def _take_back(self, plan: Plan, diagnosis: Diagnosis, proposal: Proposal, done: UUID) -> Deed:
        """What did not help is undone where that is possible and agreed to; then another may be tried."""
        words = proposal.action.words
        undoing = Undoing(diagnosis=diagnosis, proposal=proposal, approval_id=done)
        undo = await self._stage.do(Proposing.propose_undo, undoing, f"Shape the way back: {words}", "undo")
        if undo is None:
            deed = Deed(Outcome.NOT_DONE, f"There is no way back from {words}.", go_on=True)
        else:
            deed = await self._hands.carry_out(plan, diagnosis, undo)
            if deed.done is not None:
                deed = Deed(Outcome.NOT_DONE, f"It was taken back: {undo.action.words}.", go_on=True)
        self._conclude(deed)
        return deed

    def _conclude(self, deed: Deed) -> None:
        """How the mission would end now: what did not help is not hidden by what was not done after it."""
        was, told = self._ending
        if was is Outcome.NOT_RECOVERED and deed.outcome in IDLE:
            self._ending = (was, f"{told} {deed.reason}")
        else:
            self._ending = (deed.outcome, deed.reason)

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
        self._stage.show(status, f"Ended: **{outcome}**. {reason}")
        return outcome

    async def _cut_short(self, error: BaseException) -> Outcome:
        """Withdraws the question to people, tells why the story ended, and ends the workflow the same way."""
        if self._closed:
            return self._ending[0]
        if not self._begun and isinstance(error, FailureError) and not is_cancelled_exception(error):
            # Nobody asked for this mission, or it has ended: nothing to withdraw and nothing to tell.
            raise ApplicationError(why(error), type=FOREIGN, non_retryable=True) from error
        await self._consent.withdraw()
        done = self._hands.done
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
        self._ending = (Outcome.FAILED, why(error) + done)
        await self._close(Status.FAILED)
        raise ApplicationError(why(error), type="MissionFailed", non_retryable=True) from error
