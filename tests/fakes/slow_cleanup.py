"""`python -u slow_cleanup.py`: work whose cleanup takes as long as its standard input stays open."""

import asyncio
import sys

from runtime.local.stoppable import stoppable


async def work() -> int:
    """Prints `running`, and `cleaning` and `cleaned` once it is cancelled."""
    sys.stdout.write("running\n")
    try:
        await asyncio.Event().wait()
    finally:
        sys.stdout.write("cleaning\n")
        await asyncio.to_thread(sys.stdin.read)
        sys.stdout.write("cleaned\n")
    return 0


if __name__ == "__main__":
    try:
        asyncio.run(stoppable(work()))
    except asyncio.CancelledError:
        sys.exit(130)
