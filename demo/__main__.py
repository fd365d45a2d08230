"""`python -m demo` breaks the shop, runs one mission and checks it; with `up` it starts all and stays."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from rich.console import Console

from cli.client import ApiError
from demo.driver import Demo
from missions.errors import OpsError
from runtime.settings import DemoSettings, load


def main(arguments: list[str]) -> int:
    """0: right. 1: wrong, or it could not run, with one line that says why."""
    console = Console(stderr=False)
    settings = load(DemoSettings)
    try:
        demo = Demo(settings, console)
        return asyncio.run(_stoppable(demo.stay() if arguments == ["up"] else demo.once()))
    except (RuntimeError, OSError, OpsError, ApiError, ValueError) as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        return 1
    except Exception as error:
        console.print(f"It stopped: {error}", style="red", highlight=False, markup=False)
        raise
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("stopped")
        return 130


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
