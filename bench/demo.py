"""The demo, started again: seconds until servers and demo are ready, a mission's seconds, and the memory."""

import asyncio
import json
import tempfile
from pathlib import Path
from statistics import median

from rich.console import Console

from bench._memory import MemoryWatch
from demo.driver import Demo
from demo.incident import draw
from demo.mission import DemoMission
from runtime.local_settings import DemoAnswer, DemoSettings

FAULTS = ("bad-deploy", "leak", "bad-deploy")
LIMITS = {"servers_s": 2.0, "everything_s": 12.0, "mission_s": 30.0, "pss_mb": 1600.0}


def main() -> int:
    """Exit code 1 if a median exceeds its limit or a mission did not recover."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(data: Path) -> int:
    demo = Demo(DemoSettings(ops_agent_data=data), Console(quiet=True))
    async with demo.running() as (state, _):
        print(f"cold: servers {state.servers_s} s, everything {state.everything_s} s")
    rounds: dict[str, list[float]] = {name: [] for name in LIMITS}
    outcomes = []
    for number, fault in enumerate(FAULTS):
        demo = Demo(DemoSettings(ops_agent_data=data), Console(quiet=True))
        async with demo.running() as (state, shop), MemoryWatch() as memory:
            await demo.break_shop(shop, draw(fault, number))
            result = await DemoMission(data, DemoAnswer.YES, Console(quiet=True)).run()
        seen = (state.servers_s, state.everything_s, result["duration_s"], memory.highest_mb)
        for values, value in zip(rounds.values(), seen, strict=True):
            values.append(value)
        outcomes.append(result["outcome"])
        print(
            f"warm {number + 1}: {dict(zip(LIMITS, seen, strict=True))} {result['outcome']}; "
            f"MB: {memory.parts}"
        )
    medians = {name: round(median(values), 2) for name, values in rounds.items()}
    over = [name for name, limit in LIMITS.items() if medians[name] > limit]
    print(json.dumps({**medians, "limits": LIMITS, "over": over, "outcomes": outcomes}))
    return 1 if over or set(outcomes) != {"recovered"} else 0
