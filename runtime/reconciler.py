import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from missions.errors import EventConflictError
from missions.event import Closed
from missions.mission import Mission, Outcome, Status, workflow_id
from stores.postgres.approvals import PostgresApprovalDesk
from stores.postgres.journal import PostgresJournal

log = structlog.get_logger(__name__)
PERIOD_S = 60.0
CALL = timedelta(seconds=5)


class Reconciler:
    """Ends missions whose workflow is gone without telling: terminated by hand, or beyond retention."""

    def __init__(self, journal: PostgresJournal, desk: PostgresApprovalDesk, temporal: Client) -> None:
        self._journal = journal
        self._desk = desk
        self._temporal = temporal

    async def run(self, org: str) -> None:
        """Looks every minute, for ever."""
        while True:
            try:
                await self.reconcile(org)
            except Exception:  # whatever it is: the next look may succeed
                log.exception("reconciling failed")
            await asyncio.sleep(PERIOD_S)  # a pulse, not a wait for a condition

    async def reconcile(self, org: str) -> list[Mission]:
        """Ends what was left without an end, and returns it."""
        left = [one for one in await self._journal.unfinished(org) if await self._is_gone(org, one)]
        for mission in left:
            if mission.approval_id is not None:
                await self._desk.revoke(org, mission.approval_id)
            reason = "The workflow was ended from outside before the mission had ended."
            closed = Closed(status=Status.FAILED, outcome=Outcome.FAILED, reason=reason)
            try:
                await self._journal.append(org, mission.id, "reconciler", closed)
            except EventConflictError:  # it told its end meanwhile
                continue
            log.warning("mission without a workflow", mission=str(mission.id))
        return left

    async def _is_gone(self, org: str, mission: Mission) -> bool:
        handle = self._temporal.get_workflow_handle(workflow_id(org, mission.id))
        try:
            told = await handle.describe(rpc_timeout=CALL)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return True
            raise
        return told.status is not WorkflowExecutionStatus.RUNNING
