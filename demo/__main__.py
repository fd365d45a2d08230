"""`python -m demo` breaks the shop, runs one mission and checks it.

With `up` it starts all and stays; with `judge` it runs many missions and counts.
"""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from rich.console import Console

from cli.client import ApiError
from demo.driver import Demo
from demo.trial import JudgeRun
from missions.errors import OpsError
from runtime.local_settings import DemoSettings
from runtime.settings import load


def main(arguments: list[str]) -> int:
    """0: right. 1: wrong, or it could not run, with one line that says why."""
    console = Console(stderr=False)
    settings = load(DemoSettings)
    try:
        return asyncio.run(_stoppable(_work(settings, console, arguments)))
    except (RuntimeError, OpsError, ApiError, ValueError, OSError) as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        return 1
    except Exception as error:
        console.print(f"It stopped: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        raise
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("stopped")
        return 130


def _work(settings: DemoSettings, console: Console, arguments: list[str]) -> Coroutine[Any, Any, int]:
    if arguments == ["judge"]:
        return JudgeRun(settings, console).run()
    demo = Demo(settings, console)
    return demo.stay() if arguments == ["up"] else demo.once()


async def _stoppable(work: Coroutine[Any, Any, int]) -> int:
    """SIGTERM ends it in order, as Ctrl-C does."""
    running, loop = asyncio.ensure_future(work), asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGTERM)  # a second one must not cut the first one's cleaning
        running.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    return await running


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a text file
    sys.exit(main(sys.argv[1:]))
