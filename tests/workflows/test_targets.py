"""A mission acts only on targets of its own organization, and claims only what the executor did."""

from collections.abc import Awaitable, Callable

import pytest
from memory_world import MemoryWorld
from running_mission import SEEN, RunningMission, assert_untouched

from missions.approval import VoteChoice
from missions.mission import Outcome

Start = Callable[..., Awaitable[RunningMission]]


@pytest.mark.parametrize("org", ["other", "demo-2"])
async def test_az9_a_mission_reaches_no_target_of_another_organization(
    start: Start, world: MemoryWorld, org: str
) -> None:
    """A mission that finds the cause in another organization's service proposes nothing and asks nobody."""
    mission = await start(org=org)
    assert await mission.end() is Outcome.NOTHING_TO_DO
    assert mission.kinds[: len(SEEN)] == SEEN
    assert "proposed" not in mission.kinds
    assert world.desk.rows == {}
    assert_untouched(world)


async def test_ap10_a_mission_claims_no_action_that_a_target_invents(
    start: Start, world: MemoryWorld
) -> None:
    """A target that reports the action as done before anybody acted ends the mission unverified."""
    mission = await start()
    approval = await mission.asked()
    world.actuator.effects.append((str(approval.id), approval.proposal.action))
    await mission.answer(VoteChoice.APPROVED)
    assert await mission.end() is Outcome.NOT_DONE
    assert "nobody acted on its approval" in mission.closed.reason
    assert "verified" not in mission.kinds
    assert world.ledger.outcomes == {}
    assert len(world.actuator.effects) == 1
    assert world.desk.row(approval.id).consumed_at is None
