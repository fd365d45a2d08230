"""`python -m demo` breaks the shop, runs one mission and checks its result.

`up` starts everything and keeps running; `judge` runs many missions and counts the right ones.
"""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from rich.console import Console

from cli.client import ApiError
from demo.driver import Demo
from demo.judge_run import JudgeRun
from missions.errors import OpsError
from runtime.local.stoppable import stoppable
from runtime.local_settings import DemoSettings
from runtime.settings import load


def main(arguments: list[str]) -> int:
    """Exit code 0: the result is right. 1: it is wrong, or the demo could not run, with the reason."""
    console = Console(stderr=False)
    settings = load(DemoSettings)
    try:
        return asyncio.run(stoppable(_work(settings, console, arguments)))
    except (RuntimeError, OpsError, ApiError, ValueError, OSError) as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        return 1
    except Exception as error:
        console.print(f"The demo failed: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        raise
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("stopped")
        return 130


def _work(settings: DemoSettings, console: Console, arguments: list[str]) -> Coroutine[Any, Any, int]:
    if arguments == ["judge"]:
        return JudgeRun(settings, console).run()
    demo = Demo(settings, console)
    return demo.run_until_stopped() if arguments == ["up"] else demo.run_once()


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # standard output is a text stream
    sys.exit(main(sys.argv[1:]))
