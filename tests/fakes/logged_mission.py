"""One mission in its own process, for tests that read its log lines; takes an address and an id."""

import asyncio
import sys

import samples as sample
from memory_world import MemoryWorld
from running_mission import RunningMission, workers

from missions.diagnosis import DiagnosisVerdict
from runtime.ending import end_now
from runtime.logging import configure
from runtime.setting_types import LogFormat
from runtime.temporal import connect


async def main(address: str, correlation_id: str) -> None:
    """A healthy mission, from its start to its end."""
    configure("INFO", LogFormat.JSON, "missions")
    client, world = await connect(address, "default", None), MemoryWorld()
    world.diagnoser.diagnosis = sample.diagnosis(DiagnosisVerdict.HEALTHY)
    async with workers(client, world):
        mission = await RunningMission.start(client, world, correlation_id=correlation_id)
        await mission.handle.result()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    end_now(0)
