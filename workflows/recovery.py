import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.verifying import ProofInput, Verifying
from missions.diagnosis import Diagnosis
from missions.event import Verified
from missions.evidence import PageObservation
from missions.later_look import LATER_LOOK_WORKFLOW, LaterLook
from missions.mission import Brief, Outcome, Status
from missions.plan import Plan
from missions.proposal import Proposal
from missions.verification import Recovery, Verification
from missions.workflow_ids import WorkflowKind, workflow_id
from workflows.activity_runner import ActivityRunner
from workflows.observation import Observation
from workflows.policies import (
    LATER_LOOK_AFTER,
    PLANNED_PROOF,
    looks_after,
)

ORG = SearchAttributeKey.for_keyword("Org")


class RecoveryVerification:
    """Looks at the pages again after an action until they prove something, and once more later."""

    def __init__(self, brief: Brief, activities: ActivityRunner, observation: Observation) -> None:
        self._brief = brief
        self._activities = activities
        self._observation = observation
        self._later_look: LaterLook | None = None

    async def with_proof(
        self, proposal: Proposal, diagnosis: Diagnosis, before: tuple[PageObservation, ...]
    ) -> Proposal:
        """The proposal with the time that the proof of its effect takes: the approver sees it."""
        if not workflow.patched(PLANNED_PROOF):
            return proposal
        proof_input = ProofInput(org=self._brief.org, diagnosis=diagnosis, before=before)
        proof = await self._activities.run(
            Verifying.plan_proof, proof_input, "Plan the proof of a recovery", "plan-proof"
        )
        return proposal.model_copy(update={"proof": proof})

    async def verifications(
        self,
        plan: Plan,
        diagnosis: Diagnosis,
        before: tuple[PageObservation, ...],
        proposal: Proposal,
        approval_id: UUID,
    ) -> AsyncIterator[Verification]:
        """The verifications, each recorded, until one decides.

        Those before the proof's time show progress only. While the result is unknown after it, a few follow.
        """
        since = workflow.now()
        if proposal.proof is None or not workflow.patched(PLANNED_PROOF):
            async for verification in self._by_waits(plan, diagnosis, before, approval_id):
                yield verification
            return
        look = LaterLook(
            brief=self._brief,
            plan=plan,
            diagnosis=diagnosis,
            before=before,
            approval_id=approval_id,
            service=proposal.action.service,
            since=since,
            at=since,
        )
        for after in looks_after(plan.settling, proposal.proof.takes):
            self._activities.set_status(Status.RUNNING, f"Looking at the same pages again {after} after it")
            await workflow.sleep(
                max(since + after - workflow.now(), timedelta()), summary="until the next look"
            )
            verification = await self._observation.verify(plan, diagnosis, before, since, look.service)
            await self._activities.record(Verified(approval_id=approval_id, verification=verification))
            if verification.recovery is Recovery.RECOVERED:
                self._later_look = look.model_copy(update={"at": workflow.now() + LATER_LOOK_AFTER})
            yield verification
            if verification.recovery is not Recovery.UNKNOWN:
                return

    async def start_later_look(self, outcome: Outcome) -> datetime | None:
        """Starts the look that confirms or reopens a recovery, and returns when it is due."""
        look = self._later_look
        if look is None or outcome is not Outcome.RECOVERED:
            return None
        # A workflow of its own: a mission that is reset finds it running, and its event has one key.
        with contextlib.suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                LATER_LOOK_WORKFLOW,
                look,
                id=workflow_id(WorkflowKind.LATER_LOOK, look.brief.org, look.brief.mission_id),
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                execution_timeout=look.runs_for,
                search_attributes=TypedSearchAttributes([SearchAttributePair(ORG, look.brief.org)]),
                static_summary="Look again after a recovery",
            )
        return look.at

    async def _by_waits(
        self,
        plan: Plan,
        diagnosis: Diagnosis,
        before: tuple[PageObservation, ...],
        approval_id: UUID,
    ) -> AsyncIterator[Verification]:
        """The verifications of a mission that began before proofs were planned."""
        since = workflow.now()
        for wait in plan.settling:
            self._activities.set_status(Status.RUNNING, "Letting the target settle, then looking again")
            await workflow.sleep(wait, summary="let the target settle")
            verification = await self._observation.verify(plan, diagnosis, before, since)
            await self._activities.record(Verified(approval_id=approval_id, verification=verification))
            yield verification
            if verification.recovery is Recovery.RECOVERED:
                return
