"""The relay delivers the outbox's messages to a real Temporal server."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from job_runs import job_run, looping
from loopback import dead_port
from served_api import CODEC, ORG, Urls
from stories import Story
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError

from missions.approval import VoteChoice
from missions.errors import UnavailableError
from missions.event import Closed, Started
from missions.mission import Brief, Outcome, Priority, Status
from missions.workflow_ids import mission_workflow_id
from runtime.relay import Relay
from runtime.temporal import connect, connect_lazily, has_poller
from stores.postgres.database import Database
from stores.postgres.missions.outbox import LEASE_S, Message, MessageKind, OutboxStore, post

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


def handle_of(story: Story, temporal: Client) -> "WorkflowHandle[object, object]":
    return temporal.get_workflow_handle(mission_workflow_id(ORG, story.mission_id))


async def decided(story: Story) -> Message:
    """Opens an approval and votes on it; returns the message about the decision."""
    await story.journal.append(ORG, story.mission_id, "agent", Started())
    opened = await story.asked()
    answer, shown = VoteChoice.APPROVED, opened.action_hash
    decision = await story.votes.respond(
        story.approver, opened.id, answer=answer, notes="Fine.", shown_hash=shown
    )
    assert decision.message is not None
    return decision.message


async def waiting(story: Story) -> list[str]:
    return [kind for (kind,) in await story.run("SELECT kind FROM shared.outbox ORDER BY id")]


async def test_a_start_is_delivered_once_however_often_it_is_told(
    story: Story, temporal: Client, relay: Relay
) -> None:
    """A start that is delivered twice at once, and again after the end, makes one run and is acknowledged."""
    message = story.change.message
    assert message is not None
    assert all(await asyncio.gather(relay.deliver(message), relay.deliver(message)))
    handle = handle_of(story, temporal)
    first = (await handle.describe()).run_id
    await handle.terminate()
    assert await relay.deliver(message)
    assert (await handle.describe()).run_id == first
    assert await waiting(story) == []


async def test_a_started_mission_can_be_found_and_read(story: Story, temporal: Client, relay: Relay) -> None:
    """A workflow has the organization as search attribute, a title, and a link to the mission."""
    assert story.change.message is not None
    await relay.deliver(story.change.message)
    described = await handle_of(story, temporal).describe()
    assert {pair.key.name: pair.value for pair in described.typed_search_attributes}["Org"] == ORG
    assert await described.static_summary() == story.change.mission.title
    assert str(story.mission_id) in (await described.static_details() or "")


async def test_a_decision_before_the_start_is_told_again(
    story: Story, temporal: Client, relay: Relay
) -> None:
    """A decision before the start stays in the outbox, and is delivered after the start."""
    message = await decided(story)
    assert not await relay.deliver(message)
    assert await waiting(story) == ["start", "decided"]
    assert story.change.message is not None
    assert await relay.deliver(story.change.message)
    assert await relay.deliver(message)
    assert await waiting(story) == []
    events = (await handle_of(story, temporal).fetch_history()).events
    assert sum(event.HasField("workflow_execution_signaled_event_attributes") for event in events) == 1


@pytest.mark.parametrize("kind", [MessageKind.DECIDED, MessageKind.CANCEL])
async def test_what_comes_after_the_end_is_acknowledged(
    story: Story, temporal: Client, relay: Relay, kind: MessageKind
) -> None:
    """A message after the workflow's end is acknowledged, so that it does not stay forever."""
    assert story.change.message is not None
    await relay.deliver(story.change.message)
    await handle_of(story, temporal).terminate()
    if kind is MessageKind.DECIDED:
        message: Message | None = await decided(story)
    else:
        message = (await story.missions.cancel(story.operator, story.mission_id)).message
    assert message is not None
    assert await relay.deliver(message)
    assert await waiting(story) == []


