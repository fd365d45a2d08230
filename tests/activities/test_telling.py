"""Recording and opening approvals are idempotent."""

import time
from datetime import timedelta

import samples as sample
from memory_world import MemoryWorld
from silent_server import silent_server

from activities.deciding import ApprovalId, ApprovalRequest, Deciding
from activities.journaling import Journaling
from missions.approval import ApprovalStatus
from missions.event import PendingEvent, Started
from stores.socketio_internals import close_channel
from stores.sockets import SocketAnnouncer, sockets_of


async def test_a_retry_records_once_and_tells_again() -> None:
    """A retry announces the same event again, never another one under its number."""
    world, brief = MemoryWorld(), sample.brief()
    await world.journal.create(brief)
    entry = PendingEvent(org=sample.ORG, mission_id=brief.mission_id, payload=Started())
    record = Journaling(world.journal, world.announcer).record
    assert [await record(entry), await record(entry)] == [2, 2]
    assert len(world.journal.payloads(brief.mission_id)) == 2
    first, second = world.announcer.announced
    assert first == second


async def test_recording_does_not_wait_for_a_silent_redis() -> None:
    """Recording returns at once while the announcer's Redis hangs."""
    world, brief = MemoryWorld(), sample.brief()
    await world.journal.create(brief)
    entry = PendingEvent(org=sample.ORG, mission_id=brief.mission_id, payload=Started())
    async with silent_server() as port:
        manager = sockets_of(f"redis://127.0.0.1:{port}/0")
        announcer = SocketAnnouncer(manager)
        begin = time.monotonic()
        assert await Journaling(world.journal, announcer).record(entry) == 2
        assert time.monotonic() - begin < 0.5
        await announcer.close()
        await close_channel(manager)


async def test_the_workflow_side_opens_looks_and_withdraws() -> None:
    """The seconds left and the state come from the row."""
    world = MemoryWorld()
    deciding = Deciding(world.desk, world.notifier)
    approval_request = ApprovalRequest(
        org=sample.ORG,
        mission_id=sample.brief().mission_id,
        proposal=sample.proposal(),
        verdict=sample.verdict(),
        window=timedelta(minutes=30),
        act_within=timedelta(minutes=5),
    )
    approval = await deciding.open_approval(approval_request)
    assert await deciding.open_approval(approval_request) == approval
    assert len(world.desk.rows) == 1
    assert approval.decide_by - approval.created_at == timedelta(minutes=30)
    assert approval.act_by - approval.decide_by == timedelta(minutes=5)
    approval_id = ApprovalId(org=sample.ORG, approval_id=approval.id)
    state = await deciding.resolve(approval_id)
    assert state.status is ApprovalStatus.PENDING
    assert 0 < state.seconds_left <= 1800
    state = await deciding.revoke(approval_id)
    assert (state.status, state.consumed) == (ApprovalStatus.CANCELLED, False)
