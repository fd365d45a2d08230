import asyncio
from datetime import timedelta
from uuid import UUID

import structlog
from temporalio.client import Client
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from missions.mission import Brief, title_of
from missions.workflow_ids import mission_workflow_id
from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.outbox import Message, MessageKind, OutboxStore
from workflows.mission import APPROVAL_DECIDED, HYPOTHESES_STEERED, MissionWorkflow
from workflows.policies import MISSIONS

log = structlog.get_logger(__name__)
ORG = SearchAttributeKey.for_keyword("Org")
CALL = timedelta(seconds=5)
TRY_S = 3.0
"""A request waits this long for Temporal; then the outbox keeps the message for the next try."""
PERIOD_S = 1.0


class Relay:
    """Sends the messages of the outbox until Temporal acknowledges them. Sending one twice is harmless."""

    def __init__(self, outbox: OutboxStore, admission: AdmissionStore, temporal: Client) -> None:
        self._outbox = outbox
        self._admission = admission
        self._temporal = temporal

    def add_to(self, loops: BackgroundLoops) -> None:
        """Sends due messages every second, and without a pause while there are any."""
        loops.every(PERIOD_S, self.send_due, name="relay")

    async def send_due(self, run: JobRun) -> bool:
        """Sends the admitted starts, then all other due messages. True where there was one."""
        admitted: list[Message] = []

        async def admit(org: str) -> None:
            admitted.extend(await self._admission.admit(org))

        await run.for_each(await self._admission.waiting_orgs(), admit)
        await self._send_all(run, admitted)
        leased = await self._outbox.lease()
        await self._send_all(run, leased)
        return bool(admitted or leased)

    async def hasten(self, message: Message) -> None:
        """Sends a new message at once; a start only where its mission is admitted. Never raises."""
        if message.kind is not MessageKind.START:
            await self.deliver(message)
            return
        try:
            async with asyncio.timeout(TRY_S):
                admitted = await self._admission.admit(message.org)
        except Exception as error:  # noqa: BLE001  the relay of the missions worker tries again
            log.warning("a start was not admitted", reason=str(error) or "no answer in time")
            return
        await asyncio.gather(*(self.deliver(message) for message in admitted))

    async def _send_all(self, run: JobRun, messages: list[Message]) -> None:
        """Sends one mission's messages in order, its start first; missions do not wait for each other."""

        async def send(mission: UUID) -> None:
            for message in messages:
                if message.mission_id == mission and not await self.deliver(message):
                    run.count_failure()

        await asyncio.gather(*(send(mission) for mission in {message.mission_id for message in messages}))

    async def deliver(self, message: Message) -> bool:
        """Sends one message, admitted or not. True when Temporal acknowledged it.

        A failure is logged, and the outbox keeps the message.
        """
        try:
            async with asyncio.timeout(TRY_S):
                await self._send(message)
            await self._outbox.done(message)
        except Exception as error:  # noqa: BLE001  one message must never stop the others, nor fail a request
            log.warning(
                "a message was not delivered",
                kind=message.kind,
                organization=message.org,
                mission=str(message.mission_id),
                reason=str(error) or "no answer in time",
            )
            return False
        return True

    async def _send(self, message: Message) -> None:
        if message.kind is MessageKind.START:
            await self._start(message.brief)
            return
        handle = self._temporal.get_workflow_handle(mission_workflow_id(message.org, message.mission_id))
        try:
            if message.kind is MessageKind.CANCEL:
                await handle.cancel(rpc_timeout=CALL)
            elif message.kind is MessageKind.STEERED:
                await handle.signal(HYPOTHESES_STEERED, rpc_timeout=CALL)
            else:
                approval_id = str(message.body["approvalId"])
                await handle.signal(APPROVAL_DECIDED, approval_id, rpc_timeout=CALL)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND or await self._unstarted(message):
                raise  # the outbox tries later each time, up to five minutes

    async def _unstarted(self, message: Message) -> bool:
        """Whether Temporal does not know the workflow because it has not started, not because it ended."""
        handle = self._temporal.get_workflow_handle(mission_workflow_id(message.org, message.mission_id))
        try:
            await handle.describe(rpc_timeout=CALL)
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        return False

    async def _start(self, brief: Brief) -> None:
        try:
            await self._temporal.start_workflow(
                MissionWorkflow.run,
                brief,
                id=mission_workflow_id(brief.org, brief.mission_id),
                task_queue=MISSIONS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=TypedSearchAttributes([SearchAttributePair(ORG, brief.org)]),
                static_summary=title_of(brief.prompt),
                static_details=f"Asked by {brief.requester_name}. [Mission {brief.mission_id}]({brief.link})",
                priority=Priority(fairness_key=brief.org),
                rpc_timeout=CALL,
            )
        except WorkflowAlreadyStartedError:
            log.info("the mission runs already", mission=str(brief.mission_id))
