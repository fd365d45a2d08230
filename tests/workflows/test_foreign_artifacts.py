"""AZ13: a browser worker that returns another organization's object ends its mission with nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from memory_world import MemoryWorld
from running_mission import RunningMission, assert_untouched, cut_short
from temporalio.exceptions import ApplicationError

from missions.evidence import ArtifactRef
from missions.mission import Outcome

Start = Callable[..., Awaitable[RunningMission]]


@pytest.mark.parametrize("kind", ["screenshot", "numbers"])
async def test_az13_a_hijacked_worker_reads_nothing_of_others(
    start: Start, world: MemoryWorld, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mission fails before the reference is recorded, read, diagnosed or acted on."""
    put = world.artifacts.put

    async def hijacked(org: str, *content: Any) -> ArtifactRef:
        ref = await put("other", *content)
        return ref if ref.kind == kind else await put(org, *content)

    monkeypatch.setattr(world.artifacts, "put", hijacked)
    mission = await start()
    assert isinstance(await cut_short(mission), ApplicationError)
    assert mission.closed.outcome is Outcome.FAILED
    assert "artifact" in mission.closed.reason
    assert "observed" not in mission.kinds
    assert world.diagnoser.evidence == []
    assert_untouched(world)
