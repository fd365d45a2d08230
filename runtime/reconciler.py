from datetime import timedelta

import structlog
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from missions.errors import EventConflictError
from missions.event import Closed
from missions.later_look import LATER_LOOK_WORKFLOW
from missions.mission import Mission, Outcome, Status
from missions.organization import OrgStatus
from missions.workflow_ids import mission_workflow_id
from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.postgres.approvals.approvals import PostgresApprovalDesk
from stores.postgres.missions.journal import PostgresJournal
from stores.postgres.organizations.organizations import OrganizationStore

log = structlog.get_logger(__name__)
PERIOD_S = 60.0
TRIES = 10
"""Failed attempts of one workflow task, with growing waits: minutes in which a bug may be rolled back."""
CALL = timedelta(seconds=5)


class Reconciler:
    """Ends missions that cannot end themselves.

    Their workflow is gone without an event (terminated by hand, or beyond Temporal's retention), or its own
    code fails again and again: then it is terminated after `tries` attempts and the mission is quarantined.
    """

    def __init__(
        self,
        journal: PostgresJournal,
        desk: PostgresApprovalDesk,
        organizations: OrganizationStore,
        temporal: Client,
        tries: int = TRIES,
    ) -> None:
        self._tries = tries
        self._journal = journal
        self._desk = desk
        self._organizations = organizations
        self._temporal = temporal

    def add_to(self, loops: BackgroundLoops) -> None:
        """Looks at every organization once a minute."""
        loops.every(PERIOD_S, self.reconcile_all, name="reconciler")
        loops.every(PERIOD_S, self.stop_suspended, name="suspended-missions")

    async def reconcile_all(self, run: JobRun) -> None:
        """Every organization that is not deleted."""
        await run.for_each(await self._organizations.slugs(), self.reconcile)

    async def stop_suspended(self, run: JobRun) -> None:
        """Every suspended organization."""
        await run.for_each(await self._organizations.slugs(OrgStatus.SUSPENDED), self.stop)

    async def stop(self, org: str) -> None:
        """Cancels the missions and later looks of a suspended organization, also where messages were lost."""
        for mission in await self._journal.unfinished(org):
            handle = self._temporal.get_workflow_handle(mission_workflow_id(org, mission.id))
            try:
                await handle.cancel(rpc_timeout=CALL)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:  # `reconcile` ends a mission without workflow
                    raise
        await self._stop_later_looks(org)

    async def _stop_later_looks(self, org: str) -> None:
        """Cancels the looks that ended missions of the organization still wait for."""
        query = f"WorkflowType = '{LATER_LOOK_WORKFLOW}' AND Org = '{org}' AND ExecutionStatus = 'Running'"
        async for execution in self._temporal.list_workflows(query, rpc_timeout=CALL):
            handle = self._temporal.get_workflow_handle(execution.id)
            try:
                await handle.cancel(rpc_timeout=CALL)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:  # it has ended meanwhile
                    raise

    async def reconcile(self, org: str) -> list[Mission]:
        """Ends the missions of the organization that cannot end themselves, and returns them."""
        ended = []
        for mission in await self._journal.unfinished(org):
            ending = await self._ending(org, mission)
            if ending is None:
                continue
            if mission.approval_id is not None:
                await self._desk.revoke(org, mission.approval_id)
            outcome, reason = ending
            closed = Closed(status=Status.FAILED, outcome=outcome, reason=reason)
            try:
                await self._journal.append(org, mission.id, "reconciler", closed)
            except EventConflictError:  # the workflow recorded its end meanwhile
                continue
            log.warning("the mission was ended by the reconciler", mission=str(mission.id), outcome=outcome)
            ended.append(mission)
        return ended

    async def _ending(self, org: str, mission: Mission) -> tuple[Outcome, str] | None:
        """The outcome and its reason, or None where the mission can end itself."""
        gone = Outcome.FAILED, "The workflow was ended from outside before the mission had ended."
        handle = self._temporal.get_workflow_handle(mission_workflow_id(org, mission.id))
        try:
            described = await handle.describe(rpc_timeout=CALL)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return gone
            raise
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return gone
        if described.raw_description.pending_workflow_task.attempt < self._tries:
            return None
        reason = "The mission's own code failed again and again. What was begun at a target may have gone on."
        await handle.terminate(reason, rpc_timeout=CALL)
        return Outcome.QUARANTINED, reason
