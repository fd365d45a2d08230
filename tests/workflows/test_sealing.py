"""AZ6: missions run on a real Temporal server with encrypted histories."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from decrypted_history import decrypted_history, payloads_of
from memory_world import MemoryWorld
from running_mission import RunningMission, workers
from served_api import CODEC
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import RawValue
from temporalio.converter import WorkflowSerializationContext
from temporalio.worker import Replayer

from missions.approval import VoteChoice
from missions.errors import InvalidError
from missions.mission import Outcome
from missions.workflow_ids import WorkflowKind, mission_workflow_id, workflow_id
from runtime.payload_keys import SEALED
from runtime.temporal import plugin
from workflows.mission import APPROVAL_DECIDED, MissionWorkflow
from workflows.policies import PLANNED_PROOF

CANARY = "canary-3e1f-of-the-history"


@pytest.fixture
async def sealing(temporal: Client, world: MemoryWorld) -> AsyncIterator[Client]:
    """A client with the product's codec, with workers, on the server of the other tests."""
    address = temporal.service_client.config.target_host
    client = await Client.connect(address, namespace=temporal.namespace, plugins=[plugin(CODEC)])
    async with workers(client, world):
        yield client


async def stored_text(handle: WorkflowHandle[Any, Any]) -> str:
    """Everything that Temporal stores about the workflow, as it is in its database."""
    return str((await handle.fetch_history()).events) + str((await handle.describe()).raw_description)


async def test_az6_a_history_holds_nothing_that_can_be_read(sealing: Client, world: MemoryWorld) -> None:
    """Only search attributes in a history are readable; with the keys it can be decrypted and replayed.

    So is the history of the later look that the mission started.
    """
    mission = await RunningMission.start(sealing, world, prompt=f"Payments are slow: {CANARY}.")
    await mission.answer(VoteChoice.APPROVED, notes=CANARY)
    assert await mission.end() is Outcome.RECOVERED
    text = await stored_text(mission.handle)
    assert CANARY not in text
    assert 'key: "MissionStatus"' in text
    history = await mission.handle.fetch_history()
    payloads = [payload for event in history.events for payload in payloads_of(event)]
    assert len(payloads) > 40, "the history has too few payloads"
    plain = [json.loads(payload.data) for payload in payloads if payload.metadata["encoding"] != SEALED]
    patch = {"id": PLANNED_PROOF, "deprecated": False}
    assert all("original_schedule_time" in payload or payload == patch for payload in plain), (
        "only Temporal's markers of local activities and of patches may be plain"
    )
    assert CANARY in await decrypted_history(mission.handle)
    replayer = Replayer(workflows=[MissionWorkflow], plugins=[plugin(CODEC)])
    await replayer.replay_workflow(history)
    look = sealing.get_workflow_handle(
        workflow_id(WorkflowKind.LATER_LOOK, mission.brief.org, mission.brief.mission_id)
    )
    assert CANARY not in await stored_text(look)
    assert CANARY in await decrypted_history(look)


async def test_az6_an_error_is_sealed_too(sealing: Client, world: MemoryWorld) -> None:
    """An error's message and trace are encrypted, and the keys make them readable."""
    world.diagnoser.error = InvalidError(f"The engine wants none of it: {CANARY}.")
    mission = await RunningMission.start(sealing, world)
    with pytest.raises(WorkflowFailureError) as raised:
        await mission.end()
    assert CANARY in str(raised.value.cause)
    assert CANARY not in await stored_text(mission.handle)


async def test_az6_forged_and_foreign_signals_change_nothing(
    sealing: Client, temporal: Client, world: MemoryWorld
) -> None:
    """Signals in plain text, for another organization or with invalid encryption change nothing."""
    mission = await RunningMission.start(sealing, world)
    approval = await mission.asked()
    context = WorkflowSerializationContext("default", mission_workflow_id("other", uuid4()))
    (of_other_organization,) = await CODEC.with_context(context).encode(
        sealing.data_converter.payload_converter.to_payloads([str(approval.id)])
    )
    invalid = Payload(metadata={"encoding": b"binary/encrypted"}, data=b"\x00")
    plain_handle = temporal.get_workflow_handle(mission.handle.id)
    for forged in (str(approval.id), RawValue(of_other_organization), RawValue(invalid), {"approved": True}):
        await plain_handle.signal(APPROVAL_DECIDED, forged)
    assert world.actuator.effects == []
    await mission.answer(VoteChoice.DENIED)
    assert await mission.end() is Outcome.DENIED
    assert world.actuator.effects == []
