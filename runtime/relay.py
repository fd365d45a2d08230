import asyncio
from collections.abc import Awaitable, Callable
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

from missions.mission import Brief, title_of, workflow_id
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.outbox import Message, MessageKind, OutboxStore
from workflows.mission import APPROVAL_DECIDED, HYPOTHESES_STEERED, MissionWorkflow
from workflows.policies import MISSIONS

log = structlog.get_logger(__name__)
ORG = SearchAttributeKey.for_keyword("Org")
CALL = timedelta(seconds=5)
TRY_S = 3.0
"""A request waits no longer for a Temporal that is away: the outbox keeps the message."""
PERIOD_S = 1.0


class Relay:
    """Tells Temporal what the outbox says until Temporal acknowledges. Telling it twice is harmless."""

    def __init__(self, outbox: OutboxStore, admission: AdmissionStore, temporal: Client) -> None:
        self._outbox = outbox
        self._admission = admission
        self._temporal = temporal

    async def run(self) -> None:
        """Delivers due messages, for ever. Outages are logged and waited for."""
        while True:
            delivered = await self._turn(self._admitted) + await self._turn(self._outbox.lease)
            if not delivered:
                await asyncio.sleep(PERIOD_S)  # the poll of a queue, not a wait for a condition

    async def _turn(self, take: Callable[[], Awaitable[list[Message]]]) -> int:
        """Takes messages and delivers them; how many. Whatever goes wrong: the relay must never stop."""
        try:
            messages = await take()
            missions = {message.mission_id for message in messages}
            await asyncio.gather(*(self._in_order(messages, mission) for mission in missions))
        except Exception:
            log.exception("relay waits")
            return 0
        return len(messages)

    async def hasten(self, message: Message) -> None:
        """Delivers at once what may be delivered: a start only where its turn has come. Never raises."""
        if message.kind is not MessageKind.START:
            await self.deliver(message)
            return
        try:
            async with asyncio.timeout(TRY_S):
                admitted = await self._admission.admit(message.org)
        except Exception as error:  # noqa: BLE001  the relay of the missions worker asks again
            log.warning("admission waits", reason=str(error) or "no answer in time")
            return
        await asyncio.gather(*(self.deliver(one) for one in admitted))

    async def _admitted(self) -> list[Message]:
        orgs = await self._admission.waiting_orgs()
        return [message for org in orgs for message in await self._admission.admit(org)]

    async def _in_order(self, messages: list[Message], mission: UUID) -> None:
        """One mission's messages in order: its start before what follows. Missions do not wait for others."""
        for message in messages:
            if message.mission_id == mission:
                await self.deliver(message)

    async def deliver(self, message: Message) -> bool:
        """Tries once, whoever's turn it is; True where Temporal has it.

        A failure is logged: the outbox keeps the message.
        """
        try:
            async with asyncio.timeout(TRY_S):
                await self._tell(message)
            await self._outbox.done(message)
        except Exception as error:  # noqa: BLE001  one message must never stop the others, nor fail a request
            log.warning(
                "relay could not deliver",
                kind=message.kind,
                mission=str(message.mission_id),
                reason=str(error) or "no answer in time",
            )
            return False
        return True

    async def _tell(self, message: Message) -> None:
        if message.kind is MessageKind.START:
            await self._start(Brief.model_validate(message.body))
            return
        handle = self._temporal.get_workflow_handle(workflow_id(message.org, message.mission_id))
        try:
            if message.kind is MessageKind.CANCEL:
                await handle.cancel(rpc_timeout=CALL)
            elif message.kind is MessageKind.STEERED:
                await handle.signal(HYPOTHESES_STEERED, rpc_timeout=CALL)
            else:
                rung = str(message.body["approvalId"])
                await handle.signal(APPROVAL_DECIDED, rung, rpc_timeout=CALL)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND or await self._unstarted(message):
                raise  # a message that nobody can take any more waits longer each time, up to five minutes

    async def _unstarted(self, message: Message) -> bool:
        """Whether the workflow is unknown because its start is still to come, not because it ended."""
        handle = self._temporal.get_workflow_handle(workflow_id(message.org, message.mission_id))
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
                id=workflow_id(brief.org, brief.mission_id),
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
            log.info("mission runs already", mission=str(brief.mission_id))