async def test_run_delivers_what_lies_there_in_order(
    story: Story, temporal: Client, relay: Relay, eventually: Eventually
) -> None:
    """The relay delivers start, decision and cancellation, and empties the outbox."""
    await decided(story)
    await story.missions.cancel(story.operator, story.mission_id)
    assert await waiting(story) == ["start", "decided", "cancel"]

    async def delivered() -> bool:
        return not await waiting(story)

    async with looping(relay):
        await eventually(delivered)
    events = (await handle_of(story, temporal).fetch_history()).events
    kinds = [event.WhichOneof("attributes") for event in events]
    assert "workflow_execution_signaled_event_attributes" in kinds
    assert "workflow_execution_cancel_requested_event_attributes" in kinds


class FailingOutbox(OutboxStore):
    """An outbox whose first leases fail, and which cannot mark messages as delivered while `stuck`."""

    def __init__(self, database: Database, failures: int = 0, *, stuck: bool = False) -> None:
        super().__init__(database)
        self.failures = failures
        self.stuck = stuck

    async def lease(self, limit: int = 20) -> list[Message]:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("Nobody thought of this.")
        return await super().lease(limit)

    async def done(self, message: Message) -> None:
        if self.stuck:
            raise UnavailableError("The database does not answer.")
        await super().done(message)


