"""`python -m runtime.worker_health QUEUE`: exit code 0 while a worker polls the queue."""

import asyncio
import sys

from missions.errors import UnavailableError
from runtime.ending import end_now
from runtime.owner_settings import TemporalSettings
from runtime.settings import load
from runtime.temporal import connect, has_poller


async def polled(settings: TemporalSettings, queue: str) -> bool:
    """Whether a worker has polled within the last minute; False where Temporal does not answer."""
    try:
        client = await connect(settings.temporal_address, settings.temporal_namespace, None)
        return await has_poller(client, queue)
    except UnavailableError:
        return False


if __name__ == "__main__":
    end_now(0 if asyncio.run(polled(load(TemporalSettings), sys.argv[1])) else 1)
