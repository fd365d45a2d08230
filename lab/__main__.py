"""`python -m lab` breaks the lab, runs one mission and checks its result.

`up` runs the lab alone, `usage` measures it, `faults` checks the faults, `judge` runs many missions and
counts, `record` records incidents.
"""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from rich.console import Console

from cli.client import ApiError
from lab.faults.check import check_faults
from lab.judge_run import LabJudgeRun
from lab.once import run_once
from lab.recording.command import record
from lab.up import up, usage
from missions.errors import OpsError
from runtime.local.stoppable import stoppable
from runtime.local_settings import LabRecordSettings, LabSettings
from runtime.settings import load


def main(arguments: list[str]) -> int:
    """Exit code 0: the result is right. 1: it is wrong, or the lab could not run, with the reason."""
    console, settings = Console(stderr=False), load(LabSettings)
    try:
        return asyncio.run(stoppable(_work(settings, console, arguments)))
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
        case ["up"]:
            return up(settings)
        case ["usage"]:
            return usage(settings)
        case ["judge"]:
            return LabJudgeRun(settings, console).run()
        case ["faults", *kinds]:
            return check_faults(settings, console, kinds)
        case ["record"]:
            return record(load(LabRecordSettings))
    raise ValueError(f"python -m lab has no command {' '.join(arguments)}")


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # standard output is a text stream
    sys.exit(main(sys.argv[1:]))
