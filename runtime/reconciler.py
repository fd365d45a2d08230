import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from missions.errors import EventConflictError
from missions.event import Closed
from missions.mission import Mission, Outcome, Status, workflow_id
from missions.organization import OrgStatus
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

    Their workflow is gone without telling (terminated by hand, or beyond retention), or its own code fails
    again and again: such a one is terminated after `tries` and quarantined.
    """

    def __init__(
        self, journal: PostgresJournal, desk: PostgresApprovalDesk, temporal: Client, tries: int = TRIES
    ) -> None:
        self._tries = tries
        self._journal = journal
        self._desk = desk
        self._temporal = temporal

    async def run(self, orgs: OrganizationStore) -> None:
        """Looks at every organization each minute, for ever."""
        while True:
            try:
                for org in await orgs.slugs():
                    await self.reconcile(org)
                for org in await orgs.slugs(OrgStatus.SUSPENDED):
                    await self.stop(org)
            except Exception:  # whatever it is: the next look may succeed
                log.exception("reconciling failed")
            await asyncio.sleep(PERIOD_S)  # a pulse, not a wait for a condition

    async def stop(self, org: str) -> None:
        """Cancels what still runs of a suspended organization, should its own messages have got lost."""
        for mission in await self._journal.unfinished(org):
            handle = self._temporal.get_workflow_handle(workflow_id(org, mission.id))
            await handle.cancel(rpc_timeout=CALL)

    async def reconcile(self, org: str) -> list[Mission]:
        """Ends what was left without an end, and returns it."""
        left = []
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
            except EventConflictError:  # it told its end meanwhile
                continue
            log.warning("mission ended from outside", mission=str(mission.id), outcome=outcome)
            left.append(mission)
        return left

    async def _ending(self, org: str, mission: Mission) -> tuple[Outcome, str] | None:
        """How to end it, or None where it can do that itself."""
        gone = Outcome.FAILED, "The workflow was ended from outside before the mission had ended."
        handle = self._temporal.get_workflow_handle(workflow_id(org, mission.id))
        try:
            told = await handle.describe(rpc_timeout=CALL)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return gone
            raise
        if told.status is not WorkflowExecutionStatus.RUNNING:
            return gone
        if told.raw_description.pending_workflow_task.attempt < self._tries:
            return None
        reason = "The mission's own code failed again and again. What was begun at a target may have gone on."
        await handle.terminate(reason, rpc_timeout=CALL)
        return Outcome.QUARANTINED, reason
