"""With a gateway that has its own approval, its denial denies ours, and an action needs both approvals."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import samples as sample
from memory_world import MemoryWorld
from running_mission import RunningMission
from served_apps import served

from adapters.gateways.approvals import HttpGatewayApprovals
from adapters.gateways.http import HttpGateway
from missions.approval import GatewayStatus, VoteChoice
from missions.event import ApprovalClosed
from missions.mission import Outcome
from servers.approval_store import GatewayApprovalStore
from servers.propose import create_app
from workflows.policies import ACT_WITHIN, GATEWAY_POLL

Start = Callable[..., Awaitable[RunningMission]]
Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
TOKEN = "t"


@pytest.fixture(autouse=True)
def gateway(world: MemoryWorld) -> None:
    """Each proposal gets an approval at the gateway."""
    world.gateway.verdict = sample.verdict().model_copy(update={"approval_token": TOKEN})
    world.gateway_approvals.open(TOKEN, "restart")


async def test_gateway_vetoes(start: Start, world: MemoryWorld) -> None:
    """A denial at the gateway denies our approval with the gateway's reason, without a vote or an effect."""
    mission = await start()
    await mission.asked()
    world.gateway_approvals.say(TOKEN, GatewayStatus.DENIED)
    assert await mission.end() is Outcome.DENIED
    payloads = world.journal.payloads(mission.brief.mission_id)
    (closed,) = [payload for payload in payloads if isinstance(payload, ApprovalClosed)]
    assert (closed.status, closed.reason) == ("DENIED", "The gateway denied it.")
    assert "The gateway denied it." in mission.closed.reason
    assert world.actuator.effects == []


async def test_gateway_approves_alone(start: Start, world: MemoryWorld, eventually: Eventually) -> None:
    """The gateway's approval is shown but is not enough: without our votes the approval expires."""
    mission = await start()
    approval = await mission.asked()
    world.gateway_approvals.say(TOKEN, GatewayStatus.APPROVED)
    await mission.pass_time(GATEWAY_POLL[0])

    async def shown() -> bool:
        return mission.approval.gateway is GatewayStatus.APPROVED

    await eventually(shown)
    assert (mission.approval.status, mission.approval.votes) == ("PENDING", ())
    await mission.pass_time(approval.window)
    assert await mission.end() is Outcome.EXPIRED
    assert world.actuator.effects == []


async def test_gateway_is_told(start: Start, world: MemoryWorld) -> None:
    """Our approval is sent to the gateway, which accepts it, and the action runs once."""
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert world.gateway_approvals.posted == [(TOKEN, True)]
    assert len(world.actuator.effects) == 1


async def test_gateway_is_told_of_a_no(start: Start, world: MemoryWorld) -> None:
    """Our denial is sent to the gateway."""
    mission = await start()
    await mission.answer(VoteChoice.DENIED)
    assert await mission.end() is Outcome.DENIED
    assert world.gateway_approvals.posted == [(TOKEN, False)]


async def test_gateway_wants_its_own_people(start: Start, world: MemoryWorld) -> None:
    """If the gateway does not accept our approval, the mission waits for the gateway's own before it acts."""
    world.gateway_approvals.takes_answers = False
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    await mission.pass_time(GATEWAY_POLL[0])
    assert world.actuator.effects == []
    world.gateway_approvals.say(TOKEN, GatewayStatus.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    assert len(world.actuator.effects) == 1


async def test_gateway_never_agrees(start: Start, world: MemoryWorld) -> None:
    """Without the gateway's approval, nothing is done when the time to act is over."""
    world.gateway_approvals.takes_answers = False
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    await mission.pass_time(ACT_WITHIN)
    assert await mission.end() is Outcome.NOT_DONE
    assert world.actuator.effects == []


async def test_gateway_is_away(start: Start, world: MemoryWorld) -> None:
    """While the gateway is unreachable nothing is done; then our approval is sent and the action runs."""
    world.gateway_approvals.away = True
    mission = await start()
    await mission.answer(VoteChoice.APPROVED)
    await mission.pass_time(GATEWAY_POLL[0])
    assert world.actuator.effects == []
    world.gateway_approvals.away = False
    assert await mission.end() is Outcome.RECOVERED
    assert world.gateway_approvals.posted == [(TOKEN, True)]
    assert len(world.actuator.effects) == 1


@pytest.fixture
async def store(world: MemoryWorld) -> AsyncIterator[GatewayApprovalStore]:
    """Our own server instead of the gateway in memory."""
    store, headers = GatewayApprovalStore(":memory:"), {"X-API-Key": "our-key"}
    policy = '{"severities": {"restart": "medium"}}'
    async with served(create_app(lambda: policy, store, {"our-key": "ops-agent"})) as url:
        world.gateway = HttpGateway(url, headers, timeout=10)  # type: ignore[assignment]  # the real one
        world.gateway_approvals = HttpGatewayApprovals(url, headers, timeout=10)  # type: ignore[assignment]  # as above
        yield store
    store.close()


async def test_in_step_with_a_served_gateway(
    store: GatewayApprovalStore, start: Start, world: MemoryWorld
) -> None:
    """With our own server over HTTP, our approval is sent to the gateway, and the action runs once."""
    mission = await start()
    approval = await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.RECOVERED
    page = store.get(approval.verdict.approval_token or "")
    assert page is not None
    assert page.status is GatewayStatus.APPROVED
    assert len(world.actuator.effects) == 1
