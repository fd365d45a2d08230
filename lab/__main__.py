"""`python -m lab` breaks the lab, runs one mission and checks its result.

`judge` runs many missions and counts.
"""

import asyncio
import json
import random
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from rich.console import Console

from cli.client import ApiError
from lab.driver import LabRun
from lab.incident import draw
from lab.judge_run import CALM_WITHIN_S, LabJudgeRun
from lab.judgement import LabApprover
from lab.mission import LabMission, summary_line
from missions.errors import OpsError
from runtime.local_settings import DemoAnswer, LabAnswer, LabSettings
from runtime.settings import load


async def run_once(settings: LabSettings, console: Console) -> int:
    """Runs one incident and one mission, and checks the result. Returns the exit code."""
    seed = random.SystemRandom().randrange(1_000_000) if settings.seed is None else settings.seed
    incident = draw(settings.fault, seed, decoys=False)
    if (reason := incident.fault.possible()) is not None:
        raise RuntimeError(f"{incident.fault.kind} is not possible here: {reason}")
    console.print(f"FAULT={incident.fault.kind} SEED={seed}", highlight=False)
    careful = settings.approve is LabAnswer.CAREFUL
    answer = LabApprover(incident.fault.truth()) if careful else DemoAnswer(settings.approve)
    run = LabRun(settings, console)
    async with run.running() as (lab, _):
        await run.customers(lab).calm(None, CALM_WITHIN_S)
        try:
            result = await LabMission(run, lab, console).run(incident, answer, settings.calm_seconds)
        finally:
            await incident.fault.lift(lab)
    mistakes = result.mistakes()
    for mistake in mistakes:
        console.print(f"wrong: {mistake}", style="red", highlight=False, markup=False)
    print(json.dumps(summary_line(result)))
    return 1 if mistakes else 0


def main(arguments: list[str]) -> int:
    """Exit code 0: the result is right. 1: it is wrong, or the lab could not run, with the reason."""
    console, settings = Console(stderr=False), load(LabSettings)
    try:
        return asyncio.run(_stoppable(_work(settings, console, arguments)))
    except (RuntimeError, OpsError, ApiError, ValueError, OSError) as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("stopped")
        return 130


def _work(settings: LabSettings, console: Console, arguments: list[str]) -> Coroutine[Any, Any, int]:
    match arguments:
        case []:
            return run_once(settings, console)
        case ["judge"]:
            return LabJudgeRun(settings, console).run()
    raise ValueError(f"python -m lab has no command {' '.join(arguments)}")


async def _stoppable(work: Coroutine[Any, Any, int]) -> int:
    """Cancels the work on SIGTERM, as Ctrl-C does."""
    running, loop = asyncio.ensure_future(work), asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGTERM)  # a second signal must not interrupt the cleanup
        running.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    return await running


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # standard output is a text stream
    sys.exit(main(sys.argv[1:]))