async def test_an_unexpected_error_does_not_stop_the_relay(
    story: Story, temporal: Client, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an unexpected error of a lease the relay continues, and the messages arrive."""
    monkeypatch.setattr("runtime.relay.PERIOD_S", 0.05)
    outbox = FailingOutbox(story.outbox._database, failures=2)

    async def delivered() -> bool:  # the admission may deliver before the second failure
        return not outbox.failures and not await waiting(story)

    async with looping(Relay(outbox, story.admission(), temporal)):
        await eventually(delivered)
    await handle_of(story, temporal).describe()


async def test_a_poisoned_message_stops_no_other(
    story: Story, temporal: Client, relay: Relay, eventually: Eventually
) -> None:
    """Messages that cannot be read stay in the outbox, and all others are delivered."""
    poison = "INSERT INTO shared.outbox (org, kind, mission_id, body, due_at) VALUES ('demo', {}, now())"
    mission, foreign = story.mission_id, uuid4()
    await story.run(
        poison.format(f"""'start', '{foreign}', '{{"prompt": 5}}'"""),
        poison.format(f"""'decided', '{mission}', '{{"approval": "x"}}'"""),
        poison.format(f"""'pause', '{mission}', '{{}}'"""),
        "UPDATE shared.outbox SET due_at = clock_timestamp() - interval '1 second'",
    )
    other = await story.another()

    async def left() -> bool:
        return await waiting(story) == ["start", "decided", "pause"]

    async with looping(relay):
        await eventually(left)
    for mission_id in (mission, other.mission.id):
        await temporal.get_workflow_handle(mission_workflow_id(ORG, mission_id)).describe()
    ids = [
        mission_id for (mission_id,) in await story.run("SELECT mission_id FROM shared.outbox ORDER BY id")
    ]
    assert ids == [foreign, mission, mission]


async def test_each_attempt_waits_longer(story: Story) -> None:
    """The wait doubles with each attempt, up to five minutes."""
    waits = []
    await story.run("UPDATE shared.outbox SET admitted_at = clock_timestamp()")  # admits the mission
    for _ in range(8):
        assert len(await story.outbox.lease()) == 1
        ((left,),) = await story.run(
            "SELECT extract(epoch FROM due_at - clock_timestamp()) FROM shared.outbox"
        )
        waits.append(float(left))
        await story.run("UPDATE shared.outbox SET due_at = clock_timestamp()")
    assert waits == pytest.approx([min(300, LEASE_S * 2**attempt) for attempt in range(8)], abs=2)


async def test_what_cannot_be_marked_as_done_is_no_error(story: Story, temporal: Client) -> None:
    """If a delivered message cannot be marked, no error is raised, and a second delivery is harmless."""
    message = story.change.message
    assert message is not None
    outbox = FailingOutbox(story.outbox._database, stuck=True)
    relay = Relay(outbox, story.admission(), temporal)
    assert not await relay.deliver(message)
    await handle_of(story, temporal).describe()
    assert await waiting(story) == ["start"]
    outbox.stuck = False
    assert await relay.deliver(message)
    assert await waiting(story) == []


async def test_with_temporal_away_the_message_stays(story: Story) -> None:
    """If Temporal is unreachable, the delivery ends soon without an error, and the message stays."""
    away = Relay(
        story.outbox, story.admission(), await connect_lazily(f"127.0.0.1:{dead_port()}", "default", CODEC)
    )
    assert story.change.message is not None
    async with asyncio.timeout(5):
        assert not await away.deliver(story.change.message)
    assert await waiting(story) == ["start"]
    with pytest.raises(UnavailableError):
        await connect(f"127.0.0.1:{dead_port()}", "default", CODEC)


async def test_a_queue_that_nobody_polls_has_no_poller(temporal: Client) -> None:
    """A task queue without a worker has no poller; readiness uses this."""
    assert not await has_poller(temporal, "nobody-polls-this")


async def test_two_relays_start_no_more_than_the_maximum(
    story: Story, temporal: Client, eventually: Eventually
) -> None:
    """Two relays respect the maximum: the most urgent mission starts first, the next one after its end."""
    await story.another()
    urgent = (await story.another(Priority.CRITICAL)).mission.id
    relays = [Relay(story.outbox, story.admission(1), temporal) for _ in range(2)]

    async def started() -> bool:
        return len(await waiting(story)) == 2

    async def next_started() -> bool:
        return len(await waiting(story)) == 1

    async with looping(relays[0]), looping(relays[1]):
        await eventually(started)
        assert await story.admission(1).waiting(ORG) == 2
        first = temporal.get_workflow_handle(mission_workflow_id(ORG, urgent))
        assert (await first.describe()).status is WorkflowExecutionStatus.RUNNING
        closed = Closed(status=Status.COMPLETED, outcome=Outcome.HEALTHY, reason="")
        await story.journal.append(ORG, urgent, "agent", closed)
        await eventually(next_started)
    assert (await handle_of(story, temporal).describe()).status is WorkflowExecutionStatus.RUNNING


async def test_a_request_starts_only_what_has_its_turn(story: Story, temporal: Client) -> None:
    """The API's own delivery starts the more urgent mission first, as the relay does."""
    assert story.change.message is not None
    urgent = (await story.another(Priority.HIGH)).mission.id
    await Relay(story.outbox, story.admission(1), temporal).hasten(story.change.message)
    described = await temporal.get_workflow_handle(mission_workflow_id(ORG, urgent)).describe()
    assert described.status is WorkflowExecutionStatus.RUNNING
    assert await story.admission(1).waiting(ORG) == 1


async def test_az14_a_start_belongs_to_the_organization_of_its_row(
    story: Story, temporal: Client, relay: Relay
) -> None:
    """A start whose body names another organization and mission starts its row's mission in its row's one."""
    foreign = uuid4()
    named = f"""'{{"org": "other", "missionId": "{foreign}", "mission_id": "{foreign}"}}'"""
    await story.run(f"UPDATE shared.outbox SET body = body || {named}")  # noqa: S608  our own
    run = job_run()
    await relay.send_due(run)
    assert (run.failures, await waiting(story)) == (0, [])
    described = await handle_of(story, temporal).describe()
    assert {pair.key.name: pair.value for pair in described.typed_search_attributes}["Org"] == ORG
    first = (await handle_of(story, temporal).fetch_history()).events[0]
    (payload,) = first.workflow_execution_started_event_attributes.input.payloads
    (content,) = await CODEC.decode([payload])
    brief = Brief.model_validate_json(content.data)
    assert (brief.org, brief.mission_id) == (ORG, story.mission_id)
    for org, mission in (("other", foreign), ("other", story.mission_id), (ORG, foreign)):
        with pytest.raises(RPCError):
            await temporal.get_workflow_handle(mission_workflow_id(org, mission)).describe()


async def test_az14_a_posted_message_has_the_organization_of_its_row(story: Story, urls: Urls) -> None:
    """The request that posted a message sends it for the organization that the database stamped."""
    api = Database(urls.api)
    async with api.transaction(ORG) as session:
        message = await post(session, "other", MessageKind.CANCEL, story.mission_id, {})
    await api.close()
    assert message.org == ORG
    stored = await story.run(f"SELECT org FROM shared.outbox WHERE id = {message.id}")  # noqa: S608  our own
    assert stored == [(ORG,)]
